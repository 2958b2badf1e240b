import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTIONS, SETTING_NAMES, SETTINGS } from '../../src/settings/schema.ts';
import { project } from '../support/bundle.ts';
import { writtenDefault } from '../../src/settings/help.ts';
import { settingsMarkdown } from '../support/settings-table.ts';

const path = `${project}docs.md`;
const [begin, end] = ['<!-- settings: made from src/settings/schema.ts -->\n', '<!-- end of settings -->\n'];

/** docs.md with the settings as the schema has them now. */
function brought(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error('docs.md has lost the marks around its settings');
  return `${text.slice(0, from)}${begin}\n${settingsMarkdown()}\n${text.slice(to)}`;
}

describe('the settings in docs.md', () => {
  it('are those of the schema (UPDATE_DOCS=1 npx vitest run test/docs writes them)', () => {
    const text = readFileSync(path, 'utf8');
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, brought(text));
    else expect(text).toBe(brought(text));
  });

  it.each(SETTING_NAMES)('%s has a default that means the same when it is written into a pipeline', (name) => {
    const written = writtenDefault(name);
    if (written !== null) expect(SETTINGS[name].schema.safeParse(written)).toMatchObject({ success: true, data: SETTINGS[name].fallback });
  });
});

describe('the actions in docs.md', () => {
  it('are those of the schema', () => {
    const section = /^## Actions\n([\s\S]*?)^## /m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
    const described = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(described).toEqual([...ACTIONS]);
  });
});
