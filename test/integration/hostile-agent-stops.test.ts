import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StandInRule, StandInStep } from '../fakes/claude-stand-in.ts';
import { postMortem, raise, raising } from '../support/homelab.ts';
import { commandLineOf, processesWith } from '../support/processes.ts';
import { Scenario } from '../support/scenario.ts';

/** What an agent can do that ends the run, since nobody knows what comes next: the rest waits for the next run, and that goes on. */

const FILE = 'docs/post-mortems/2026-01-10-web.md';
const EVIL = 'Let the agent loose';
const [FIRST, LAST] = [raise('mail', 2, { priority: 'P0' }), raise('web', 3, { priority: 'P3' })];
const DNS_CHANGE: StandInStep = { do: 'edit', path: 'stacks/dns/main.tf', from: 'replicas = 1', to: 'replicas = 2' };
const ANSWER = { status: 'done', summary: 'Did it.', files: ['stacks/dns/main.tf'] };
const sh = (script: string): StandInStep => ({ do: 'run', argv: ['sh', '-c', script] });

/** Three TODOs; what the second one's agent does is given. */
function homelab(rule: (scenario: Scenario) => Partial<StandInRule>): Scenario {
  const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [FIRST, { action: EVIL }, LAST]) }, []);
  onTestFinished(() => scenario.remove());
  scenario.applyAll();
  scenario.claude.setRules([raising('mail', 2), { when: EVIL, steps: [DNS_CHANGE], answer: ANSWER, ...rule(scenario) }, raising('web', 3)]);
  return scenario;
}

/** The first TODO is published, the last waits; then a run without faults does the last and leaves the evil one to people. */
async function expectStopAndGoOn(scenario: Scenario, settings: Readonly<Record<string, string>>, evil: { readonly outcome: string; readonly reason: RegExp }): Promise<void> {
  const { stage } = scenario;
  const run = await scenario.run(settings);
  expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: evil.outcome, [LAST.action]: 'deferred' });
  expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toMatch(evil.reason);
  expect(run.code).toBe(1);
  expect(run.report?.error).not.toBeNull();
  expect(readRow(scenario, EVIL)).toMatch(/Needs human review: \S/);
  expect(['mail', 'dns', 'web'].map((name) => scenario.replicas(name))).toEqual(['2', '1', '1']);
  expect(stage.git('log', '--all', '--format=%an').trim().split('\n').filter((name) => !['postmortem-todo-resolver', 'Colleague'].includes(name))).toEqual([]);

  const calls = scenario.claude.calls().length;
  const next = await scenario.run(settings);
  expect(next.outcomes, next.output).toEqual({ [LAST.action]: 'done' });
  expect(next.code).toBe(0);
  expect(scenario.claude.calls()).toHaveLength(calls + 1);
  expect(['mail', 'dns', 'web'].map((name) => scenario.replicas(name))).toEqual(['2', '1', '3']);
  expect(ran(scenario)).toEqual([]);
}

function readRow(scenario: Scenario, action: string): string | undefined {
  return scenario.stage.read(FILE).split('\n').find((line) => line.startsWith('| — |') && line.includes(action));
}

/** Programs of hostile files leave files named `ran-...`. */
const ran = ({ stage }: Scenario) => readdirSync(stage.dir).filter((name) => name.startsWith('ran-'));
const changedFolder = ({ stage }: Scenario) => `${stage.workspace}.post-mortem/changed`;

