import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startFakeSlack } from '../fakes/slack.ts';
import { postMortem, raise, raising, STACKS, stackText } from '../support/homelab.ts';
import type { Row } from '../support/homelab.ts';
import { Scenario, terraformMissing } from '../support/scenario.ts';
import type { TerraformKind } from '../support/scenario.ts';

const FILE = '2026-01-10-web.md';
const PATH = `docs/post-mortems/${FILE}`;
const WEB = 'Raise the replicas of web to 3';

let scenario: Scenario;
afterEach(() => scenario.remove());

function homelab(todos: readonly Row[], rules: ConstructorParameters<typeof Scenario>[1], kind: TerraformKind = 'stand-in'): Scenario {
  scenario = new Scenario({ [FILE]: postMortem('2026-01-10', 'Web down', todos) }, rules, kind);
  scenario.applyAll();
  return scenario;
}

/** A script on the dev VM that runs in the folder of a stack, with what a command of the settings needs as its arguments. */
function script(name: string, text: string): string {
  return scenario.program(name, `#!/bin/sh\nset -eu\n${text}\n`);
}

const PLAN = '{root}/scripts/tg plan -input=false -no-color -out={plan}';

describe('apply: false', () => {
  test('plans and gates, applies nothing, and pushes without a skip tag as the very last thing', async () => {
    homelab([raise('web', 3), { action: 'Rename the zone' }], [
      raising('web', 3),
      { when: 'Rename the zone', steps: [{ do: 'edit', path: 'stacks/dns/main.tf', from: '"dns.example"', to: '"lan.example"' }], answer: { status: 'done', summary: 'Renamed.', files: ['stacks/dns/main.tf'] } },
    ]);
    writeFileSync(join(scenario.stage.remote, 'hooks/post-receive'), `#!/bin/sh\ntouch ${scenario.stage.dir}/pushed\n`, { mode: 0o755 });
    // The push starts the repository's CI, and Woodpecker cancels this pipeline for it: Slack must know before.
    const pushed: boolean[] = [];
    const slack = await startFakeSlack({ onMessage: () => pushed.push(existsSync(`${scenario.stage.dir}/pushed`)) });
    const run = await scenario.run({ apply: 'false', slack_webhook: slack.webhookUrl });
    await slack.stop();
    expect(run.code, run.output).toBe(0);
    expect(pushed).toEqual([false]);
    expect(run.output.trimEnd().split('\n').at(-1)).toBe('Pushed to main');
    expect(run.outcomes).toEqual({ [WEB]: 'done', 'Rename the zone': 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toBe("gated, left to the repository's CI to apply: stacks/web: 1 to change: terraform_data.web (update)");
    expect(scenario.replicas('web')).toBe('1');
    expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    expect(scenario.subjects()).toEqual(['fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]', 'docs: update post-mortem follow-up [PM-2026-01-10]']);
    expect(scenario.stage.git('log', '--format=%B', 'main')).not.toMatch(/\[(?:ci *skip|skip *ci)\]/i);
    scenario.expectNothingLeft();
  });

  test('a push that fails then still fails the run, and says where the commits are', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    writeFileSync(join(scenario.stage.remote, 'hooks/pre-receive'), '#!/bin/sh\nwhile read -r old new ref; do [ "$ref" != refs/heads/main ] || exit 1; done\n', { mode: 0o755 });
    const slack = await startFakeSlack();
    const run = await scenario.run({ apply: 'false', slack_webhook: slack.webhookUrl });
    await slack.stop();
    expect(run.code, run.output).toBe(1);
    expect(run.report?.status).toBe('failed');
    expect(slack.messages.map(({ text }) => text.split('\n')[0])).toEqual(['Post-mortem TODOs: 1 done', 'Post-mortem run failed: 1 done']);
    const [aside = ''] = scenario.stage.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/post-mortem').trim().split('\n');
    expect(aside).not.toBe('');
    expect(run.output).toContain(`They are on the branch ${aside}: merge it into main by hand.`);
  });
});

describe.each(['terraform', 'stand-in'] as const)('a plain repository, with %s', (kind) => {
  test.skipIf(kind === 'terraform' && terraformMissing)(`the three commands the message on a missing wrapper names do it (${terraformMissing ?? kind})`, async () => {
    scenario = new Scenario({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)], kind, (folder, postMortems) => {
      for (const name of STACKS) {
        mkdirSync(join(folder, 'stacks', name), { recursive: true });
        writeFileSync(join(folder, 'stacks', name, 'main.tf'), stackText(name).replace('backend "local" {}', `backend "local" {\n    path = "${join(folder, '..', `${name}.tfstate`)}"\n  }`));
      }
      mkdirSync(join(folder, 'docs/post-mortems'), { recursive: true });
      writeFileSync(join(folder, '.gitignore'), '.terraform/\n');
      writeFileSync(join(folder, PATH), postMortems[FILE] ?? '');
    });
    const without = await scenario.run();
    expect(without.code).toBe(1);
    const remedy = without.report?.error?.remedy ?? '';
    const settings = Object.fromEntries([...remedy.matchAll(/(\w+_command): (.*?)(?=, \w+_command|\.$)/g)].map(([, name = '', command = '']) => [name, command]));
    expect(Object.keys(settings)).toEqual(['plan_command', 'show_command', 'apply_command']);
    const stack = join(scenario.stage.workspace, 'stacks/web');
    const env = { ...scenario.machine };
    execFileSync('terraform', ['init', '-input=false'], { cwd: stack, env, stdio: 'pipe' });
    execFileSync('terraform', ['apply', '-input=false', '-auto-approve'], { cwd: stack, env, stdio: 'pipe' });
    rmSync(join(stack, '.terraform'), { recursive: true });

    const run = await scenario.run(settings);
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'done' });
    expect(readFileSync(join(scenario.stage.dir, 'web.tfstate'), 'utf8')).toMatch(/replicas(?:"?:| =) ?"?3/);
    // What was planned is what was applied: the saved plan, not a new one.
    expect(run.output.match(/planning stacks\/web/g)).toHaveLength(1);
    scenario.expectNothingLeft();
  });

  test.skipIf(kind === 'terraform' && terraformMissing)(`state in a file beside the stack is left alone, with the reason (${terraformMissing ?? kind})`, async () => {
    homelab([raise('web', 3)], [raising('web', 3)], kind);
    writeFileSync(join(scenario.stage.workspace, 'stacks/web/terraform.tfstate'), '{}');
    const run = await scenario.run();
    expect(run.outcomes).toEqual({ [WEB]: 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toContain('stacks/web keeps its state in a file of the workspace');
    expect(scenario.replicas('web')).toBe('1');
  });
});

describe.each([
  ['the saved plan', '{root}/scripts/tg apply -input=false -no-color {plan}'],
  ['a plan of its own', '{root}/scripts/tg apply --non-interactive'],
])('when the state changes after the gate and the apply command takes %s', (_, applyCommand) => {
  /** Changes the state of a stack once, after the first plan of the run. */
  const movingState = (replicas: number) => {
    const marker = join(scenario.stage.dir, 'moved');
    const stack = join(scenario.stage.dir, 'elsewhere/stacks/web');
    mkdirSync(stack, { recursive: true });
    execFileSync('cp', ['-r', join(scenario.stage.workspace, 'scripts'), join(scenario.stage.dir, 'elsewhere')]);
    writeFileSync(join(stack, 'main.tf'), stackText('web', replicas));
    return script('plan-and-move', `"$1"/scripts/tg plan -input=false -no-color -out="$2"\n[ -e ${marker} ] || { touch ${marker}; cd ${stack}; ../../scripts/tg apply --non-interactive; }`);
  };

  test('and the plan is another one then, nothing is applied', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    const run = await scenario.run({ plan_command: `${movingState(2)} {root} {plan}`, apply_command: applyCommand });
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toContain('the plan of stacks/web is no longer the one that was gated');
    expect(scenario.replicas('web')).toBe('2');
    expect(scenario.subjects()).toEqual(['docs: update post-mortem follow-up [PM-2026-01-10] [ci skip]']);
  });

  test('and the plan is the same all the same, it is applied', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    // Another stack in the same state file would do that; here the serial grows and the resource stays.
    const bump = script('bump', `cd ${scenario.stage.home}/.local/state/infra; sed 's/"serial":\\([0-9]*\\)/"serial":\\19/' web.tfstate > new; mv new web.tfstate`);
    const marker = join(scenario.stage.dir, 'moved');
    const run = await scenario.run({ plan_command: `${PLAN} && { [ -e ${marker} ] || { touch ${marker}; ${bump}; }; }`, apply_command: applyCommand });
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'done' });
    expect(scenario.replicas('web')).toBe('3');
  });
});

