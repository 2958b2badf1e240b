import { SETTINGS, SETTING_NAMES } from './schema.ts';
import type { Group, SettingName } from './schema.ts';

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
      const { help, secret } = SETTINGS[name];
      const notes = [shownDefault(name), ...(secret ? ['secret'] : [])].filter((note) => note !== '').join('; ');
      return `  ${name.padEnd(20)} ${help}${notes === '' ? '' : ` (${notes})`}\n`;
    })
    .join('');
}

/** A default as one writes it in a pipeline; read back it is the same value. `null` for a setting that is unset by default. */
export function writtenDefault(name: SettingName): string | null {
  const fallback: unknown = SETTINGS[name].fallback;
  if (fallback === null || (Array.isArray(fallback) && fallback.length === 0)) return null;
  if (Array.isArray(fallback)) return fallback.join(', ');
  if (typeof fallback === 'object') return JSON.stringify(fallback);
  return typeof fallback === 'number' && isDuration(name) ? writtenDuration(fallback) : String(fallback);
}

function isDuration(name: SettingName): boolean {
  const read = SETTINGS[name].schema.safeParse('1h30m');
  return read.success && read.data === 5_400_000;
}

function writtenDuration(ms: number): string {
  const [amount, unit] = ms % 3_600_000 === 0 ? [ms / 3_600_000, 'h'] : ms % 60_000 === 0 ? [ms / 60_000, 'm'] : [ms / 1000, 's'];
  return `${amount}${unit}`;
}

function shownDefault(name: SettingName): string {
  const written = writtenDefault(name);
  if (written === null) return '';
  return written.length > 120 ? `default: ${written.split(', ').length} entries, see docs.md` : `default ${written}`;
}
