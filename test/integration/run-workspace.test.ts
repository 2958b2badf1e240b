import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { StandInRule } from '../fakes/claude-stand-in.ts';
import { DOCS, fixOf, postMortem, raise, raising, stackText, unable } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import { git } from '../support/stage.ts';

const FILE = '2026-01-10-web.md';

let scenario: Scenario;
afterEach(() => scenario.remove());

function homelab(...args: ConstructorParameters<typeof Scenario>): Scenario {
  scenario = new Scenario(...args);
  scenario.applyAll();
  return scenario;
}

const inWorkspace = (...words: string[]) => git(scenario.stage.workspace, ...words);

test('what somebody is working on in the workspace stays as it is: branch, index, changed and new files', async () => {
  const { stage } = homelab({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
  inWorkspace('switch', '--quiet', '--create', 'half-done');
  writeFileSync(join(stage.workspace, 'stacks/web/main.tf'), stackText('web', 9));
  inWorkspace('add', 'stacks/web/main.tf');
  writeFileSync(join(stage.workspace, 'stacks/web/main.tf'), stackText('web', 10));
  writeFileSync(join(stage.workspace, 'stacks/web/new.tf'), '# new\n');
  const questions = ['status --porcelain=v2 --branch', 'diff', 'diff --cached', 'stash list', 'for-each-ref refs/heads'];
  const facts = () => questions.map((question) => inWorkspace(...question.split(' ')));
  const before = facts();
  const run = await scenario.run();
  expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done' });
  expect(facts()).toEqual(before);
  expect(stage.read('stacks/web/main.tf')).toContain('replicas = 3');
});

test('files that git ignores at the root are there for the plan and the apply, not for the agent, and never in a commit', async () => {
  const { stage } = homelab({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, []);
  writeFileSync(join(stage.workspace, 'kubeconfig'), 'planted-in-the-kubeconfig-5b1a');
  scenario.planted.add('the kubeconfig', 'planted-in-the-kubeconfig-5b1a', 'on the host');
  const seen = join(stage.dir, 'seen');
  const { steps = [], ...rule } = raising('web', 3);
  scenario.claude.setRules([{ ...rule, steps: [...steps, { do: 'run', argv: ['sh', '-c', `ls -A > ${seen}`] }] }]);
  const check = scenario.program('needs-kubeconfig', '#!/bin/sh\ngrep -q planted "$1"/kubeconfig\n');
  const run = await scenario.run({
    plan_command: `${check} {root} && {root}/scripts/tg plan -input=false -no-color -out={plan}`,
    apply_command: `${check} {root} && {root}/scripts/tg apply --non-interactive`,
  });
  expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done' });
  expect(readFileSync(seen, 'utf8').split('\n')).toEqual(['.gitignore', 'docs', 'scripts', 'stacks', '']);
  expect(stage.git('ls-tree', '--name-only', 'main').trim().split('\n')).toEqual(['.gitignore', 'docs', 'scripts', 'stacks']);
  expect(readFileSync(join(stage.workspace, 'kubeconfig'), 'utf8')).toContain('planted');
});

test('two TODOs of one stack: the second works on what the first has changed', async () => {
  const second = { action: 'Put a second line under the resource', priority: 'P2' };
  const adding: StandInRule = {
    when: 'second line',
    steps: [{ do: 'edit', path: 'stacks/web/main.tf', from: 'replicas = 3', to: 'replicas = 3\n    zone     = "b"' }],
    answer: { status: 'done', summary: 'Added the zone.', files: ['stacks/web/main.tf'] },
  };
  homelab({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3), second]) }, [raising('web', 3), adding]);
  const run = await scenario.run();
  expect(Object.values(run.outcomes), run.output).toEqual(['done', 'done']);
  expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3\n    zone     = "b"');
  const applied = 'applied stacks/web: 1 to change: terraform_data.web (update)';
  expect(run.report?.outcomes.map(({ reason }) => reason)).toEqual([applied, applied]);
});

test('names with spaces, quotes and umlauts: of the workspace, the document and the TODO', async () => {
  const file = "2026-01-10 'wéb' $(id).md";
  const action = 'Raise the replicas of "web" to `3` for the näme\'s sake; $(touch pwned)';
  homelab({ [file]: postMortem('2026-01-10', 'Web & "co"', [{ action }]) }, [{ ...raising('web', 3), when: 'sake' }]);
  const { stage } = scenario;
  const workspace = join(stage.home, "code/my 'infra'");
  renameSync(stage.workspace, workspace);
  const run = await scenario.run({ workspace: "~/code/my 'infra'" });
  expect(run.code, run.output).toBe(0);
  expect(Object.values(run.outcomes)).toEqual(['done']);
  expect(stage.read(`docs/post-mortems/${file}`)).toMatch(/\| Done \|$/m);
  const subject = `fix(post-mortem): raise the replicas of "web" to 3 for the näme's sake; $(touch pwned) [PM-2026-01-10]`;
  expect(stage.git('log', '-1', '--format=%B', 'main~1')).toContain(subject);
  expect(stage.git('log', '-1', '--format=%(trailers:key=Post-Mortem,valueonly)', 'main~1').trim()).toBe(`docs/post-mortems/${file}`);
  const again = await scenario.run({ workspace: "~/code/my 'infra'" });
  expect(again.report?.status, again.output).toBe('nothing-to-do');
  renameSync(workspace, stage.workspace);
});

