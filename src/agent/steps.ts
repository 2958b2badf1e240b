import { oneLine } from './text.ts';

/** An event or a part of one, as it came: nothing is known of its fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A tool call as the rest of a sentence (`reads main.tf`), and shorter for naming it again (`Read main.tf`).
 * @param path what it is about, already made readable; empty when nothing
 */
export function describeCall(name: string, path: string, input: JsonObject): { doing: string; short: string } {
  const text = (key: string): string => (typeof input[key] === 'string' ? oneLine(input[key], 120) : '');
  switch (name) {
    case 'Read':
      return { doing: `reads ${path}`, short: `Read ${path}` };
    case 'Edit':
      return { doing: `edits ${path}`, short: `Edit ${path}` };
    case 'Write':
      return { doing: `writes ${path}`, short: `Write ${path}` };
    case 'Grep':
      return { doing: `searches for "${text('pattern')}"${path ? ` in ${path}` : ''}`, short: `Grep "${text('pattern')}"` };
    case 'Glob':
      return { doing: `looks for files ${text('pattern')}${path ? ` in ${path}` : ''}`, short: `Glob ${text('pattern')}` };
    case 'Bash':
      return { doing: `runs: ${text('command')}`, short: `Bash ${text('command')}` };
    case 'StructuredOutput':
      return { doing: 'answers', short: 'its answer' };
    default:
      return { doing: `asks for ${name}`, short: name };
  }
}

/** What an `api_retry` event waits for. */
export function describeWait(event: JsonObject): string {
  const status = typeof event['error_status'] === 'number' ? event['error_status'] : null;
  const why =
    status === 529
      ? 'is overloaded'
      : status === 429
        ? 'limits the rate'
        : status === null
          ? 'cannot be reached'
          : `answers ${status}`;
  return `waits: the API ${why}, retry ${word(event['attempt'])} of ${word(event['max_retries'])}`;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object of a line, or `null` when it is none. */
export function parseObject(line: string): JsonObject | null {
  // An error for each of a million lines of anything else would cost much memory.
  if (!/^\s*\{/.test(line)) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** A value that should be a short word or a number; `?` when it is something else. */
export function word(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? oneLine(String(value), 60) : '?';
}
