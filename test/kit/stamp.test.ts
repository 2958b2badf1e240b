import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { agentDefinition } from '../../src/agent/definition.ts';
import { compareFile, differenceOf } from '../../src/kit/compare.ts';
import { isOlder, readStamp, stamped } from '../../src/kit/stamp.ts';
import { project } from '../support/bundle.ts';

const YAML = '# A pipeline.\nwhen:\n  - event: push\n';
const SKILL = '---\nname: a-skill\ndescription: d\n---\n\nDo it.\n';
const PAGE = '# A page\n\nText.\n';

const files = [
  { path: '.woodpecker/a.yml', text: YAML },
  { path: '.claude/skills/a/SKILL.md', text: SKILL },
  { path: 'docs/a.md', text: PAGE },
];

describe('an installed file', () => {
  it.each(files)('$path is the text again without its stamp', ({ path, text }) => {
    const installed = stamped(path, text, '1.2.3');
    expect(installed).not.toBe(text);
    expect(readStamp(installed)).toMatchObject({ text, isUnchanged: true, stamp: { version: '1.2.3' } });
  });

  it.each(files)('$path is still known after git has changed its line ends', ({ path, text }) => {
    const windows = stamped(path, text, '1.2.3').replaceAll('\n', '\r\n');
    expect(readStamp(windows)).toMatchObject({ text, isUnchanged: true });
    expect(compareFile(windows, text, text, path, '1.2.3')).toEqual({ kind: 'current' });
  });

  it.each(files)('$path counts as changed after one letter', ({ path, text }) => {
    const edited = stamped(path, text, '1.2.3').replace('e', 'E');
    expect(readStamp(edited).isUnchanged).toBe(false);
  });

  it('keeps front matter at the first byte, where Claude Code looks for it', () => {
    expect(stamped('.claude/skills/a/SKILL.md', SKILL, '1.2.3')).toMatch(
      /^---\n# postmortem-plugin kit 1\.2\.3 [0-9a-f]{16}\nname: a-skill\n/,
    );
    const agent = readFileSync(`${project}examples/.claude/agents/postmortem-todo-resolver.md`, 'utf8');
    const path = '.claude/agents/postmortem-todo-resolver.md';
    const installed = agentDefinition('postmortem-todo-resolver', [{ path, text: stamped(path, agent, '1.2.3') }]);
    expect(installed).toMatchObject({ source: path, prompt: agentDefinition('postmortem-todo-resolver', []).prompt });
  });

  it('stays valid YAML', () => {
    expect(parse(stamped('.woodpecker/a.yml', YAML, '1.2.3'))).toEqual(parse(YAML));
  });
});

describe('comparing an installed file with the kit', () => {
  const path = '.woodpecker/a.yml';
  const newText = YAML.replace('push', 'cron');
  const compare = (installed: string | null, text = YAML, version = '1.3.0') => compareFile(installed, text, YAML, path, version);

  it('finds it missing, or as it is now', () => {
    expect(compare(null)).toEqual({ kind: 'missing' });
    expect(compare(stamped(path, YAML, '1.3.0'))).toEqual({ kind: 'current' });
  });

  it('finds one of an older kit older, unless the text is still the same', () => {
    expect(compare(stamped(path, YAML, '1.2.0'), newText)).toEqual({ kind: 'older', version: '1.2.0' });
    expect(compare(stamped(path, YAML, '1.2.0'))).toEqual({ kind: 'current' });
  });

  it('finds one filled in with other facts older', () => {
    expect(compare(stamped(path, YAML, '1.3.0'), newText)).toEqual({ kind: 'older', version: '1.3.0' });
  });

  it('leaves one of a newer kit alone', () => {
    expect(compare(stamped(path, YAML, '1.10.0'), newText)).toEqual({ kind: 'newer', version: '1.10.0' });
  });

  it('finds an edited one changed, and behind only when the kit has another text by now', () => {
    const edited = stamped(path, YAML, '1.2.0').replace('push', 'manual');
    expect(compare(edited)).toMatchObject({
      kind: 'changed',
      version: '1.2.0',
      isOlder: false,
      difference: 'line 3 here, line 3 in the kit',
    });
    expect(compare(edited, newText)).toMatchObject({ kind: 'changed', version: '1.2.0', isOlder: true });
    expect(compare(edited, newText, '1.1.0')).toMatchObject({ kind: 'changed', isOlder: false });
  });

  it('finds one that was edited to what the kit is now current', () => {
    const edited = stamped(path, YAML, '1.2.0').replace('push', 'cron');
    expect(compare(edited, newText)).toEqual({ kind: 'current' });
  });

  it("finds somebody's own file of that name changed, and a copy made by hand older", () => {
    expect(compare('mine: true\n')).toMatchObject({ kind: 'changed', version: null, isOlder: false });
    expect(compare(YAML, newText)).toEqual({ kind: 'older', version: null });
  });

  it('says where two texts differ', () => {
    expect(differenceOf('a\nb\nc\nd\n', 'a\nx\ny\nd\n')).toBe('lines 2-3 here, lines 2-3 in the kit');
    expect(differenceOf('a\nd\n', 'a\nb\nc\nd\n')).toBe('nothing here, lines 2-3 in the kit');
    expect(differenceOf('a\na\n', 'a\n')).toBe('line 2 here, nothing in the kit');
  });

  it('compares versions by their numbers', () => {
    expect([
      isOlder('0.9.0', '0.10.0'),
      isOlder('0.10.0', '0.9.0'),
      isOlder('1.0.0', '1.0.0'),
      isOlder('1.0.0-rc.1', '1.0.0'),
    ]).toEqual([true, false, false, false]);
  });
});
