import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { remember } from '../../src/health/memory.ts';
import { updateState } from '../../src/health/state-file.ts';
import type { Remembered } from '../../src/health/state-file.ts';
import { emptyFolder, repository } from '../support/repositories.ts';
import { git } from '../support/stage.ts';

/** One check with a verdict; what it found in the file, and whether it tells a recovery. */
async function check(
  path: string,
  verdict: 'HEALTHY' | 'UNHEALTHY',
): Promise<{ readonly before: Remembered; readonly recovered: boolean }> {
  return updateState(path, (before) => {
    const next = remember(before.kind === 'known' ? before.memory : null, verdict, [], '2026-05-03T12:00:00.000Z');
    return { memory: next.memory, result: { before, recovered: next.recovered !== null } };
  });
}

describe('the state file', () => {
  it('is made with its folder, which git does not see', async () => {
    const folder = repository();
    const path = join(folder, '.postmortem-plugin/health.json');
    expect((await check(path, 'HEALTHY')).before).toEqual({ kind: 'none' });
    expect(git(folder, 'status', '--porcelain')).toBe('');
    expect(readdirSync(join(folder, '.postmortem-plugin')).sort()).toEqual(['.gitignore', 'health.json']);
  });

  it('leaves a folder that was there as it is', async () => {
    const folder = emptyFolder();
    await check(join(folder, 'state.json'), 'HEALTHY');
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it('gives the next check what the last one knew', async () => {
    const path = join(emptyFolder(), 'state.json');
    await check(path, 'UNHEALTHY');
    expect(await check(path, 'HEALTHY')).toMatchObject({
      before: { kind: 'known', memory: { verdict: 'UNHEALTHY' } },
      recovered: true,
    });
  });

  it.each([
    ['cut off', '{"version":1,"verdict":"UNHEAL'],
    ['empty', ''],
    ['something else', '{"verdict":"UNHEALTHY"}'],
    ['of a version to come', '{"version":2,"verdict":"UNHEALTHY"}'],
  ])('that is %s is kept aside, and tells no recovery', async (_, text) => {
    const folder = emptyFolder();
    const path = join(folder, 'state.json');
    writeFileSync(path, text);
    expect(await check(path, 'HEALTHY')).toMatchObject({
      before: { kind: 'corrupt', keptAs: 'state.json.broken' },
      recovered: false,
    });
    expect(readFileSync(join(folder, 'state.json.broken'), 'utf8')).toBe(text);
    expect((await check(path, 'HEALTHY')).before.kind).toBe('known');
  });

  it('is left alone while another check has it', async () => {
    const path = join(emptyFolder(), 'state.json');
    writeFileSync(`${path}.lock`, '');
    const waiting = check(path, 'HEALTHY');
    await nextTurn();
    expect(existsSync(path)).toBe(false);
    rmSync(`${path}.lock`);
    await waiting;
    expect(existsSync(path)).toBe(true);
  });

  it('is not held up by the lock of a check that was killed', async () => {
    const path = join(emptyFolder(), 'state.json');
    writeFileSync(`${path}.lock`, '');
    utimesSync(`${path}.lock`, new Date(0), new Date(0));
    expect((await check(path, 'HEALTHY')).before).toEqual({ kind: 'none' });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('that cannot be written leaves the old one and no half of a new one', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, 'state.json'));
    await expect(check(join(folder, 'state.json'), 'HEALTHY')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['state.json']);
  });
});
