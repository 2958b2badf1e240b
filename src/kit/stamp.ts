/**
 * The stamp of an installed file: which version of the kit it came from, and a hash of its text, so that a later `init` can tell
 * a file that a person changed from one that is only older. A comment in the file itself: no list beside it can get lost.
 */
import { hash } from 'node:crypto';

export interface Stamp {
  readonly version: string;
  /** Of the text as it was installed. */
  readonly hash: string;
}

const WORDS = 'postmortem-plugin kit';
const STAMP = new RegExp(`^(?:# ${WORDS} (\\S+) ([0-9a-f]{16})|<!-- ${WORDS} (\\S+) ([0-9a-f]{16}) -->)$`);

/** The text as it is installed: LF line ends, stamped. */
export function stamped(path: string, text: string, version: string): string {
  const plain = normal(text);
  const mark = `${WORDS} ${version} ${hashOf(plain)}`;
  if (!path.endsWith('.md')) return `# ${mark}\n${plain}`;
  // Front matter has to begin at the first byte, and a comment in it is read by nobody; other Markdown gets a comment nobody sees.
  return plain.startsWith('---\n') ? `---\n# ${mark}\n${plain.slice(4)}` : `${plain.replace(/\n*$/, '\n')}\n<!-- ${mark} -->\n`;
}

/** An installed file taken apart. Line ends are LF in what comes out: git may have changed them on checkout. */
export function readStamp(installed: string): {
  readonly stamp: Stamp | null;
  readonly text: string;
  readonly isUnchanged: boolean;
} {
  const lines = normal(installed).split('\n');
  const at = lines.findIndex((line) => STAMP.test(line));
  const [, v1, h1, v2, h2] = STAMP.exec(lines[at] ?? '') ?? [];
  const stamp = { version: v1 ?? v2 ?? '', hash: h1 ?? h2 ?? '' };
  if (at < 0) return { stamp: null, text: normal(installed), isUnchanged: false };
  // The comment at the end has an empty line before it that belongs to the stamp.
  const isComment = lines[at]?.startsWith('<!--') === true;
  const text = [...lines.slice(0, isComment ? at - 1 : at), ...lines.slice(at + 1)].join('\n');
  return { stamp, text, isUnchanged: hashOf(text) === stamp.hash };
}

/** Whether version `a` is older than `b`; of `1.2.3-x` only the numbers count. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) =>
    version
      .split(/[.+-]/)
      .slice(0, 3)
      .map((part) => Number.parseInt(part, 10) || 0),
  );
  const at = [0, 1, 2].find((index) => left?.[index] !== right?.[index]);
  return at !== undefined && (left?.[at] ?? 0) < (right?.[at] ?? 0);
}

function normal(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function hashOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16);
}
