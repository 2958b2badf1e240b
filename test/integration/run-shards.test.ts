import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { StandInRule } from '../fakes/claude-stand-in.ts';
import { fixOf, postMortem, raise, raising, seedHomelab, stackText } from '../support/homelab.ts';
import type { Row } from '../support/homelab.ts';
import { plugin } from '../support/plugin-process.ts';
import { Scenario, terraformMissing } from '../support/scenario.ts';
import type { GivenSettings, Run, TerraformKind } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';
import { git } from '../support/stage.ts';
import { skips } from '../support/woodpecker-schema.ts';

/** Shards of one pipeline at once: one remote, two dev VMs behind a real sshd each, with one state of the stacks. */

const STACKS = ['auth', 'cache', 'dns', 'mail', 'queue', 'web'];
const SHARDS = ['1/4', '2/4', '3/4', '4/4'];
const FILES = ['2026-01-10-one.md', '2026-01-11-two.md'] as const;
const PATHS = FILES.map((file) => `docs/post-mortems/${file}`);

const up = (stack: string, to: number): StandInRule => {
  const path = `stacks/${stack}/main.tf`;
  return { ...raising(stack, to), steps: [{ do: 'edit', path, from: `replicas = ${to - 1}`, to: `replicas = ${to}` }] };
};

/** Every stack has a TODO in each of the post-mortems, the second on top of the first. */
const DOCUMENTS = Object.fromEntries(
  FILES.map((file, index) => {
    const rows: Row[] = STACKS.map((stack) => raise(stack, index + 2, { priority: `P${index + 1}` }));
    return [file, postMortem(file.slice(0, 10), 'Much down', [...rows, { action: `Think about it again, part ${index}`, type: 'Process' }])];
  }),
);
const RULES = STACKS.flatMap((stack) => [up(stack, 2), up(stack, 3)]);

interface Stage {
  readonly scenario: Scenario;
  readonly services: Services;
  readonly second: Sshd;
  /** The home of the second dev VM's user. */
  readonly home: string;
}

let stage: Stage | null = null;
afterEach(async () => {
  await stage?.services.stop();
  await stage?.second.stop();
  stage?.scenario.remove();
  stage = null;
});

async function setUp(documents: Readonly<Record<string, string>>, rules: readonly StandInRule[], terraform: TerraformKind = 'stand-in'): Promise<Stage> {
  const scenario = new Scenario(documents, rules, terraform, (folder, postMortems) => {
    seedHomelab(folder, postMortems);
    for (const name of STACKS) {
      mkdirSync(join(folder, 'stacks', name), { recursive: true });
      writeFileSync(join(folder, 'stacks', name, 'main.tf'), stackText(name));
    }
  });
  for (const name of STACKS) scenario.tg(name, 'apply', '--non-interactive');
  const services = await startServices(scenario);
  // The second VM: a user, a clone and an sshd of its own; the state of the stacks is where it is for the first, as in a bucket.
  const home = join(scenario.stage.dir, 'home-2');
  mkdirSync(join(home, 'code'), { recursive: true });
  mkdirSync(join(home, '.local'));
  symlinkSync(join(scenario.stage.home, '.local/state'), join(home, '.local/state'));
  clone(scenario, join(home, 'code/infra'));
  const second = await startSshd({ env: { ...scenario.machine, HOME: home } });
  second.authorize(readFileSync(`${services.sshd.clientKeyFile}.pub`, 'utf8'));
  Object.assign(scenario.settings, {
    ssh_host: `127.0.0.1:${services.sshd.port},127.0.0.1:${second.port}`,
    ssh_known_hosts: `${services.sshd.knownHostsLine}\n${second.knownHostsLine}`,
  });
  stage = { scenario, services, second, home };
  return stage;
}

function clone(scenario: Scenario, folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  git(scenario.stage.dir, 'clone', '--quiet', scenario.stage.remote, folder);
}

/** One pipeline: all shards at once, each with a checkout of the same commit. */
async function pipeline({ scenario }: Stage, settings: (shard: string) => GivenSettings = () => ({})): Promise<Run[]> {
  const checkouts = SHARDS.map(() => scenario.stage.checkout());
  return Promise.all(SHARDS.map((shard, i) => scenario.run({ shard, ...settings(shard) }, { cwd: checkouts[i] ?? '' })));
}

