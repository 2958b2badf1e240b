import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postMortem, raise, raising } from '../support/homelab.ts';
import { measureMemory } from '../support/memory.ts';
import { Scenario } from '../support/scenario.ts';
import type { GivenSettings, Run } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing } from '../support/sshd.ts';

/** What runs on the host prints far too much, over a real sshd: there is a limit, a message, and the plugin stays small. */

const WEB = raise('web', 3);

/** Prints a plan of so many MB: a stack with many resources, of which one changes. */
const LARGE_PLAN = (megabytes: number) => `#!${process.execPath}
const resource = (name) => ({ address: 'terraform_data.' + name, mode: 'managed', type: 'terraform_data', name, provider_name: 'terraform.io/builtin/terraform' });
const value = (n) => ({ id: String(n), input: { text: 'x'.repeat(700), list: [1, 2, 3, n], tags: { a: 'b', c: 'd' } }, triggers_replace: null });
const part = (list) => list.map((entry) => JSON.stringify(entry)).join();
const write = (text) => new Promise((done) => process.stdout.write(text, done));
(async () => {
  const count = ${megabytes} * 400;
  await write('{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[');
  for (let n = 0; n < count; n++) await write((n ? ',' : '') + part([{ ...resource('r' + n), values: value(n) }]));
  await write(']}},"resource_changes":[');
  for (let n = 0; n < count; n++) await write((n ? ',' : '') + part([{ ...resource('r' + n), change: { actions: n ? ['no-op'] : ['update'], before: value(n), after: value(n), after_unknown: {} } }]));
  await write('],"configuration":{"root_module":{"resources":[' + part([resource('r0')]) + ']}},"applyable":true,"complete":true,"errored":false}\\n');
})();
`;

describe.skipIf(sshdMissing)(`output without end (${sshdMissing ?? 'sshd'})`, () => {
  let scenario: Scenario;
  let services: Services;
  beforeEach(async () => {
    scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, [raising('web', 3)]);
    services = await startServices(scenario);
    scenario.applyAll();
  });
  afterEach(async () => {
    await services.stop();
    scenario.remove();
  });

  /** A run whose memory is measured. */
  async function measured(settings: GivenSettings = {}): Promise<Run> {
    const memory = measureMemory();
    const running = scenario.start(settings, { env: memory.env });
    const run = await running.ended;
    memory.expectSmall(running.pid);
    return run;
  }
  const reasonOf = (run: Run) => run.report?.outcomes[0]?.reason;

  test('one line of 200 MB from the agent, which then answers: it is done', async () => {
    const { steps = [], ...rule } = raising('web', 3);
    scenario.claude.setRules([{ ...rule, steps: [{ do: 'flood', text: 'x'.repeat(1_000_000), times: 200 }, { do: 'stdout', text: '\n' }, ...steps] }]);
    const run = await measured();
    expect(run.outcomes, run.output).toEqual({ [WEB.action]: 'done' });
  });

  test.each(['stdout', 'stderr'])('a plan command that prints without end on %s: it is stopped, and a person looks at it', async (where) => {
    const run = await measured({ plan_command: where === 'stdout' ? 'yes' : 'yes >&2' });
    expect(run.outcomes, run.output).toEqual({ [WEB.action]: 'needs-review' });
    expect(reasonOf(run)).toBe('plan of stacks/web: plan_command printed more than 64 MiB, and was stopped');
    expect(scenario.replicas('web')).toBe('1');
    scenario.expectNothingLeft();
  });

  test('a show command that prints without end: the same', async () => {
    const run = await measured({ show_command: `printf '{"format_version":"1.2","x":"'; yes | tr -d '\\n'` });
    expect(run.outcomes, run.output).toEqual({ [WEB.action]: 'needs-review' });
    expect(reasonOf(run)).toMatch(/^plan of stacks\/web: the plan is larger than 6 MiB of JSON$/);
  });

  test('a plan of 5.5 MB, judged again before the apply', async () => {
    const show = scenario.program('large-plan', LARGE_PLAN(5));
    const run = await measured({ show_command: show });
    expect(run.outcomes, run.output).toEqual({ [WEB.action]: 'done' });
  });

  test('git that prints without end: it is stopped, and a person looks at it', async () => {
    scenario.program('git', `#!/bin/sh\ncase " $* " in *' diff '*) exec yes ;; esac\nexec /usr/bin/git "$@"\n`);
    const memory = measureMemory();
    const running = scenario.start({}, { env: memory.env });
    const run = await running.ended;
    expect(run.outcomes, run.output).toEqual({ [WEB.action]: 'needs-review' });
    expect(reasonOf(run)).toBe('the patch is larger than 2 MiB');
    memory.expectSmall(running.pid);
  });
});

