import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runAgent, type AgentRequest } from '../../src/agent/run.ts';
import { localHost } from '../../src/host/local.ts';
import { installStandIn, type StandInRule } from '../fakes/claude-stand-in.ts';
import { agentRequest, recordingLog, stage } from '../support/claude.ts';

const DONE = { status: 'done', summary: 'sets the input of web', files: ['stacks/web/main.tf'] };

/** One call of an agent that does as the rules say; nothing holds it back but the process it runs in. */
async function run(
  rules: readonly StandInRule[],
  fields: Partial<AgentRequest> = {},
  context: { signal?: AbortSignal; secret?: string } = {},
) {
  const place = stage();
  const standIn = installStandIn(join(place.folder, 'bin'), rules);
  const { log, lines } = recordingLog();
  log.redactor.add(context.secret);
  const host = localHost(log, { HOME: place.home, PATH: process.env['PATH'], VAULT_TOKEN: 'made-up' });
  const result = await runAgent(host, agentRequest(place, standIn.path, fields), { log, ...context });
  await host.close();
  return { result, lines, place, calls: standIn.calls() };
}

describe('a call of the agent', () => {
  it('starts in the worktree, gets the prompt on standard input, and nothing else of our environment', async () => {
    const prompt = 'a prompt with "quotes", $(dollars)\nand lines\n';
    const { result, calls, place } = await run(
      [{ steps: [{ do: 'edit', path: 'stacks/web/main.tf', from: 'old', to: 'new' }], answer: DONE }],
      { prompt },
    );
    expect(result).toMatchObject({ kind: 'answered', answer: { status: 'done' }, costUsd: 0.01 });
    expect(calls[0]).toMatchObject({ prompt, cwd: place.worktree, resumed: false });
    expect(calls[0]?.variables).toEqual(expect.arrayContaining(['HOME', 'PATH', 'TERM', 'POSTMORTEM_PLUGIN_EXEC']));
    expect(calls[0]?.variables).not.toContain('VAULT_TOKEN');
    expect(place.read('stacks/web/main.tf')).toContain('new');
  });

  it('shows its steps, and neither what it says nor what it writes', async () => {
    const { lines } = await run([
      {
        steps: [
          { do: 'text', text: 'planted words' },
          { do: 'read', path: 'stacks/web/main.tf' },
          { do: 'write', path: 'stacks/web/new.tf', content: 'planted content' },
          { do: 'stdout', text: 'planted noise\n' },
          { do: 'stderr', text: 'planted complaint\n' },
        ],
        answer: DONE,
      },
    ]);
    expect(lines.slice(1)).toEqual([
      '  agent is Claude Code stand-in with stand-in',
      '  agent reads stacks/web/main.tf',
      '  agent writes stacks/web/new.tf',
      '  agent answers',
      '1 lines of Claude Code were no events',
    ]);
  });

  it('shows no secret, not even one the agent answers with', async () => {
    const secret = 'made-up-secret-value';
    const { result, lines } = await run(
      [{ steps: [{ do: 'read', path: `/x/${secret}` }], answer: { ...DONE, summary: `it is ${secret}`, files: [secret] } }],
      {},
      { secret },
    );
    expect(JSON.stringify([result, lines])).not.toContain(secret);
    expect(result).toMatchObject({ kind: 'answered', answer: { summary: 'it is ********' } });
  });

  it('is stopped at once when Claude Code has tools it was not given', async () => {
    const event = { type: 'system', subtype: 'init', tools: ['Bash'], permissionMode: 'dontAsk' };
    const { result } = await run([{ steps: [{ do: 'event', event }, { do: 'hang' }], answer: DONE }], { timeoutMs: 600_000 });
    expect(result).toMatchObject({ kind: 'failed', reason: 'Claude Code was stopped: it has tools it was not given: Bash' });
  });

  it('is stopped when it prints without end', async () => {
    const { result } = await run([{ steps: [{ do: 'flood', text: `${'x'.repeat(256 * 1024)}\n` }] }]);
    expect(result).toMatchObject({
      kind: 'failed',
      reason: 'the agent was stopped: it printed without end',
      costUsd: null,
    });
  });

  it('is ended at its time limit even when it does not listen, with what it has started', async () => {
    const child = { do: 'child', argv: ['sleep', '600'], pidFile: 'child.pid' } as const;
    const { result, place } = await run([{ steps: [child, { do: 'hang', deaf: true }] }], { timeoutMs: 5_000 });
    expect(result).toMatchObject({
      kind: 'failed',
      reason: 'the agent was stopped after its time limit of 5 s',
      costUsd: null,
    });
    expect(existsSync(`/proc/${place.read('child.pid')}`)).toBe(false);
  });

  it('does not start when the run was cancelled before', async () => {
    const { result, calls } = await run([{ answer: DONE }], {}, { signal: AbortSignal.abort() });
    expect(result).toEqual({ kind: 'cancelled', costUsd: 0 });
    expect(calls).toEqual([]);
  });

  it.each([
    ['ends without a result', { steps: [{ do: 'exit', code: 0 }] }, { kind: 'failed', costUsd: null }],
    ['ends in prose', { answer: null }, { kind: 'refused', reason: 'the agent ended without a structured answer' }],
    [
      'says it cannot',
      { answer: { ...DONE, status: 'cannot', reason: 'unclear' } },
      { kind: 'refused', reason: 'the agent cannot do it: unclear' },
    ],
    ['does not say what it cost', { answer: DONE, result: { total_cost_usd: null } }, { kind: 'failed', costUsd: null }],
    ['answers and then fails', { answer: DONE, exitCode: 3 }, { kind: 'failed', costUsd: 0.01 }],
  ] as const)('is no success when it %s', async (_, rule, expected) => {
    expect((await run([rule])).result).toMatchObject(expected);
  });

  it('names the setting when there is no Claude Code, or nothing that runs', async () => {
    const missing = await run([], { claudePath: '/nowhere/claude' });
    expect(missing.result).toMatchObject({
      kind: 'failed',
      affects: 'run',
      costUsd: 0,
      remedy: expect.stringContaining('now /nowhere/claude'),
    });
    const place = stage();
    const claudePath = join(place.folder, 'claude');
    writeFileSync(claudePath, 'text');
    chmodSync(claudePath, 0o644);
    expect((await run([], { claudePath })).result).toMatchObject({
      kind: 'failed',
      costUsd: 0,
      reason: expect.stringMatching(/Permission denied/),
    });
  });
});