describe('an apply that fails', () => {
  test('before it did anything: the TODO stays open for the next run, nothing is committed, exit 1', async () => {
    homelab([raise('web', 3), raise('dns', 2, { priority: 'P2' })], [raising('web', 3), raising('dns', 2)]);
    const broken = script('broken-apply', 'case $PWD in */web) echo "Error: no route to the API" >&2; exit 1;; esac\nexec "$1"/scripts/tg apply --non-interactive');
    const run = await scenario.run({ apply_command: `${broken} {root}` });
    expect(run.code, run.output).toBe(1);
    expect(run.report?.outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', 'apply of stacks/web failed: Error: no route to the API'],
      ['done', expect.any(String)],
    ]);
    expect(scenario.subjects()).toEqual(['fix(post-mortem): raise the replicas of dns to 2 [PM-2026-01-10]', 'docs: update post-mortem follow-up [PM-2026-01-10] [ci skip]']);
    expect(scenario.stage.read(PATH)).toContain(`| ${WEB} | Config |  | TODO |`);
    expect((await scenario.run()).outcomes).toEqual({ [WEB]: 'done' });
  });

  test('half-way: what is live is committed and pushed as a part, and the row says that a person must look', async () => {
    homelab([{ action: 'Give web and dns more replicas' }], [
      { steps: [...(raising('web', 3).steps ?? []), ...(raising('dns', 2).steps ?? [])], answer: { status: 'done', summary: 'Both.', files: ['stacks/web/main.tf', 'stacks/dns/main.tf'] } },
    ]);
    // dns is applied, then web is not.
    const half = script('half-apply', 'case $PWD in */web) echo "Error: quota exceeded" >&2; exit 1;; esac\nexec "$1"/scripts/tg apply --non-interactive');
    // Somebody pushes meanwhile, so that the commit gets another id.
    const push = script('push-once', `[ -e ${scenario.stage.dir}/colleague/new ] || { cd ${scenario.stage.dir}/colleague; touch new; git add new; git -c user.name=c -c user.email=c@example.com commit -qm 'Something else'; git push -q origin main; }`);
    const run = await scenario.run({ apply_command: `${push} && ${half} {root}` });
    expect(run.code, run.output).toBe(0);
    const fix = scenario.stage.git('rev-parse', 'main~1').trim();
    expect(run.report?.outcomes).toMatchObject([{ outcome: 'needs-review', commit: { id: fix } }]);
    expect(run.report?.outcomes[0]?.reason).toContain('apply of stacks/web failed: Error: quota exceeded');
    expect([scenario.replicas('dns'), scenario.replicas('web')]).toEqual(['2', '1']);
    expect(scenario.stage.git('log', '-1', '--format=%B', fix)).toMatch(/Applied in part only[^]*\[ci skip\][^]*Post-Mortem-Todo-Partial: /);
    const row = scenario.stage.read(PATH).split('\n').find((line) => line.includes('Needs human review')) ?? '';
    expect(row).toContain('quota exceeded');
    expect(row).toContain(fix.slice(0, 8));
    // Neither done nor tried again by itself.
    const calls = scenario.claude.calls().length;
    expect((await scenario.run()).report?.status).toBe('nothing-to-do');
    expect(scenario.claude.calls()).toHaveLength(calls);
    scenario.expectNothingLeft();
  });

  test('after it had done everything: it is committed', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    const late = script('late-failure', '"$1"/scripts/tg apply --non-interactive\necho "Error: could not unlock the state" >&2\nexit 1');
    const run = await scenario.run({ apply_command: `${late} {root}` });
    expect(run.outcomes).toEqual({ [WEB]: 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toContain('could not unlock the state');
    expect(scenario.replicas('web')).toBe('3');
    expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
  });
});