describe('an agent that writes into the repository of the workspace', () => {
  test('cannot make later git commands run its programs: all is put back, and kept for people to look at', async () => {
    const scenario = homelab(({ stage: { dir, workspace } }) => ({
      steps: [
        DNS_CHANGE,
        sh(`cd ${workspace}/.git
          git config core.sshCommand 'touch ${dir}/ran-ssh; false'; git config core.fsmonitor 'touch ${dir}/ran-fsmonitor'; git config core.hooksPath ${workspace}/.git/hooks
          git config filter.evil.clean 'touch ${dir}/ran-clean; cat'; git config filter.evil.smudge 'touch ${dir}/ran-smudge; cat'; git config filter.evil.required true
          git config remote.origin.pushurl ${dir}/evil.git; git config url.${dir}/evil.git.insteadOf ${dir}/remote.git
          echo '* filter=evil' > info/attributes; echo /nowhere > objects/info/alternates
          for hook in pre-push post-checkout reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch ${dir}/ran-%s\\n' $hook > hooks/$hook; chmod +x hooks/$hook; done`),
      ],
    }));
    const config = join(scenario.stage.workspace, '.git/config');
    const before = readFileSync(config, 'utf8');
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself were changed while the agent worked: \.git\/config, / });
    expect(readFileSync(config, 'utf8')).toBe(before);
    expect(existsSync(join(scenario.stage.workspace, '.git/hooks/pre-push'))).toBe(false);
    expect(readdirSync(changedFolder(scenario)).sort()).toEqual(['1-alternates', '1-attributes', '1-config', '1-post-checkout', '1-post-index-change', '1-pre-push', '1-reference-transaction']);
  });

  test('cannot bring a commit of its own onto the branch of the run', async () => {
    const scenario = homelab(({ stage: { workspace } }) => ({
      steps: [DNS_CHANGE, sh(`git --git-dir=${workspace}/.git/worktrees/worktree --work-tree=. -c user.name=evil -c user.email=e@example.com commit --all --message evil`)],
    }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself .*: \.git\/worktrees\/worktree\/HEAD$/ });
    expect(scenario.stage.git('log', '--format=%s', 'main')).not.toContain('evil');
  });

  test('cannot put another repository in the place of the hidden one', async () => {
    const scenario = homelab(({ stage: { dir, workspace } }) => ({
      steps: [
        DNS_CHANGE,
        sh(`git clone --quiet ${workspace} ${dir}/evil; cd ${dir}/evil; git config filter.evil.clean 'touch ${dir}/ran-clean; cat'; echo '* filter=evil' > .git/info/attributes
          echo 'gitdir: ${dir}/evil/.git' > ${workspace}.post-mortem/worktree.git`),
      ],
    }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself .*worktree\/\.git$/ });
  });

  test.each([
    ['the hidden repository', ({ workspace }: { workspace: string }) => `rm ${workspace}.post-mortem/worktree.git`],
    ['what git knows of the worktree', ({ workspace }: { workspace: string }) => `rm -r ${workspace}/.git/worktrees`],
  ])('cannot make the run lose its commits by removing %s', async (_, script) => {
    const scenario = homelab(({ stage }) => ({ steps: [DNS_CHANGE, sh(script(stage))] }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself were changed/ });
  });

  test('cannot make files look to the gates and to Terraform like others (git replace)', async () => {
    const scenario = homelab(({ stage: { workspace } }) => ({
      steps: [DNS_CHANGE, sh(`cd ${workspace}; sed 's/replicas = 1/replicas = 7/' stacks/web/main.tf | git hash-object -w --stdin | xargs git replace $(git rev-parse HEAD:stacks/web/main.tf)`)],
    }));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'done', [LAST.action]: 'done' });
    expect(scenario.replicas('web')).toBe('3');
  });

  test('a person who tracks a branch there at the same time changes nothing', async () => {
    const scenario = homelab(({ stage: { workspace } }) => ({ steps: [DNS_CHANGE, sh(`cd ${workspace}; git branch --track mine origin/main; git fetch --quiet; git stash list; git gc --quiet`)] }));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'done', [LAST.action]: 'done' });
    expect(execFileSync('git', ['config', 'branch.mine.remote'], { cwd: scenario.stage.workspace, encoding: 'utf8' })).toBe('origin\n');
    expect(existsSync(changedFolder(scenario))).toBe(false);
  });
});

describe('an agent whose cost nobody knows', () => {
  test.each([
    ['null', { total_cost_usd: null }],
    ['negative', { total_cost_usd: -1 }],
    ['a text', { total_cost_usd: '0.01' }],
    ['missing', { total_cost_usd: undefined }],
  ])('stops the run: %s', async (_, result) => {
    const scenario = homelab(() => ({ result: result as Record<string, unknown> }));
    if (!('total_cost_usd' in result) || result.total_cost_usd === undefined) {
      // JSON has no undefined: a result event of its own, the last one counts.
      scenario.claude.setRules([
        raising('mail', 2),
        { when: EVIL, steps: [DNS_CHANGE, { do: 'event', event: { type: 'result', subtype: 'success', is_error: false, num_turns: 3, structured_output: ANSWER } }, { do: 'exit', code: 0 }] },
        raising('web', 3),
      ]);
    }
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'failed', [LAST.action]: 'deferred' });
    expect(run.report?.error?.message).toMatch(/did not say what the call cost/);
    expect(run.code).toBe(1);
    expect(['mail', 'dns', 'web'].map((name) => scenario.replicas(name))).toEqual(['2', '1', '1']);
  });
});

describe('an agent that ends in no orderly way', () => {
  test.each([
    ['with success, and the exit code 3', { exitCode: 3 }, /exit code 3|^Claude Code failed/],
    ['with an error, and the exit code 0', { result: { subtype: 'error_during_execution', is_error: true } }, /^Claude Code failed/],
  ])('%s: a person looks at this TODO, the next is done', async (_, rule, reason) => {
    const scenario = homelab(() => rule);
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'done' });
    expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toMatch(reason);
    expect(readRow(scenario, EVIL)).toMatch(/Needs human review: Claude Code failed/);
    expect(run.code).toBe(0);
    expect(scenario.replicas('dns')).toBe('1');
    scenario.expectNothingLeft();
  });

  test.each([
    ['without a result', { steps: [DNS_CHANGE, { do: 'exit', code: 3 }] }, /exit code 3/],
    ['in garbage', { steps: [DNS_CHANGE, { do: 'stdout', text: '{"type":"result"\n\u0000\u0007[[[[\n"result"\nnull\n[]\n' }, { do: 'exit', code: 0 }] }, /without a result/],
  ] as const)('%s: nobody knows its cost, the run stops', async (_, rule, reason) => {
    const scenario = homelab(() => rule);
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason });
  });
});

