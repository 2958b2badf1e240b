import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StandInRule, StandInStep } from '../fakes/claude-stand-in.ts';
import { startFakeSlack } from '../fakes/slack.ts';
import { DOCS, fixOf, postMortem, raise, raising, RENAMING, STACKS, stackText } from '../support/homelab.ts';
import type { Row, seedHomelab } from '../support/homelab.ts';
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

/** In such a script. */
const APPLY = '"$1"/scripts/tg apply --non-interactive';
const COMMIT = 'git -c user.name=c -c user.email=c@example.com commit';

const PLAN = '{root}/scripts/tg plan -input=false -no-color -out={plan}';

describe('apply: false', () => {
  test('plans and gates, applies nothing, and pushes without a skip tag as the very last thing', async () => {
    homelab([raise('web', 3), { action: 'Rename the zone' }], [raising('web', 3), RENAMING]);
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
    expect(run.report?.outcomes[0]?.reason).toBe(
      "gated, left to the repository's CI to apply: stacks/web: 1 to change: terraform_data.web (update)",
    );
    expect(scenario.replicas('web')).toBe('1');
    expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    expect(scenario.subjects()).toEqual([fixOf('web', 3), DOCS.replace(' [ci skip]', '')]);
    expect(scenario.stage.git('log', '--format=%B', 'main')).not.toMatch(/\[(?:ci *skip|skip *ci)\]/i);
    scenario.expectNothingLeft();
  });

  test('a push that fails then still fails the run, and says where the commits are', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    const hook = '#!/bin/sh\nwhile read -r old new ref; do [ "$ref" != refs/heads/main ] || exit 1; done\n';
    writeFileSync(join(scenario.stage.remote, 'hooks/pre-receive'), hook, { mode: 0o755 });
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
  const isMissing = kind === 'terraform' && terraformMissing !== null;
  const how = isMissing ? terraformMissing : kind;

  test.skipIf(isMissing)(`the three commands the message on a missing wrapper names do it (${how})`, async () => {
    const seed: typeof seedHomelab = (folder, postMortems) => {
      for (const name of STACKS) {
        const backend = `backend "local" {\n    path = "${join(folder, '..', `${name}.tfstate`)}"\n  }`;
        mkdirSync(join(folder, 'stacks', name), { recursive: true });
        writeFileSync(join(folder, 'stacks', name, 'main.tf'), stackText(name).replace('backend "local" {}', backend));
      }
      mkdirSync(join(folder, 'docs/post-mortems'), { recursive: true });
      writeFileSync(join(folder, '.gitignore'), '.terraform/\n');
      writeFileSync(join(folder, PATH), postMortems[FILE] ?? '');
    };
    scenario = new Scenario({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)], kind, seed);
    const without = await scenario.run();
    expect(without.code).toBe(1);
    const remedy = without.report?.error?.remedy ?? '';
    const named = remedy.matchAll(/(\w+_command): (.*?)(?=, \w+_command|\.$)/g);
    const settings = Object.fromEntries([...named].map(([, name = '', command = '']) => [name, command]));
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

  test.skipIf(isMissing)(`state in a file beside the stack is left alone, with the reason (${how})`, async () => {
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
    const once = `[ -e ${marker} ] || { touch ${marker}; cd ${stack}; ../../scripts/tg apply --non-interactive; }`;
    return script('plan-and-move', `"$1"/scripts/tg plan -input=false -no-color -out="$2"\n${once}`);
  };

  test('and the plan is another one then, nothing is applied', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    const run = await scenario.run({ plan_command: `${movingState(2)} {root} {plan}`, apply_command: applyCommand });
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toContain('the plan of stacks/web is no longer the one that was gated');
    expect(scenario.replicas('web')).toBe('2');
    expect(scenario.subjects()).toEqual([DOCS]);
  });

  test('and the plan is the same all the same, it is applied', async () => {
    homelab([raise('web', 3)], [raising('web', 3)]);
    // Another stack in the same state file would do that; here the serial grows and the resource stays.
    const states = `${scenario.stage.home}/.local/state/infra`;
    const bump = script('bump', `cd ${states}; sed 's/"serial":\\([0-9]*\\)/"serial":\\19/' web.tfstate > new; mv new web.tfstate`);
    const marker = join(scenario.stage.dir, 'moved');
    const once = `{ [ -e ${marker} ] || { touch ${marker}; ${bump}; }; }`;
    const run = await scenario.run({ plan_command: `${PLAN} && ${once}`, apply_command: applyCommand });
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'done' });
    expect(scenario.replicas('web')).toBe('3');
  });
});