test('SIGTERM during an apply: it is finished, committed and pushed, and the rest is left for the next run', async () => {
  homelab([raise('web', 3, { priority: 'P0' }), raise('dns', 2)], [raising('web', 3), raising('dns', 2)]);
  const { dir } = scenario.stage;
  const slow = script('slow-apply', `touch ${dir}/applying\nwhile [ ! -e ${dir}/finish ]; do sleep 0.05; done\nexec "$1"/scripts/tg apply --non-interactive`);
  const running = scenario.start({ apply_command: `${slow} {root}` });
  await vi.waitFor(() => expect(existsSync(`${dir}/applying`)).toBe(true), { timeout: 30_000 });
  running.kill('SIGTERM');
  await vi.waitFor(() => expect(running.output()).toContain('SIGTERM: stopping'), { timeout: 10_000 });
  writeFileSync(`${dir}/finish`, '');
  const run = await running.ended;
  expect(run.code, run.output).toBe(143);
  expect(run.outcomes).toEqual({ [WEB]: 'done', 'Raise the replicas of dns to 2': 'deferred' });
  expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '1']);
  expect(scenario.subjects()).toEqual(['fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]', 'docs: update post-mortem follow-up [PM-2026-01-10] [ci skip]']);
  scenario.expectNothingLeft();
  expect((await scenario.run()).outcomes).toEqual({ 'Raise the replicas of dns to 2': 'done' });
});

