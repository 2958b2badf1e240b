import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isolationPrefix } from '../../src/agent/isolation.ts';
import { runAgent } from '../../src/agent/run.ts';
import { localHost } from '../../src/host/local.ts';
import { calls, inOrder } from '../fakes/messages-api.ts';
import { recordingLog, stage } from '../support/claude.ts';
import { answers, DONE, newApi, newHost, realRequest, withoutClaude } from '../support/real-claude.ts';

/** Command lines on this machine that hold a text. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(text) ? [line] : [];
      } catch {
        return []; // it has ended in between
      }
    });
}

describe.skipIf(withoutClaude)(`the real Claude Code CLI, stopped${withoutClaude}`, () => {
  describe.each(['in a process namespace', 'without one'])('stopped %s', (where) => {
    let isolation: readonly string[] = [];
    beforeAll(async () => {
      const host = localHost(recordingLog().log);
      if (where !== 'without one') isolation = await isolationPrefix(host);
      await host.close();
    });

    it('leaves nothing behind when the model is silent beyond the idle limit', async (test) => {
      if (where !== 'without one' && isolation.length === 0) test.skip('this machine allows no process namespace');
      const place = stage();
      const request = realRequest(place, { isolation, idleTimeoutMs: 4_000 });
      const result = await runAgent(newHost(place, await newApi(inOrder({ kind: 'silence' }))), request, recordingLog());
      expect(result).toMatchObject({ kind: 'failed', reason: 'the agent was stopped: no sign of life for 4 s', costUsd: null });
      expect(processesWith(request.session.id)).toEqual([]);
    });

    it('leaves nothing behind when it is cancelled in the middle of a command', async (test) => {
      if (where !== 'without one' && isolation.length === 0) test.skip('this machine allows no process namespace');
      const place = stage();
      const [nap, escape] = [`sleep 4321.${process.pid}`, `sleep 4322.${process.pid}`];
      // Only a process namespace catches a child that has left its session and its environment.
      const clear = isolation.length > 0 ? 'env -i ' : '';
      place.write('scripts/linger', `#!/bin/sh\n${clear}setsid ${escape} >/dev/null 2>&1 &\n${nap}\n`);
      chmodSync(join(place.worktree, 'scripts/linger'), 0o755);
      const api = await newApi(inOrder(calls(['Bash', { command: 'scripts/linger', timeout: 500_000 }]), answers(DONE)));
      const cancel = new AbortController();
      const request = realRequest(place, { isolation, agentCommands: ['scripts/linger'] });
      const running = runAgent(newHost(place, api), request, { log: recordingLog().log, signal: cancel.signal });
      await vi.waitFor(() => expect([processesWith(nap), processesWith(escape)]).not.toContainEqual([]), {
        timeout: 20_000,
        interval: 100,
      });
      cancel.abort();
      expect(await running).toEqual({ kind: 'cancelled', costUsd: null });
      expect(api.requests).toHaveLength(1);
      expect([processesWith(request.session.id), processesWith(nap), processesWith(escape)]).toEqual([[], [], []]);
    });
  });
});