test('an agent that is killed by somebody else: nobody knows its cost, the run stops', async () => {
  const scenario = homelab(({ stage }) => ({ steps: [DNS_CHANGE, { do: 'write', path: join(stage.dir, 'ready'), content: '' }, { do: 'hang' }] }));
  const { dir } = scenario.stage;
  const killer = watch(dir, (_, name) => {
    // Claude Code itself, not the shells and unshare around it.
    const program = `${process.execPath} ${scenario.claude.path} `;
    if (name === 'ready') for (const pid of processesWith(program)) if (commandLineOf(pid).startsWith(program)) process.kill(pid, 'SIGKILL');
  });
  onTestFinished(() => killer.close());
  await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /killed|without a result/ });
});

describe('an agent that does not end', () => {
  const hang: readonly StandInStep[] = [DNS_CHANGE, { do: 'child', argv: ['sleep', `9872.${process.pid}`], pidFile: 'pid', clearEnvironment: true }, { do: 'hang', deaf: true }];

  test.each([
    ['it prints nothing, and is deaf to signals', { idle_timeout: '1s' }, /no sign of life for 1 s/],
    ['its time is over, and it is deaf to signals', { todo_timeout: '3s' }, /time limit of \d/],
  ])('%s: it is stopped with all of its children', async (_, settings, reason) => {
    const scenario = homelab(() => ({ steps: hang }));
    await expectStopAndGoOn(scenario, settings, { outcome: 'needs-review', reason });
    expect(processesWith(`9872.${process.pid}`)).toEqual([]);
    scenario.expectNothingLeft();
  });

  test.each([
    ['lines', `${'x'.repeat(200)}\n`],
    ['one line', 'x'.repeat(1_000_000)],
  ])('it prints %s without end: it is stopped, and the plugin stays small', async (_, text) => {
    const scenario = homelab(() => ({ steps: [DNS_CHANGE, { do: 'flood', text }] }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /printed without end/ });
  });
});

describe('a program that is not Claude Code as it was started', () => {
  test.each([
    ['has tools it was not given', { type: 'system', subtype: 'init', tools: ['Read', 'Bash'], permissionMode: 'dontAsk' }, /tools it was not given: Bash/],
    ['does not keep to its permission mode', { type: 'system', subtype: 'init', tools: ['Read'], permissionMode: 'bypassPermissions' }, /dontAsk/],
  ])('%s: the run stops before anything is gated', async (_, event, reason) => {
    const scenario = homelab(() => ({ steps: [DNS_CHANGE, { do: 'event', event }, { do: 'hang' }] }));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'failed', [LAST.action]: 'deferred' });
    expect(run.report?.error?.message).toMatch(reason);
    expect(run.code).toBe(1);
    expect(scenario.replicas('dns')).toBe('1');
    scenario.expectNothingLeft();
  });
});

describe('commands of the settings that lie in the repository', () => {
  const change = (path: string): Partial<StandInRule> => ({ steps: [{ do: 'append', path, content: '\n# changed\n' }], answer: { status: 'done', summary: 'Did it.', files: [path] } });

  test.each([
    ['the program itself', '{root}/tools/plan', 'tools/plan', 'tools/plan: is protected (/tools/plan)'],
    ['a program named from the stack', '../../tools/plan', 'tools/plan', 'tools/plan: is protected (/tools/plan)'],
    ['what that program reads', '{root}/tools/plan', 'tools/common.sh', 'tools/common.sh: tools/plan may read it, so what it changes is not known'],
    ['a file given to it', '{root}/tools/plan {root}/policy/rules.json', 'policy/rules.json', 'policy/rules.json: is protected (/policy/rules.json)'],
  ])('%s may not be changed, whatever protected_paths says', async (_, command, path, reason) => {
    const scenario = homelab(() => change(path));
    scenario.stage.push({ 'tools/plan': '#!/bin/sh\n. "$(dirname "$0")/common.sh"\n', 'tools/common.sh': 'exec terraform plan\n', 'policy/rules.json': '{}\n' }, 'Tools');
    const settings = { protected_paths: 'docs/', plan_command: `{root}/scripts/tg plan -input=false -no-color -out={plan} # ${command}` };
    const run = await scenario.run(settings);
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'done' });
    expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toBe(reason);
  });
});

describe('a stack whose folder other code uses', () => {
  test.each([
    ['a module', 'module "x" {\n  source = "../dns/modules/x"\n}\n', 'stacks/dns/modules/x'],
    ['the stack itself as a module', 'module "x" {\n  source = "../dns"\n}\n', 'stacks/dns'],
    ['a file', 'locals {\n  x = file("${path.module}/../dns/names.json")\n}\n', 'stacks/dns/names.json'],
  ])('%s: what a change reaches is not known', async (_, use, used) => {
    const scenario = homelab(() => ({}));
    scenario.stage.push({ 'stacks/vault/uses.tf': use, 'stacks/dns/modules/x/main.tf': '# empty\n', 'stacks/dns/names.json': '{}\n' }, 'Share');
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'done' });
    expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toBe(`stacks/dns: stacks/vault/uses.tf uses ${used}, so what a change of this stack reaches is not known`);
  });
});
