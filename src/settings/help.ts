import { SETTINGS, SETTING_NAMES } from './schema.ts';
import type { Group } from './schema.ts';

/** The text of `--help`. */
export function helpText(): string {
  const groups = [...new Set(SETTING_NAMES.map((name) => SETTINGS[name].group))];
  return `postmortem-plugin ${__VERSION__}: implements the open action items of post-mortems, gated in code.

Usage:
  postmortem-plugin [ACTION] [FILE ...] [--setting value ...]

  postmortem-plugin list docs/post-mortems/2026-04-14-outage.md
  postmortem-plugin list --format json
  postmortem-plugin --dry-run --log-level debug

In a Woodpecker pipeline it gets no arguments: every setting comes from "settings:" of the step (as PLUGIN_<NAME>).

Settings:
${groups.map((group) => `\n${group}\n${linesOf(group)}`).join('')}
Exit codes: 0 every TODO ended in a decided state; 1 something failed, the message says what to do; 143 cancelled.
`;
}

function linesOf(group: Group): string {
  const names = SETTING_NAMES.filter((name) => SETTINGS[name].group === group);
  return names
    .map((name) => {
      const { help, fallback, secret } = SETTINGS[name];
      const notes = [printDefault(fallback), ...(secret ? ['secret'] : [])].filter((note) => note !== '').join('; ');
      return `  ${name.padEnd(20)} ${help}${notes === '' ? '' : ` (${notes})`}\n`;
    })
    .join('');
}

/** A default for people: empty when there is none. */
export function printDefault(fallback: unknown): string {
  if (fallback === null || (Array.isArray(fallback) && fallback.length === 0)) return '';
  if (Array.isArray(fallback)) return `default ${fallback.length > 6 ? `${fallback.slice(0, 5).join(', ')}, ... ${fallback.length} in all` : fallback.join(', ')}`;
  return `default ${typeof fallback === 'object' ? JSON.stringify(fallback) : String(fallback)}`;
}
