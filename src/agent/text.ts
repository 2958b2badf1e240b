import { cut, printable } from '../log.ts';

/** Text from outside on one line, without what could act on a terminal, and at most so many characters. */
export function oneLine(text: string, length: number): string {
  const line = printable(text.slice(0, length * 4))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= length ? line : `${cut(line, length - 1).trimEnd()}…`;
}