/** The remote writes down what each push brought; its hook may also hold pushes back. */
function watchPushes({ scenario }: Stage, before = ''): () => { first: string; last: string }[] {
  const { remote, dir } = scenario.stage;
  const log = join(dir, 'pushes');
  const hooks = { 'pre-receive': before, 'post-receive': `while read -r old new ref; do echo "$old $new" >> ${log}; done` };
  for (const [name, text] of Object.entries(hooks)) writeFileSync(join(remote, 'hooks', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return () =>
    readFileSync(log, 'utf8').trim().split('\n').map((line) => {
      const ids = scenario.stage.git('rev-list', '--reverse', line.replace(' ', '..')).trim().split('\n');
      const message = (id = '') => scenario.stage.git('log', '-1', '--format=%B', id);
      return { first: message(ids[0]), last: message(ids.at(-1)) };
    });
}

/** Which shards reported what: TODOs by stack, and how often each TODO was reported. */
function reported(runs: readonly Run[]): { shardsOf: Map<string, Set<number>>; times: Map<string, number> } {
  const shardsOf = new Map<string, Set<number>>();
  const times = new Map<string, number>();
  for (const [index, run] of runs.entries()) {
    for (const { id, action } of [...(run.report?.outcomes ?? []), ...(run.report?.awaiting ?? [])]) {
      times.set(id, (times.get(id) ?? 0) + 1);
      const stack = /replicas of (\w+)/.exec(action)?.[1];
      if (stack !== undefined) shardsOf.set(stack, (shardsOf.get(stack) ?? new Set()).add(index));
    }
  }
  return { shardsOf, times };
}

/** Nothing is lost: every TODO has its commit, is live, Done, and in the Follow-up table once with a commit of the branch. */
function expectAllDone({ scenario }: Stage): void {
  const fixes = scenario.subjects().filter((subject) => subject.startsWith('fix'));
  expect(fixes.sort()).toEqual(STACKS.flatMap((stack) => [fixOf(stack, 2), fixOf(stack, 3).replace('01-10', '01-11')]).sort());
  for (const stack of STACKS) {
    expect(scenario.replicas(stack), stack).toBe('3');
    expect(scenario.stage.read(`stacks/${stack}/main.tf`)).toContain('replicas = 3');
  }
  for (const [index, path] of PATHS.entries()) {
    const lines = scenario.stage.read(path).split('\n');
    for (const stack of STACKS) {
      const rows = lines.filter((line) => line.includes(`replicas of ${stack} `));
      expect(rows, path).toHaveLength(2);
      expect(rows[0]).toMatch(/\| Done \|$/);
      const id = /\/commit\/([0-9a-f]{40})\)/.exec(rows[1] ?? '')?.[1] ?? '';
      scenario.stage.git('merge-base', '--is-ancestor', id, 'main');
      expect(scenario.stage.git('log', '-1', '--format=%s', id)).toContain(`replicas of ${stack} to ${index + 2}`);
    }
    expect(lines.filter((line) => line.includes('Think about it again'))).toEqual([
      expect.stringMatching(/\| Process \|  \| TODO \|$/),
      expect.stringMatching(/Needs human review: type Process/),
    ]);
  }
}

function expectNothingLeft({ scenario, home }: Stage): void {
  scenario.expectNothingLeft();
  expect(git(join(home, 'code/infra'), 'worktree', 'list').trim().split('\n')).toHaveLength(1);
  execFileSync('flock', ['-n', join(home, 'code/infra.post-mortem/run.lock'), 'true']);
}

describe.skipIf(sshdMissing)(`four shards at once (${sshdMissing ?? 'sshd'})`, () => {
  test('on two hosts with one workspace each: two work, two wait, and nothing is lost', async () => {
    const made = await setUp(DOCUMENTS, RULES);
    const pushes = watchPushes(made);
    const runs = await pipeline(made);
    for (const run of runs) expect(run.code, run.output).toBe(0);
    expectAllDone(made);
    expectNothingLeft(made);

    const { shardsOf, times } = reported(runs);
    expect([...times.values()].every((count) => count === 1)).toBe(true);
    expect(times.size).toBe(2 * STACKS.length + 2);
    for (const [stack, shards] of shardsOf) expect([...shards], stack).toHaveLength(1);
    expect(new Set([...shardsOf.values()].flatMap((shards) => [...shards])).size).toBe(SHARDS.length);

    const ports = runs.map(({ report }) => report?.host?.split(':').at(-1));
    expect(ports).toEqual([made.services.sshd.port, made.second.port, made.services.sshd.port, made.second.port].map(String));
    expect(runs.filter(({ output }) => /Waiting for the workspace on \S+: \S+, since \S+, shard \d\/4/.test(output)).length).toBeGreaterThan(0);
    expect(runs.map(({ report }) => report?.shard)).toEqual(SHARDS);
    for (const shard of SHARDS) expect(made.services.slackTexts().filter((text) => text.includes(`(shard ${shard})`))).toHaveLength(1);

    // A push without the tag would start a pipeline and cancel this one, with all its shards.
    expect(pushes()).toHaveLength(SHARDS.length);
    for (const { first, last } of pushes()) expect([skips(first), skips(last)]).toEqual([true, true]);
  });

  test('in workspaces of their own, all pushing in the same moment: each gets through in the end', async () => {
    const made = await setUp(DOCUMENTS, RULES);
    for (const [i, shard] of SHARDS.entries()) clone(made.scenario, join(i % 2 === 0 ? made.scenario.stage.home : made.home, 'code', `infra-${shard[0]}`));
    // No push is taken before all who still have one are there: four, then the three that lost, two, one.
    const arrived = join(made.scenario.stage.dir, 'arrived');
    mkdirSync(arrived);
    watchPushes(
      made,
      `there() { ls ${arrived} | wc -l; }
touch ${arrived}/$$
n=$(there)
for round in 4 7 9 10; do [ $n -gt $round ] || break; done
tries=4000
while [ $(there) -lt $round ] && [ $tries -gt 0 ]; do tries=$((tries - 1)); sleep 0.02; done`,
    );
    const runs = await pipeline(made, (shard) => ({ workspace: `~/code/infra-${shard[0] ?? ''}` }));
    for (const run of runs) expect(run.code, run.output).toBe(0);
    expectAllDone(made);
    const rejected = runs.map(({ output }) => output.match(/the push was rejected/g)?.length ?? 0);
    expect(rejected.sort()).toEqual([0, 1, 2, 3]);
    for (const { report } of runs) for (const { commit } of report?.outcomes ?? []) made.scenario.stage.git('merge-base', '--is-ancestor', commit?.id ?? '', 'main');
  });

  test.skipIf(terraformMissing)(`with the real Terraform (${terraformMissing ?? 'terraform'})`, async () => {
    const made = await setUp(DOCUMENTS, RULES, 'terraform');
    for (const run of await pipeline(made)) expect(run.code, run.output).toBe(0);
    expectAllDone(made);
    expectNothingLeft(made);
  });
});

describe.skipIf(sshdMissing)(`a TODO that turns out to be another shard's (${sshdMissing ?? 'sshd'})`, () => {
  /** The shard of each TODO, as `list` says. */
  async function shardsByAction({ scenario }: Stage): Promise<Map<string, string>> {
    const checkout = scenario.stage.checkout();
    const found = new Map<string, string>();
    for (const shard of SHARDS) {
      const { stdout } = await plugin(checkout, ['list', '--format', 'json', '--shard', shard]);
      const files = JSON.parse(stdout) as { todos: { action: string; shard: string }[] }[];
      for (const todo of files.flatMap(({ todos }) => todos)) found.set(todo.action, todo.shard);
    }
    return found;
  }

  const ACTIONS = Array.from({ length: 12 }, (_, i) => `Keep it up, idea ${i}`);

  test('is not applied by it, waits in its post-mortem, and is done by the other in the next pipeline', async () => {
    const rules = ACTIONS.map((when): StandInRule => ({ ...up('web', 2), when: `${when}"` }));
    const made = await setUp({ [FILES[0]]: postMortem('2026-01-10', 'Much down', [raise('web', 3), ...ACTIONS.map((action) => ({ action }))]) }, [up('web', 3), ...rules]);
    const { scenario } = made;
    const shards = await shardsByAction(made);
    const owner = shards.get('Raise the replicas of web to 3') ?? '';
    const action = ACTIONS.find((each) => shards.get(each) !== owner) ?? '';
    const shard = shards.get(action) ?? '';
    const thoughts = Array.from({ length: 6 }, (_, i): Row => ({ action: `Think about it again, part ${i}`, type: 'Process' }));
    const only = postMortem('2026-01-10', 'Much down', [{ action }, ...thoughts]);
    scenario.stage.push({ [PATHS[0] ?? '']: only }, 'One idea');

    const first = await pipeline(made);
    for (const run of first) expect(run.code, run.output).toBe(0);
    expect(first.map(({ outcomes }) => outcomes[action])).toEqual(SHARDS.map((each) => (each === shard ? 'deferred' : undefined)));
    expect(first[SHARDS.indexOf(shard)]?.report?.outcomes[0]?.reason).toBe(`changes stacks/web, which shard ${owner} works on: its next run takes it`);
    expect(scenario.replicas('web')).toBe('1');
    expect(scenario.subjects().filter((subject) => subject.startsWith('fix'))).toEqual([]);
    const waiting = scenario.stage.read(PATHS[0] ?? '');
    expect(waiting).toMatch(new RegExp(`\\| ${action} \\| Config \\|  \\| TODO \\|`));
    expect(waiting).toContain('Waits for the shard of stacks/web <!-- todo:');
    // What waits for people in a document is written by whoever writes into it, whatever its shard.
    expect(waiting.match(/Needs human review: type Process/g)).toHaveLength(thoughts.length);
    expect(first.map(({ report }) => report?.awaiting.length).reduce((sum = 0, n = 0) => sum + n)).toBe(thoughts.length);

    const next = await pipeline(made);
    for (const run of next) expect(run.code, run.output).toBe(0);
    expect(next.map(({ outcomes }) => outcomes[action])).toEqual(SHARDS.map((each) => (each === owner ? 'done' : undefined)));
    expect(scenario.replicas('web')).toBe('2');
    const done = scenario.stage.read(PATHS[0] ?? '');
    expect(done).toMatch(new RegExp(`\\| ${action} \\| Config \\|  \\| Done \\|`));
    expect(done).not.toContain('Waits for');
    expect(scenario.claude.calls()).toHaveLength(2);
    expectNothingLeft(made);
  });

  test('and changes stacks of two shards is left to a person, with the reason', async () => {
    const [own = '', foreign = ''] = ['stacks/web/main.tf', 'stacks/dns/main.tf'];
    const edit = (path: string) => ({ do: 'edit', path, from: 'replicas = 1', to: 'replicas = 2' }) as const;
    const rule: StandInRule = { ...up('web', 2), steps: [edit(own), edit(foreign)], answer: { status: 'done', summary: 'Both.', files: [own, foreign] } };
    const made = await setUp({ [FILES[0]]: postMortem('2026-01-10', 'Much down', [raise('web', 2), raise('dns', 3)]) }, [rule]);
    const shards = await shardsByAction(made);
    expect(new Set(shards.values()).size).toBe(2);
    const runs = await pipeline(made);
    const action = raise('web', 2).action;
    const run = runs[SHARDS.indexOf(shards.get(action) ?? '')];
    expect(run?.outcomes[action]).toBe('needs-review');
    expect(made.scenario.replicas('web')).toBe('1');
    expect(made.scenario.stage.read(PATHS[0] ?? '')).toMatch(/Needs human review: changes stacks\/dns \(shard \d\/4\) and stacks\/web \(shard \d\/4\): split the TODO, or run it without shard/);
  });
});

test('a TODO that has become another shard\'s since the checkout is left to that one', async () => {
  const row = { action: 'Keep it up' };
  const document = (details: string) => postMortem('2026-01-10', 'Much down', [{ ...row, details }]);
  const scenario = new Scenario({ [FILES[0]]: document('in stacks/web') }, [{ ...raising('web', 2), when: row.action }]);
  try {
    for (const stack of ['dns', 'web']) scenario.tg(stack, 'apply', '--non-interactive');
    const cwd = scenario.stage.checkout();
    scenario.stage.push({ [PATHS[0] ?? '']: document('in stacks/dns') }, 'It is dns');
    const runs = [];
    for (const shard of SHARDS) runs.push(await scenario.run({ shard }, { cwd }));
    const notices = runs.flatMap(({ report }) => report?.notices ?? []);
    expect(notices).toEqual([`${PATHS[0]}:12: "Keep it up" was left alone: on main it is different (it is another shard's now)`]);
    expect(scenario.claude.calls()).toEqual([]);
  } finally {
    scenario.remove();
  }
});

test('dry run and list say which shard they are about', async () => {
  const scenario = new Scenario(DOCUMENTS, []);
  try {
    const checkout = scenario.stage.checkout();
    const dry = await plugin(checkout, ['--dry-run', '--shard', '2/4', '--ssh-host', 'a,b', '--max-todos', '100']);
    expect(dry.code, dry.stdout).toBe(0);
    expect(dry.stdout).toMatch(/open TODOs in shard 2\/4 \(\d+ in the others\)/);
    expect(dry.stdout).toMatch(/a real run of shard 2\/4 would work on \d+ TODOs in \S+ on \S+@b or a/);
    const listed = await plugin(checkout, ['list', '--shard', '2/4']);
    expect(listed.stdout).toMatch(/^Shard 2\/4: \d+ of 14 open TODOs$/m);
    // In a column the reason is wrapped.
    expect(listed.stdout.replaceAll(/\s+/g, ' ')).toContain('shard 2/4:');
  } finally {
    scenario.remove();
  }
});
