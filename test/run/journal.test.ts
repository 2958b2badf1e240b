import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import type { Todo } from '../../src/postmortem/model.ts';
import { Journal } from '../../src/run/journal.ts';
import type { Step } from '../../src/run/journal.ts';
import { logLines } from '../support/log-lines.ts';

const todoOf = (details: string): Todo => {
  const text = `# Disk full\n\n## Prevention Plan\n\n| Priority | Action | Type | Details | Status |\n|---|---|---|---|---|\n| P1 | Add an alert | Alert | ${details} | TODO |\n`;
  const [todo] = parsePostMortem(text, 'docs/post-mortems/2026-05-25-disk.md').todos;
  if (!todo) throw new Error('no TODO');
  return todo;
};
const TODO = todoOf('at 80 %');
const KNOWN = { todo: TODO.id, text: TODO.textHash };
const PATCH: Step = { step: 'patch', ...KNOWN, base: 'b'.repeat(40), tree: 'c'.repeat(40) };
const APPLY: Step = { step: 'apply', base: 'b', tree: 'c', stacks: ['stacks/web'], plans: {}, message: 'fix', partialMessage: 'fix a part' };

describe('the journal of a run', () => {
  const host = localHost(logLines().log);
  let folder = '';
  const file = () => join(folder, 'journal');
  const open = () => Journal.open(host, folder);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postmortem-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is only added to: every step is a line, and the next run reads what the last one has written', async () => {
    const first = await open();
    await first.add({ step: 'agent', ...KNOWN, base: 'b' });
    const before = readFileSync(file(), 'utf8');
    await first.add(PATCH);
    const after = readFileSync(file(), 'utf8');
    expect(after.startsWith(before)).toBe(true);
    const lines = after.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => (JSON.parse(line) as { step: string }).step)).toEqual(['agent', 'patch']);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string });
    expect((await open()).patchFor(TODO)).toMatchObject(PATCH);
  });

  test('is on the disk when a step is announced: it is synced before the call returns', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'sync'), `#!/bin/sh\nprintf '%s ' "$@" >> ${folder}/synced\nwc -l < "$1" >> ${folder}/synced\n`);
    chmodSync(join(bin, 'sync'), 0o755);
    const watched = localHost(logLines().log, { ...process.env, PATH: `${bin}:${process.env['PATH']}` });
    await (await Journal.open(watched, folder)).add(PATCH);
    expect(readFileSync(join(folder, 'synced'), 'utf8')).toBe(`${file()} ${folder} 2\n`);
  });

  test('a line that was cut when the run died is left out, and the next one is whole', async () => {
    await (await open()).add(PATCH);
    appendFileSync(file(), '\n{"step":"refused","todo":"docs/po');
    const next = await open();
    expect(next.patchFor(TODO)).toMatchObject(PATCH);
    await next.add({ step: 'refused', ...KNOWN, reason: 'no' });
    expect((await open()).refusalOf(TODO)).toBe('no');
  });

  test('an apply is pending until it is settled', async () => {
    await (await open()).add(APPLY);
    const next = await open();
    expect(next.pending).toEqual(APPLY);
    // What was committed before is pushed all the same.
    await next.add({ step: 'push', commit: 'e'.repeat(40), to: 'main' });
    expect((await open()).pending).toEqual(APPLY);
    await next.add({ step: 'settled', commit: 'd'.repeat(40) });
    expect((await open()).pending).toBeNull();
  });

  test('a change is taken up until it is refused or committed, and after an apply that has changed nothing', async () => {
    const steps: [Step[], boolean][] = [
      [[PATCH], true],
      [[PATCH, APPLY, { step: 'settled', commit: null }], true],
      [[PATCH, APPLY, { step: 'settled', commit: 'd'.repeat(40) }], false],
      [[PATCH, { step: 'refused', ...KNOWN, reason: 'a destroy in the plan' }], false],
      [[PATCH, { step: 'agent', ...KNOWN, base: 'b' }], false],
    ];
    for (const [written, isTakenUp] of steps) {
      rmSync(file(), { force: true });
      const journal = await open();
      for (const step of written) await journal.add(step);
      const { patchFor, holdsPatch } = { patchFor: (await open()).patchFor(TODO), holdsPatch: (await open()).holdsPatch };
      expect([patchFor !== null, holdsPatch], JSON.stringify(written.map(({ step }) => step))).toEqual([isTakenUp, isTakenUp]);
    }
  });

  test('what was found out about a TODO does not hold for another text of it', async () => {
    const journal = await open();
    await journal.add(PATCH);
    await journal.add({ step: 'refused', ...KNOWN, reason: 'no' });
    const edited = todoOf('at 90 %');
    expect(edited.id).toBe(TODO.id);
    expect(journal.refusalOf(TODO)).toBe('no');
    expect(journal.refusalOf(edited)).toBeNull();
    expect(journal.patchFor(edited)).toBeNull();
  });

  test('what cannot be written is an error with the remedy, and the step is not taken to be written', async () => {
    const journal = await open();
    rmSync(folder, { recursive: true });
    await expect(journal.add(APPLY)).rejects.toThrow(/^cannot write the journal of the run on this machine: /);
    expect(journal.pending).toBeNull();
  });

  test('can be forgotten', async () => {
    const journal = await open();
    await journal.add(PATCH);
    await journal.clear();
    expect(existsSync(file())).toBe(false);
    expect(journal.patchFor(TODO)).toBeNull();
  });
});
