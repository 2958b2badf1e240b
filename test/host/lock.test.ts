import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { localHost } from '../../src/host/local.ts';
import { takeLock } from '../../src/host/lock.ts';
import { Log, Redactor } from '../../src/log.ts';

let folder: string;
let lines: string[];
const never = new AbortController().signal;
const hosts: { close(): Promise<void> }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postmortem-lock-'));
  lines = [];
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  rmSync(folder, { recursive: true });
});

/** Takes the lock as a run on a connection of its own. */
function take(holder: string, waitSeconds = 0, signal = never) {
  const log = new Log({ redactor: new Redactor(), write: (text: string) => void lines.push(text) });
  const host = localHost(log);
  hosts.push(host);
  return takeLock(host, folder, { holder, waitSeconds }, log, signal);
}

const waitsFor = (holder: string) => vi.waitFor(() => expect(lines.join('')).toContain(`Waiting for the workspace on this machine: ${holder}`), { timeout: 30_000 });

test('a run that does not wait is refused at once, and told who works there', async () => {
  const first = await take('the first run');
  await expect(take('the second run')).rejects.toThrow('the workspace is in use on this machine: the first run');
  expect(lines.join('')).not.toContain('Waiting');
  await first.release();
  await (await take('the second run')).release();
});

test('runs that wait get it one after the other, each having said who it waits for', async () => {
  const first = await take('the first run');
  const order: string[] = [];
  const others = ['the second run', 'the third run'].map(async (holder) => {
    const lock = await take(holder, 300);
    order.push(holder);
    await lock.release();
  });
  await waitsFor('the first run');
  expect(order).toEqual([]);
  await first.release();
  await Promise.all(others);
  expect(order.sort()).toEqual(['the second run', 'the third run']);
});

test('a run that waits gives up in time, and says what to do', async () => {
  const first = await take('the first run');
  const refused = take('the second run', 1);
  await expect(refused).rejects.toMatchObject({
    message: 'the workspace is in use on this machine: the first run',
    remedy: expect.stringMatching(/^It was not free within 1 seconds\. Give the shards more hosts or workspaces/),
  });
  await first.release();
});

test('a run that is stopped while it waits leaves no lock behind', async () => {
  const first = await take('the first run');
  const stop = new AbortController();
  const second = take('the second run', 300, stop.signal);
  await waitsFor('the first run');
  stop.abort(new Error('stopped'));
  await expect(second).rejects.toThrow('stopped');
  await first.release();
  await (await take('the third run')).release();
});

test('when the run it waits for dies, a run goes on', async () => {
  await take('the first run');
  const second = take('the second run', 300);
  await waitsFor('the first run');
  await hosts[0]?.close();
  await (await second).release();
});
