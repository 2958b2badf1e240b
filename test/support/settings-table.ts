import { writtenDefault } from '../../src/settings/help.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/settings/schema.ts';
import type { SettingName } from '../../src/settings/schema.ts';

/** The part of docs.md that is made from the settings' schema: tables by group, then the defaults that are too long for a cell. */
export function settingsMarkdown(): string {
  const groups = [...new Set(SETTING_NAMES.map((name) => SETTINGS[name].group))];
  const tables = groups.map((group) => {
    const rows = SETTING_NAMES.filter((name) => SETTINGS[name].group === group).map(row);
    return `### ${group}\n\n| Name | Default | Description |\n|------|---------|-------------|\n${rows.join('\n')}\n`;
  });
  const lists = SETTING_NAMES.filter((name) => isLong(writtenDefault(name))).map(
    (name) => `### Default of \`${name}\`\n\n\`\`\`text\n${(SETTINGS[name].fallback as readonly string[]).join('\n')}\n\`\`\`\n`,
  );
  return [...tables, ...lists].join('\n');
}

function row(name: SettingName): string {
  const { help, secret } = SETTINGS[name];
  const written = writtenDefault(name);
  const count = (SETTINGS[name].fallback as readonly string[] | null)?.length ?? 0;
  const shown = written === null ? 'none' : isLong(written) ? `${count} entries, listed below` : `\`${written}\``;
  const options = optionsOf(name);
  const isSaid = options.every((option) => help.includes(`\`${option}\``));
  const notes = [...(isSaid ? [] : [`One of ${options.map((option) => `\`${option}\``).join(', ')}.`]), ...(secret ? ['Give it from a secret.'] : [])];
  return `| \`${name}\` | ${cell(shown)} | ${cell([help, ...notes].join(' '))} |`;
}

function isLong(text: string | null): boolean {
  return text !== null && text.length > 120;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** The words a choice takes; empty for other settings. Its reader names them to whoever writes another. */
function optionsOf(name: SettingName): string[] {
  const read = SETTINGS[name].schema.safeParse('neither of them');
  if (read.success) return [];
  return /^is not one of (.+)$/.exec(read.error.issues[0]?.message ?? '')?.[1]?.split(', ') ?? [];
}
