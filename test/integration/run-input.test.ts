import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postMortem, raise, raising } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';

const FOLDER = 'docs/post-mortems';

/** A table in the middle of which the file ends. */
const CUT = `# Post-Mortem: Cut

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
| P0 | Raise the replicas of dns to 2 | Config |  | TODO |
| P0 | Raise the replicas of mail to 9 | Conf`;

describe('among documents that cannot be read', () => {
  let scenario: Scenario;
  let run: Run;
  beforeAll(async () => {
    const readable = { '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [raise('web', 3)]), '2026-01-11-cut.md': CUT };
    scenario = new Scenario(readable, [raising('web', 3), raising('dns', 2), raising('mail', 9)]);
    scenario.applyAll();
    const cwd = scenario.stage.checkout();
    const at = (name: string) => join(cwd, FOLDER, name);
    const table = '| Action | Type | Status |\n|---|---|---|\n| Raise the replicas of mail to 9 | Config | TODO |\n';
    writeFileSync(at('2026-01-12-latin1.md'), Buffer.from(`# Post-Mortem: Stra\xdfe\n\n${table}`, 'latin1'));
    writeFileSync(at('2026-01-13-utf16.md'), Buffer.from('\ufeff# Post-Mortem\n', 'utf16le'));
    writeFileSync(at('2026-01-14-huge.md'), postMortem('2026-01-14', 'Huge', [raise('mail', 9)]).padEnd(50 * 1024 * 1024, '-'));
    mkdirSync(at('2026-01-15-folder.md'));
    symlinkSync('/etc/hostname', at('2026-01-16-link.md'));
    writeFileSync(at('2026-01-18-empty.md'), '');
    writeFileSync(at('2026-01-19-nul.md'), '# Post-Mortem\0\n\0\0\n');
    run = await scenario.run({ post_mortems: `${FOLDER}/*.md,nowhere/*.md,${FOLDER}/2027-*.md` }, { cwd });
  });
  afterAll(() => scenario.remove());

  test('the readable ones are worked on, with exit code 0', () => {
    expect(run.code, run.output).toBe(0);
    expect(run.outcomes).toEqual({ 'Raise the replicas of dns to 2': 'done', 'Raise the replicas of web to 3': 'done' });
  });

  test.each([
    ['2026-01-11-cut.md', 8, 'broken-table-row'],
    ['2026-01-12-latin1.md', 1, 'not-utf8'],
    ['2026-01-13-utf16.md', 1, 'not-utf8'],
    ['2026-01-14-huge.md', 1, 'file-too-large'],
    ['2026-01-15-folder.md', 1, 'not-a-file'],
    ['2026-01-16-link.md', 1, 'not-a-file'],
  ])('%s:%i is reported as %s, with a remedy', (name, line, rule) => {
    const remedy: unknown = expect.stringMatching(/\w/);
    expect(run.report?.problems).toContainEqual(expect.objectContaining({ file: `${FOLDER}/${name}`, line, rule, remedy }));
    expect(run.output).toMatch(new RegExp(`^${FOLDER}/${name}:${line}:\\d+ (?:error|warning) ${rule} `, 'm'));
  });

  test('so are a folder that is not there and a pattern that matches nothing', () => {
    expect(run.output).toMatch(/^nowhere:1:1 error no-file-matched there is no such folder, so nowhere\/\*\.md matches nothing$/m);
    expect(run.output).toMatch(/^docs\/post-mortems:1:1 error no-file-matched no file matches docs\/post-mortems\/2027-\*\.md$/m);
  });

  test('the cut row of the table is not mistaken for a TODO', () => {
    const asked = scenario.claude.calls().map(({ prompt }) => /Raise the replicas of (\w+)/.exec(prompt)?.[1]);
    expect(asked).toEqual(['dns', 'web']);
  });
});

test('nothing to read at all: the run says so and has nothing to do', async () => {
  const scenario = new Scenario({}, []);
  const run = await scenario.run();
  expect(run.code, run.output).toBe(0);
  expect(run.output).toContain('docs/post-mortems:1:1 error no-file-matched');
  expect(run.output).toContain('Post-mortem TODOs: nothing to do');
  scenario.remove();
});