describe('an apply that fails', () => {
  test('before it did anything: the TODO stays open for the next run, nothing is committed, exit 1', async () => {
    homelab([raise('web', 3), raise('dns', 2, { priority: 'P2' })], [raising('web', 3), raising('dns', 2)]);
    const broken = script('broken-apply', `case $PWD in */web) echo "Error: no route to the API" >&2; exit 1;; esac\nexec ${APPLY}`);
    const run = await scenario.run({ apply_command: `${broken} {root}` });
    expect(run.code, run.output).toBe(1);
    expect(run.report?.outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', 'apply of stacks/web failed: Error: no route to the API'],
      ['done', expect.any(String)],
    ]);
    expect(scenario.subjects()).toEqual([fixOf('dns', 2), DOCS]);
    expect(scenario.stage.read(PATH)).toContain(`| ${WEB} | Config |  | TODO |`);
    expect((await scenario.run()).outcomes).toEqual({ [WEB]: 'done' });
  });

  test('half-way: what is live is committed and pushed as a part, and the row says that a person must look', async () => {
    const steps = [...(raising('web', 3).steps ?? []), ...(raising('dns', 2).steps ?? [])];
    const answer = { status: 'done', summary: 'Both.', files: ['stacks/web/main.tf', 'stacks/dns/main.tf'] };
    homelab([{ action: 'Give web and dns more replicas' }], [{ steps, answer }]);
    // dns is applied, then web is not.
    const half = script('half-apply', `case $PWD in */web) echo "Error: quota exceeded" >&2; exit 1;; esac\nexec ${APPLY}`);
    // Somebody pushes meanwhile, so that the commit gets another id.
    const pushing = `touch new; git add new; ${COMMIT} -qm 'Something else'; git push -q origin main`;
    const push = script('push-once', `cd ${scenario.stage.dir}/colleague\n[ ! -e new ] || exit 0\n${pushing}`);
    const run = await scenario.run({ apply_command: `${push} && ${half} {root}` });
    expect(run.code, run.output).toBe(0);
    const fix = scenario.stage.git('rev-parse', 'main~1').trim();
    expect(run.report?.outcomes).toMatchObject([{ outcome: 'needs-review', commit: { id: fix } }]);
    expect(run.report?.outcomes[0]?.reason).toContain('apply of stacks/web failed: Error: quota exceeded');
    expect([scenario.replicas('dns'), scenario.replicas('web')]).toEqual(['2', '1']);
    const message = scenario.stage.git('log', '-1', '--format=%B', fix);
    expect(message).toMatch(/Applied in part only[^]*\[ci skip\][^]*Post-Mortem-Todo-Partial: /);
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
    const late = script('late-failure', `${APPLY}\necho "Error: could not unlock the state" >&2\nexit 1`);
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
  const slow = script('slow-apply', `touch ${dir}/applying\nwhile [ ! -e ${dir}/finish ]; do sleep 0.05; done\nexec ${APPLY}`);
  const running = scenario.start({ apply_command: `${slow} {root}` });
  await vi.waitFor(() => expect(existsSync(`${dir}/applying`)).toBe(true), { timeout: 30_000 });
  running.kill('SIGTERM');
  await vi.waitFor(() => expect(running.output()).toContain('SIGTERM: stopping'), { timeout: 10_000 });
  writeFileSync(`${dir}/finish`, '');
  const run = await running.ended;
  expect(run.code, run.output).toBe(143);
  expect(run.outcomes).toEqual({ [WEB]: 'done', 'Raise the replicas of dns to 2': 'deferred' });
  expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '1']);
  expect(scenario.subjects()).toEqual([fixOf('web', 3), DOCS]);
  scenario.expectNothingLeft();
  expect((await scenario.run()).outcomes).toEqual({ 'Raise the replicas of dns to 2': 'done' });
});

