import { describe, expect, it } from 'vitest';
import { Cancelled } from '../../src/errors.ts';
import { checkWithCommand } from '../../src/health/command.ts';
import { emptyFolder } from '../support/repositories.ts';
import { processesWith } from '../support/processes.ts';

const run = (
  command: string,
  options: { readonly signal?: AbortSignal; readonly limitMs?: number; readonly show?: (text: string) => void } = {},
) =>
  checkWithCommand({
    command,
    root: emptyFolder(),
    signal: options.signal ?? new AbortController().signal,
    show: options.show ?? (() => {}),
    ...(options.limitMs === undefined ? {} : { limitMs: options.limitMs }),
  });

describe("a check command of the user's own", () => {
  it('says by its exit code how the cluster is', async () => {
    expect(await run('echo fine')).toMatchObject({ kind: 'checked', verdict: 'HEALTHY', results: [{ findings: [] }] });
    expect(await run('echo "WARN disk at 81 %"; exit 1')).toMatchObject({
      verdict: 'WARNINGS',
      results: [{ findings: [{ level: 'warning', reason: 'WARN disk at 81 %' }] }],
    });
    expect(await run('exit 2')).toMatchObject({
      verdict: 'UNHEALTHY',
      results: [{ findings: [{ level: 'failure', reason: 'it ended with 2 and said nothing' }] }],
    });
  });

  it('names what failed by the lines that say so', async () => {
    const checked = await run('printf "\\033[32mOK\\033[0m nodes\\n\\033[31mFAIL\\033[0m vault is sealed\\nOK dns\\n"; exit 2');
    expect(checked).toMatchObject({
      results: [{ findings: [{ level: 'failure', object: 'Command', reason: 'FAIL vault is sealed', since: null }] }],
    });
  });

  it('says nothing about the cluster when it does not work itself', async () => {
    expect(await run('no-such-program-here')).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/^health_command ended with 127: .*no-such-program-here/),
    });
    expect(await run('exit 7')).toMatchObject({ kind: 'unknown', reason: 'health_command ended with 7' });
    expect(await run('kill -9 $$')).toMatchObject({ kind: 'unknown', reason: 'health_command was killed' });
  });

  it('is stopped with all it started when it takes too long', async () => {
    const mark = `sleep 61${process.pid}`;
    expect(await run(`${mark} & ${mark}`, { limitMs: 200 })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('did not end'),
    });
    expect(processesWith(mark)).toEqual([]);
  });

  it('is stopped when the run is', async () => {
    const controller = new AbortController();
    const running = run('echo started; sleep 600', { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toBeInstanceOf(Cancelled);
  });

  it('may print without end', async () => {
    let shown = '';
    expect(await run('yes "line of output" | head -c 30000000; echo the end', { show: (text) => (shown = text) })).toMatchObject({
      verdict: 'HEALTHY',
    });
    expect(shown.length).toBeLessThan(100_000);
    expect(shown).toContain('the end');
  });
});