describe('a plan that fails goes back to the same conversation', () => {
  const answer = { status: 'done', summary: 'Set replicas of web to 3.', files: ['stacks/web/main.tf'] } as const;
  const wrong = { ...raising('web', 3, { resumed: false }), steps: [{ do: 'edit', path: 'stacks/web/main.tf', from: 'input =', to: 'inputs =' }] } as const;
  const stillWrong = { resumed: true, steps: [{ do: 'edit', path: 'stacks/web/main.tf', from: 'inputs =', to: 'inputs  =' }], answer, costUsd: 0.1 } as const;
  const mended = { ...stillWrong, steps: [{ do: 'edit', path: 'stacks/web/main.tf', from: 'inputs =', to: 'input =' }, { do: 'edit', path: 'stacks/web/main.tf', from: 'replicas = 1', to: 'replicas = 3' }] } as const;

  describe.each(['terraform', 'stand-in'] as const)('with %s', (kind) => test.skipIf(kind === 'terraform' && terraformMissing)(`and is done when that mends it (${terraformMissing ?? kind})`, async () => {
    homelab([raise('web', 3)], [wrong, mended], kind);
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'done' });
    const [first, second, ...more] = scenario.claude.calls();
    expect(more).toEqual([]);
    expect(second).toMatchObject({ resumed: true, sessionId: first?.sessionId });
    expect(second?.prompt).toContain('Unsupported argument');
    expect(run.report?.cost_usd).toBe(0.2);
    expect(scenario.replicas('web')).toBe('3');
  }));

  test('twice at most, and then to a person', async () => {
    homelab([raise('web', 3)], [wrong, { ...stillWrong, steps: [{ do: 'append', path: 'stacks/web/main.tf', content: '# tried\n' }] }]);
    const run = await scenario.run();
    expect(run.code).toBe(0);
    expect(run.outcomes).toEqual({ [WEB]: 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toMatch(/^plan_command failed in stacks\/web: Error: Unsupported argument \(after 2 attempts to mend it\)$/);
    expect(scenario.claude.calls()).toHaveLength(3);
    expect(run.report?.cost_usd).toBe(0.3);
    expect(scenario.stage.read('stacks/web/main.tf')).toBe(stackText('web'));
  });
});

test('an apply that cannot be committed: nothing of it is touched or pushed, what was done before is, and the next run commits it', async () => {
  homelab([raise('web', 3, { priority: 'P0' }), raise('dns', 2)], [raising('web', 3), raising('dns', 2)]);
  // The repository refuses new objects while dns is applied.
  const objects = join(scenario.stage.workspace, '.git/objects');
  const broken = script('break-git', `"$1"/scripts/tg apply --non-interactive\ncase $PWD in */dns) git -c user.name=w -c user.email=w@example.com commit -q --allow-empty -m 'state: dns'; mv ${objects} ${objects}.away; mkdir ${objects};; esac`);
  const run = await scenario.run({ apply_command: `${broken} {root}` });
  expect(run.code, run.output).toBe(1);
  expect(run.outcomes).toEqual({ [WEB]: 'done', 'Raise the replicas of dns to 2': 'failed' });
  expect(run.report?.notices[0]).toBe('an apply of this run is not committed yet: the next run finds out what came of it and commits it');
  expect(run.report?.notices.join()).toMatch(/is pushed to main|1 commit of this run is not pushed/);
  expect(scenario.subjects()).not.toContain('state: dns');
  expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '2']);

  rmSync(objects, { recursive: true });
  renameSync(`${objects}.away`, objects);
  const calls = scenario.claude.calls().length;
  const next = await scenario.run();
  expect(next.code, next.output).toBe(0);
  expect(scenario.claude.calls()).toHaveLength(calls);
  expect(scenario.subjects().filter((subject) => !subject.startsWith('docs'))).toEqual(['fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]', 'fix(post-mortem): raise the replicas of dns to 2 [PM-2026-01-10]']);
  expect(next.outcomes).toMatchObject({ 'Raise the replicas of dns to 2': 'done' });
  expect(scenario.stage.git('log', '--format=%B%x00', 'main').split('\0').slice(0, -2).every((message) => message.includes('[ci skip]'))).toBe(true);
  scenario.expectNothingLeft();
});
