import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Faults } from '../support/faults.ts';
import type { Point } from '../support/faults.ts';
import { postMortem, raise, raising } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { sshdMissing } from '../support/sshd.ts';
import { git } from '../support/stage.ts';
import { startTwoHosts } from '../support/two-hosts.ts';
import type { TwinHost, TwoHosts } from '../support/two-hosts.ts';

/**
 * A host that dies in the middle of a TODO; then a run on the second host while the first is down; then one when it is back. Both hosts
 * share the remote and the state of Terraform, and nothing else.
 */

const FILE = 'docs/post-mortems/2026-01-10-web.md';
const WEB = raise('web', 3, { priority: 'P0' });
const DNS = raise('dns', 2);
const FIX = 'fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]';

const DEATHS: readonly Point[] = ['locked', 'agent at work', 'planned', 'applying', 'applied', 'committing', 'committed', 'docs committed', 'mid-push', 'remote has it', 'pushed'];

interface Result {
  readonly dead: Run;
  readonly second: Run;
  readonly back: Run;
  readonly slack: readonly string[];
  readonly scenario: Scenario;
  readonly hosts: TwoHosts;
}

const AT_ONCE = 3;

describe.skipIf(sshdMissing)(`the first host dies${sshdMissing ? ` (${sshdMissing})` : ''}`, () => {
  const results = new Map<Point, Result | Error>();
  beforeAll(async () => {
    const queue = [...DEATHS];
    const worker = async () => {
      for (let point = queue.shift(); point; point = queue.shift()) {
        results.set(point, await play(point).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }, 600_000);
  afterAll(() => {
    for (const result of results.values()) if (!(result instanceof Error)) result.scenario.remove();
  });

  test.each(DEATHS)('when %s: the second one takes over, and nothing is done twice', (point) => {
    const result = results.get(point);
    if (!result || result instanceof Error) throw result ?? new Error('it was not played');
    const { dead, second, back, slack, scenario, hosts } = result;
    const all = [dead, second, back].map(({ output }, index) => `=== run ${index + 1}\n${output}`).join('\n');
    const { stage } = scenario;

    expect(dead.code, all).toBe(1);
    expect(dead.report?.error?.message).toContain(`the connection to ${hosts.first.sshd.user}@${hosts.first.address} was lost`);
    expect(second.code, all).toBe(0);
    expect(back.code, all).toBe(0);
    const notice = `${hosts.first.address} is not used: ${hosts.first.address} accepts connections but did not answer as an SSH server within 2 s`;
    if (second.report?.status !== 'nothing-to-do') {
      expect(second.report?.host).toBe(`${hosts.second.sshd.user}@${hosts.second.address}`);
      expect(second.report?.notices).toContain(notice);
      expect(slack[1], `${slack.length} messages\n${all}`).toContain(notice.slice(0, 40));
    }
    expect(back.report?.host).toBe(`${hosts.first.sshd.user}@${hosts.first.address}`);
    expect(back.outcomes, all).toEqual({ [DNS.action]: 'done' });

    expect([scenario.replicas('web'), scenario.replicas('dns')], all).toEqual(['3', '2']);
    expect([serial(scenario, 'web'), serial(scenario, 'dns')], `applies that changed the state\n${all}`).toEqual([2, 2]);
    expect(stage.git('for-each-ref', '--format=%(refname)').trim(), all).toBe('refs/heads/main');
    expect(scenario.subjects().filter((subject) => subject === FIX), all).toEqual([FIX]);
    expect(stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    const rows = stage.read(FILE).split('\n');
    expect(rows, all).toContainEqual(expect.stringMatching(/^\| P0 \| Raise the replicas of web to 3 \|.*\| Done \|$/));
    const links = rows.flatMap((row) => (row.includes('| postmortem-todo-resolver |') ? (/(?<=commit\/)[0-9a-f]{40}/.exec(row)?.[0] ?? []) : []));
    expect(links.map((id) => stage.git('log', '-1', '--format=%s', id, '--').trim()), all).toEqual([FIX]);
    for (const id of links) stage.git('merge-base', '--is-ancestor', id, 'main');
    for (const host of [hosts.first, hosts.second]) expectNothingLeft(host, all);
  });
});

describe.skipIf(sshdMissing)(`what the first host has applied and not pushed${sshdMissing ? ` (${sshdMissing})` : ''}`, () => {
  const five = raise('web', 5, { priority: 'P0' });
  test.each([
    ['by another TODO of the same stack', five, raising('web', 5)],
    ['by another change for the same TODO', WEB, { ...raising('web', 3), steps: [{ do: 'edit', path: 'stacks/web/main.tf', from: 'replicas = 1', to: 'replicas = 4' }] }],
  ] as const)('is not undone on the second %s, and is published when the first is back', async (_, row, rule) => {
    const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, [raising('web', 3), raising('dns', 2)]);
    scenario.applyAll();
    const hosts = await startTwoHosts(scenario);
    const faults = new Faults(scenario);
    onTestFinished(async () => {
      faults.close();
      await hosts.stop();
      scenario.remove();
    });
    Object.assign(scenario.settings, { apply_command: faults.applyCommand });
    faults.arm('applied');
    const running = scenario.start();
    await faults.reached(running.ended);
    hosts.first.die();
    await running.ended;
    expect(scenario.replicas('web')).toBe('3');

    scenario.stage.push({ [FILE]: postMortem('2026-01-10', 'Web down', [row, DNS]) }, 'Think again');
    scenario.claude.setRules([rule, raising('dns', 2)]);
    const second = await scenario.run();
    expect(second.outcomes, second.output).toEqual({ [row.action]: 'needs-review', [DNS.action]: 'done' });
    expect(second.report?.outcomes[0]?.reason).toMatch(/^stacks\/web is not as main says even without this change \(1 to change: .*\): another host of ssh_host may have applied/);
    expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '2']);

    hosts.first.wake();
    scenario.stage.push({ 'docs/post-mortems/2026-01-11-more.md': postMortem('2026-01-11', 'More', [{ action: 'Ask for the impossible' }]) }, 'More');
    const back = await scenario.run();
    expect(back.report?.notices, back.output).toContainEqual(expect.stringMatching(/an earlier run ended during its apply, which is complete; committed as/));
    expect(scenario.subjects().filter((subject) => subject === FIX), back.output).toEqual([FIX]);
    expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    expect([scenario.replicas('web'), serial(scenario, 'web')]).toEqual(['3', 2]);
  });
});

async function play(point: Point): Promise<Result> {
  const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, []);
  scenario.applyAll();
  const hosts = await startTwoHosts(scenario);
  const faults = new Faults(scenario);
  try {
    const { steps = [], ...rest } = raising('web', 3);
    scenario.claude.setRules([{ ...rest, steps: [...steps, { do: 'run', argv: ['pause', 'agent at work'] }] }, raising('dns', 2)]);
    Object.assign(scenario.settings, { plan_command: faults.planCommand, show_command: faults.showCommand, apply_command: faults.applyCommand });
    faults.arm(point);
    const running = scenario.start();
    await faults.reached(running.ended);
    hosts.first.die();
    const dead = await running.ended;
    const second = await scenario.run();
    hosts.first.wake();
    // Something for the third run to do.
    scenario.stage.push({ 'docs/post-mortems/2026-01-11-dns.md': postMortem('2026-01-11', 'DNS slow', [DNS]) }, 'DNS slow');
    const back = await scenario.run();
    return { dead, second, back, slack: hosts.slackTexts(), scenario, hosts };
  } finally {
    faults.close();
    await hosts.stop();
  }
}

function expectNothingLeft({ workspace }: TwinHost, all: string): void {
  const folder = `${workspace}.post-mortem`;
  const kept = new Set(['run.lock', 'apply.lock', 'holder']);
  expect(existsSync(folder) ? readdirSync(folder).filter((name) => !kept.has(name)) : [], all).toEqual([]);
  expect(git(workspace, 'worktree', 'list').trim().split('\n'), all).toHaveLength(1);
  if (existsSync(folder)) execFileSync('flock', ['-n', join(folder, 'run.lock'), 'true']);
}

/** How often the state of a stack was written: once when it was made. */
function serial({ stage }: Scenario, stack: string): number {
  return (JSON.parse(readFileSync(join(stage.home, '.local/state/infra', `${stack}.tfstate`), 'utf8')) as { serial: number }).serial;
}