describe('a plan that fails goes back to the same conversation', () => {
  const answer = { status: 'done', summary: 'Set replicas of web to 3.', files: ['stacks/web/main.tf'] } as const;
  const edit = (from: string, to: string): StandInStep => ({ do: 'edit', path: 'stacks/web/main.tf', from, to });
  const wrong = raising('web', 3, { resumed: false, steps: [edit('input =', 'inputs =')] });
  const again = (...steps: StandInStep[]): StandInRule => ({ resumed: true, steps, answer, costUsd: 0.1 });
  const mended = again(edit('inputs =', 'input ='), edit('replicas = 1', 'replicas = 3'));

  describe.each(['terraform', 'stand-in'] as const)('with %s', (kind) => {
    const isMissing = kind === 'terraform' && terraformMissing !== null;
    test.skipIf(isMissing)(`and is done when that mends it (${isMissing ? terraformMissing : kind})`, async () => {
      homelab([raise('web', 3)], [wrong, mended], kind);
      const run = await scenario.run();
      expect(run.outcomes, run.output).toEqual({ [WEB]: 'done' });
      const [first, second, ...more] = scenario.claude.calls();
      expect(more).toEqual([]);
      expect(second).toMatchObject({ resumed: true, sessionId: first?.sessionId });
      expect(second?.prompt).toContain('Unsupported argument');
      expect(run.report?.cost_usd).toBe(0.2);
      expect(scenario.replicas('web')).toBe('3');
    });
  });

  test('twice at most, and then to a person', async () => {
    homelab([raise('web', 3)], [wrong, again({ do: 'append', path: 'stacks/web/main.tf', content: '# tried\n' })]);
    const run = await scenario.run();
    expect(run.code).toBe(0);
    expect(run.outcomes).toEqual({ [WEB]: 'needs-review' });
    expect(run.report?.outcomes[0]?.reason).toBe('plan_command failed in stacks/web: Error: Unsupported argument (after 2 attempts to mend it)');
    expect(scenario.claude.calls()).toHaveLength(3);
    expect(run.report?.cost_usd).toBe(0.3);
    expect(scenario.stage.read('stacks/web/main.tf')).toBe(stackText('web'));
  });
});

test('an apply that cannot be committed is left for the next run, which commits it; what was done before is pushed', async () => {
  homelab([raise('web', 3, { priority: 'P0' }), raise('dns', 2)], [raising('web', 3), raising('dns', 2)]);
  // The repository refuses new objects while dns is applied.
  const objects = join(scenario.stage.workspace, '.git/objects');
  const breaking = `${COMMIT} -q --allow-empty -m 'state: dns'; mv ${objects} ${objects}.away; mkdir ${objects}`;
  const broken = script('break-git', `${APPLY}\ncase $PWD in */dns) ${breaking};; esac`);
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
  expect(scenario.subjects().filter((subject) => !subject.startsWith('docs'))).toEqual([fixOf('web', 3), fixOf('dns', 2)]);
  expect(next.outcomes).toMatchObject({ 'Raise the replicas of dns to 2': 'done' });
  const messages = scenario.stage.git('log', '--format=%B%x00', 'main').split('\0').slice(0, -2);
  expect(messages.filter((message) => !message.includes('[ci skip]'))).toEqual([]);
  scenario.expectNothingLeft();
});