/** Every look at the clock shows another day, years ahead or back. */
const JUMPING_CLOCK = `
const real = Date.now.bind(Date);
let looks = 0;
const jumping = () => real() + (looks++ % 2 ? 1 : -1) * (looks % 7) * 500 * 86_400_000;
globalThis.Date = class extends Date {
  constructor(...given) {
    if (given.length > 0) super(...given);
    else super(jumping());
  }
  static now() {
    return jumping();
  }
};
`;

describe.skipIf(sshdMissing)(`the world around a run (${sshdMissing ?? 'sshd, Vault, Slack'})`, () => {
  let scenario: Scenario;
  let services: Services;
  beforeEach(async () => {
    scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, [raising('web', 3)]);
    services = await startServices(scenario);
    scenario.applyAll();
  });
  afterEach(async () => {
    await services.stop();
    scenario.remove();
  });

  test('a clock that jumps by years, ahead and back: no limit is reached early or missed, and durations are true', async () => {
    const preload = join(scenario.stage.dir, 'clock.cjs');
    writeFileSync(preload, JUMPING_CLOCK);
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const run = await scenario.run({}, { env });
    expect(run.outcomes, run.output).toEqual({ [WEB.action]: 'done' });
    expect(run.report?.duration_ms).toBeGreaterThan(0);
    expect(run.report?.duration_ms).toBeLessThan(run.durationMs);
    expect([...services.vault.tokens.values()]).toEqual(['revoked']);
    expect(services.slackTexts()).toHaveLength(1);

    scenario.stage.push({ 'docs/post-mortems/2026-01-11-dns.md': postMortem('2026-01-11', 'DNS slow', [raise('dns', 2)]) }, 'DNS slow');
    scenario.claude.setRules([{ ...raising('dns', 2), steps: [{ do: 'hang', deaf: true }] }]);
    const stuck = await scenario.run({ idle_timeout: '1s' }, { env });
    expect(stuck.report?.outcomes[0]?.reason).toMatch(/no sign of life for 1 s/);
    expect(stuck.durationMs).toBeLessThan(60_000);
    scenario.expectNothingLeft();
  });

  test('Vault takes the connection and never answers: the run ends with its name and the limit', async () => {
    services.vault.set({ hangs: /./ });
    const run = await scenario.run({ vault_timeout: '1s', vault_retries: '1' });
    expect(run.code, run.output).toBe(1);
    expect(run.report?.error?.message).toMatch(/^Vault at \S+ cannot be reached: no complete answer within 1 s/);
    expect(services.slackTexts().at(-1)).toContain('no complete answer within 1 s');
    scenario.expectNothingLeft();
  });

  test('Slack takes the connection and never answers: the work is done all the same, and the log says so', async () => {
    services.slack.failNext('hang', 'hang');
    const run = await scenario.run({ slack_timeout: '1s', slack_retries: '1' });
    expect(run.code, run.output).toBe(0);
    expect(run.outcomes).toEqual({ [WEB.action]: 'done' });
    expect(run.output).toMatch(/^warning: Slack was not told: no complete answer within 1 s/m);
    expect(services.slackTexts()).toEqual([]);
  });
});

test('a folder of 1,000 post-mortems of 90 kB each', async () => {
  const filler = Array.from({ length: 900 }, (_, n) => `- ${n}: ${'what was seen at that minute '.repeat(3)}`).join('\n');
  const scenario = new Scenario({}, [raising('web', 3)]);
  try {
    scenario.applyAll();
    const files = Array.from({ length: 1000 }, (_, n) => [`docs/post-mortems/2026-01-10-${n}.md`, `${postMortem('2026-01-10', `Web down ${n}`, [{ action: `Look at ${n}`, type: 'Investigation' }])}\n${filler}\n`] as const);
    scenario.stage.push({ ...Object.fromEntries(files), 'docs/post-mortems/2026-01-11-web.md': postMortem('2026-01-11', 'Web', [WEB]) }, 'Many');
    const memory = measureMemory();
    const running = scenario.start({}, { env: memory.env });
    const run = await running.ended;
    memory.expectSmall(running.pid);
    expect(run.outcomes, run.output.slice(-2000)).toEqual({ [WEB.action]: 'done' });
  } finally {
    scenario.remove();
  }
});