test('a branch other than the default one, given by the setting', async () => {
  const { stage } = homelab({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
  stage.git('branch', 'live/eu', 'main');
  const before = stage.git('rev-parse', 'main');
  const run = await scenario.run({ branch: 'live/eu' });
  expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done' });
  expect(stage.git('rev-parse', 'main')).toBe(before);
  expect(stage.git('log', '--format=%s', 'main..live/eu').trim().split('\n')).toHaveLength(2);
  expect(run.output).toContain('Pushed to live/eu');
});

test('the plugin is killed during an apply that changes encrypted state in the repository: the next run commits both', async () => {
  const file = 'stacks/web/state/web.tfstate.enc';
  homelab({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
  const { dir } = scenario.stage;
  scenario.stage.push({ [file]: 'sealed 1\n', '.gitignore': '.terraform/\nkubeconfig\n' }, 'Seal the state');
  const sealing = `"$1"/scripts/tg apply --non-interactive\necho "sealed 2" > state/web.tfstate.enc\ntouch ${dir}/sealed`;
  const wrapper = scenario.program('apply-and-seal', `#!/bin/sh\nset -e\n${sealing}\n`);
  const slow = `${wrapper} {root} && while [ ! -e ${dir}/finish ]; do sleep 0.05; done`;
  const first = scenario.start({ apply_command: slow });
  await vi.waitFor(() => expect(existsSync(`${dir}/sealed`)).toBe(true), { timeout: 30_000 });
  first.kill('SIGKILL');
  await first.ended;
  writeFileSync(`${dir}/finish`, '');

  const next = await scenario.run({ apply_command: slow });
  expect(next.code, next.output).toBe(0);
  expect(next.outcomes).toEqual({ 'Raise the replicas of web to 3': 'done' });
  expect(scenario.claude.calls()).toHaveLength(1);
  expect(scenario.stage.read(file)).toBe('sealed 2\n');
  expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
  expect(scenario.subjects().slice(1)).toEqual([fixOf('web', 3), DOCS]);
  scenario.expectNothingLeft();
});

test('the plugin is killed before its apply changes anything: the next run applies what the agent had made, and leaves nothing behind', async () => {
  const todos = [raise('web', 3), raise('dns', 2, { priority: 'P3' })];
  homelab({ [FILE]: postMortem('2026-01-10', 'Web down', todos) }, [raising('web', 3), raising('dns', 2)]);
  const { dir } = scenario.stage;
  const first = scenario.start({ apply_command: `touch ${dir}/applying; while [ ! -e ${dir}/finish ]; do sleep 0.05; done; exit 1` });
  await vi.waitFor(() => expect(existsSync(`${dir}/applying`)).toBe(true), { timeout: 30_000 });
  first.kill('SIGKILL');
  await first.ended;
  writeFileSync(`${dir}/finish`, '');

  scenario.claude.setRules([raising('dns', 2), unable('web', 'not today')]);
  const next = await scenario.run({ max_todos: '1' });
  expect(next.code, next.output).toBe(0);
  expect(next.outcomes).toEqual({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of dns to 2': 'deferred' });
  expect(next.report?.notices).toEqual(['an earlier run ended before its apply changed anything; that TODO is worked on again']);
  expect(scenario.claude.calls()).toHaveLength(1);
  expect(scenario.replicas('web')).toBe('3');
  scenario.expectNothingLeft();
});

test('the wrapper commits encrypted state by itself: it ends up in the commit of the TODO, under the skip tag', async () => {
  homelab({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
  const wrapper = scenario.program(
    'apply-and-commit',
    `#!/bin/sh
set -e
"$1"/scripts/tg apply --non-interactive
mkdir -p state && echo "sealed $(date +%s%N)" > state/web.tfstate.enc
git add -f state/web.tfstate.enc
git -c user.name=wrapper -c user.email=w@example.com commit -qm "state: web"
`,
  );
  const run = await scenario.run({ apply_command: `${wrapper} {root}` });
  expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done' });
  expect(scenario.stage.read('stacks/web/state/web.tfstate.enc')).toMatch(/^sealed /);
  expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
  expect(scenario.stage.git('log', '--format=%B', '-2', 'main').match(/\[ci skip\]/g)).toHaveLength(2);
  expect(scenario.subjects()).toEqual([fixOf('web', 3), DOCS]);
});
