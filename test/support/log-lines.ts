import { Log, type LogLevel, Redactor } from '../../src/log.ts';

/** A log that keeps its lines. */
export function logLines(level: LogLevel = 'debug'): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: new Log({ redactor: new Redactor(), level, write: (line) => void lines.push(line) }), lines };
}
