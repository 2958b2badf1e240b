import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DOCS, fixOf, pausing, postMortem, raise, raising, stackText } from '../support/homelab.ts';
import type { Row } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { git } from '../support/stage.ts';

const FILE = '2026-01-10-web.md';
const PATH = `docs/post-mortems/${FILE}`;
const WEB = 'Raise the replicas of web to 3';
const FIX = fixOf('web', 3);

let scenario: Scenario;
afterEach(() => scenario.remove());

function homelab(rows: readonly Row[] = [raise('web', 3)]): Scenario {
  scenario = new Scenario({ [FILE]: postMortem('2026-01-10', 'Web down', rows) }, []);
  scenario.applyAll();
  scenario.claude.setRules([pausing(raising('web', 3), scenario.stage.dir), raising('dns', 2)]);
  return scenario;
}

/** Pushes another text of the document, as a colleague would. */
function reword(from: string, to: string): void {
  scenario.stage.push({ [PATH]: scenario.stage.read(PATH).replace(from, to) }, 'Reword');
}

/** A run in which something happens while the agent works. */
async function runWith(meanwhile: () => unknown): Promise<Run> {
  const { dir } = scenario.stage;
  const running = scenario.start();
  await vi.waitFor(() => expect(existsSync(`${dir}/agent-works`) || running.output(), running.output()).toBe(true), { timeout: 30_000 });
  meanwhile();
  writeFileSync(`${dir}/go-on`, '');
  return running.ended;
}

/** Makes the remote run a script with every push, before it takes it; exit 1 refuses. */
function hook(text: string): void {
  writeFileSync(join(scenario.stage.remote, 'hooks/pre-receive'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** Every commit the documents name is on the branch. */
function expectCommitsOnBranch(): void {
  const named = [...scenario.stage.read(PATH).matchAll(/\/commit\/([0-9a-f]{40})/g)].map(([, id = '']) => id);
  expect(named).not.toEqual([]);
  for (const id of named) scenario.stage.git('merge-base', '--is-ancestor', id, 'main');
}

function rowsOfWeb(): string[] {
  return scenario.stage.read(PATH).split('\n').filter((line) => line.includes('replicas of web'));
}

describe('while the run works, a colleague', () => {
  test('pushes something else: the commits go on top of it, under their final ids', async () => {
    homelab();
    const run = await runWith(() => scenario.stage.push({ 'README.md': 'Hello\n' }, 'Say hello'));
    expect(run.code, run.output).toBe(0);
    expect(scenario.subjects()).toEqual(['Say hello', FIX, DOCS]);
    expect(run.report?.outcomes[0]?.commit?.id).toBe(scenario.stage.git('rev-parse', 'main~1').trim());
    expectCommitsOnBranch();
    scenario.expectNothingLeft();
  });

  test('edits the same post-mortem elsewhere: both edits are there', async () => {
    homelab();
    const run = await runWith(() => reword('A quiet alert is no alert.', 'An alert nobody hears is none.'));
    expect(run.code, run.output).toBe(0);
    expect(scenario.stage.read(PATH)).toContain('An alert nobody hears is none.');
    expect(rowsOfWeb()[0]).toMatch(/\| Done \|$/);
    expectCommitsOnBranch();
  });

  test('edits other cells of the same row: they stay, and it is Done', async () => {
    homelab();
    const run = await runWith(() => reword(`| P1 | ${WEB} | Config |  |`, `| P0 | ${WEB} | Config | by Friday |`));
    expect(run.code, run.output).toBe(0);
    expect(rowsOfWeb()[0]).toBe(`| P0 | ${WEB} | Config | by Friday | Done |`);
  });

  test('rewrites the action: the new one stays open, and what was done is in the Follow-up table with a note in the report', async () => {
    homelab();
    const run = await runWith(() => reword(WEB, 'Raise the replicas of web to 5'));
    expect(run.code, run.output).toBe(0);
    expect(rowsOfWeb()).toEqual([
      '| P1 | Raise the replicas of web to 5 | Config |  | TODO |',
      expect.stringMatching(/Raise the replicas of web to 3 .*\| postmortem-todo-resolver \|$/),
    ]);
    expect(run.report?.notices).toEqual([`${PATH}: the row "${WEB}" is gone; its outcome is in the Follow-up table`]);
  });

  test('marks it Done by hand: it is Done once', async () => {
    homelab();
    const run = await runWith(() => reword('| TODO |', '| Done (by me) |'));
    expect(run.code, run.output).toBe(0);
    expect(rowsOfWeb()[0]).toMatch(/\| Done \(by me\) \|$/);
    expectCommitsOnBranch();
  });

  test('deletes the post-mortem: the fix is pushed, and the report says that the document was not updated', async () => {
    homelab();
    const run = await runWith(() => scenario.stage.push({ [PATH]: null, 'docs/post-mortems/README.md': 'None.\n' }, 'Away with it'));
    expect(run.code, run.output).toBe(0);
    expect(scenario.subjects()).toEqual(['Away with it', FIX]);
    expect(run.report?.notices).toEqual([`${PATH} could not be updated: it is not on main any more`]);
    scenario.expectNothingLeft();
  });

  test('changes the same place: the commits go to a branch that the error names, and once it is merged runs go on', async () => {
    homelab([raise('web', 3), raise('dns', 2, { priority: 'P2' })]);
    const run = await runWith(() => scenario.stage.push({ 'stacks/web/main.tf': stackText('web', 7) }, 'Seven is better'));
    expect(run.code).toBe(1);
    const [aside = ''] = scenario.stage.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/post-mortem').trim().split('\n');
    expect(aside).toMatch(/^post-mortem\/[0-9a-f]{12}$/);
    expect(run.report?.error).toEqual({
      message: 'the commits of this run are not on main: main has changed in the same places meanwhile (stacks/web/main.tf)',
      remedy: `They are on the branch ${aside}: merge it into main by hand.`,
    });
    expect(scenario.subjects()).toEqual(['Seven is better']);
    // What is live is what that branch says.
    expect(scenario.replicas('web')).toBe('3');
    expect(scenario.stage.git('show', `${aside}:stacks/web/main.tf`)).toContain('replicas = 3');
    expect(scenario.stage.git('log', '--format=%s', `main..${aside}`).trim().split('\n')).toContain(FIX);

    // Until then nothing is paid for or applied on top of it.
    const paid = scenario.claude.calls().length;
    const another = postMortem('2026-02-20', 'Mail down', [raise('mail', 2)]);
    scenario.stage.push({ 'docs/post-mortems/2026-02-20-mail.md': another }, 'Another post-mortem');
    const still = await scenario.run();
    expect(still.code, still.output).toBe(1);
    expect(still.report?.error).toEqual(run.report?.error);
    expect(scenario.claude.calls()).toHaveLength(paid);
    expect(scenario.stage.git('for-each-ref', 'refs/heads/post-mortem').trim().split('\n')).toHaveLength(1);

    const colleague = join(scenario.stage.dir, 'colleague');
    git(colleague, 'fetch', '--quiet', 'origin');
    git(colleague, 'reset', '--quiet', '--hard', 'origin/main');
    git(colleague, 'merge', '--quiet', '-X', 'theirs', '--no-edit', `origin/${aside}`);
    git(colleague, 'push', '--quiet', 'origin', 'main');
    const next = await scenario.run({ max_todos: '1' });
    expect(next.code, next.output).toBe(0);
    const asked = scenario.claude.calls().slice(paid);
    expect(asked.map(({ prompt }) => /Raise the replicas of \w+/.exec(prompt)?.[0])).toEqual(['Raise the replicas of mail']);
    expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    expect(rowsOfWeb()[0]).toMatch(/\| Done \|$/);
    expectCommitsOnBranch();
    scenario.expectNothingLeft();
  });
});

describe('a push that is rejected', () => {
  const REJECTED = 'the push was rejected 3 times: [remote rejected] (pre-receive hook declined)';

  test('because somebody was faster, twice: it is tried again on top of their commits', async () => {
    homelab();
    writeFileSync(`${scenario.stage.dir}/go-on`, '');
    const { dir } = scenario.stage;
    const racing = scenario.program(
      'racing-receive-pack',
      `#!/bin/sh
cd ${dir}/colleague
n=$(ls | grep -c '^faster-')
if [ "$n" -lt 2 ]; then
  git fetch -q origin && git reset -q --hard origin/main && touch faster-$n && git add faster-$n
  git -c user.name=c -c user.email=c@example.com commit -qm "Faster $n" && git push -q origin main
fi > /dev/null 2>&1
exec git-receive-pack "$@"
`,
    );
    execFileSync('git', ['config', 'remote.origin.receivepack', racing], { cwd: scenario.stage.workspace });
    const run = await scenario.run();
    expect(run.code, run.output).toBe(0);
    expect(scenario.subjects()).toEqual(['Faster 0', 'Faster 1', FIX, DOCS]);
    expect(run.output.match(/warning: the push was rejected \(\[rejected\] \(fetch first\)\); fetching and trying again/g)).toHaveLength(2);
    expectCommitsOnBranch();
    expect(run.report?.outcomes[0]?.commit?.id).toBe(scenario.stage.git('rev-parse', 'main~1').trim());
  });

  test('by the branch only: the commits go to a branch of their own, with what the remote said', async () => {
    homelab();
    writeFileSync(`${scenario.stage.dir}/go-on`, '');
    hook('while read -r old new ref; do [ "$ref" != refs/heads/main ] || { echo "main is protected"; exit 1; }; done');
    const run = await scenario.run();
    expect(run.code).toBe(1);
    const [aside = ''] = scenario.stage.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/post-mortem').trim().split('\n');
    expect(run.report?.error?.message).toBe(`the commits of this run are not on main: ${REJECTED}: main is protected`);
    expect(run.report?.error?.remedy).toContain(aside);
    expect(scenario.stage.git('log', '--format=%s', `main..${aside}`).trim().split('\n')).toEqual([DOCS, FIX]);
    expect(run.outcomes).toEqual({ [WEB]: 'done' });
  });

  test('always: the error says where the commits lie, and the next run pushes them without paying again', async () => {
    homelab();
    writeFileSync(`${scenario.stage.dir}/go-on`, '');
    hook('echo "the disk is full"; exit 1');
    const run = await scenario.run();
    expect(run.code).toBe(1);
    expect(run.report?.error?.message).toContain(`could not be pushed: ${REJECTED}: the disk is full`);
    const place = /They lie on this machine in \S+\.post-mortem\/worktree \(commit ([0-9a-f]{12})\)/;
    const [, commit = ''] = place.exec(run.report?.error?.remedy ?? '') ?? [];
    expect(git(scenario.stage.workspace, 'log', '-2', '--format=%s', commit).trim().split('\n')).toEqual([DOCS, FIX]);
    expect(scenario.replicas('web')).toBe('3');

    rmSync(join(scenario.stage.remote, 'hooks/pre-receive'));
    const next = await scenario.run();
    expect(next.code, next.output).toBe(0);
    expect(scenario.claude.calls()).toHaveLength(1);
    expect(scenario.subjects()).toEqual([FIX, DOCS]);
    expectCommitsOnBranch();
    scenario.expectNothingLeft();
  });
});

test('what one branch could not push is not carried to another: that one has to wait, and says for what', async () => {
  homelab();
  writeFileSync(`${scenario.stage.dir}/go-on`, '');
  scenario.stage.git('branch', 'live', 'main');
  hook('exit 1');
  expect((await scenario.run()).code).toBe(1);
  rmSync(join(scenario.stage.remote, 'hooks/pre-receive'));
  const other = await scenario.run({ branch: 'live' });
  expect(other.code, other.output).toBe(1);
  const left = /^an earlier run for the branch main has left work in \S+ on this machine that is not pushed$/;
  expect(other.report?.error?.message).toMatch(left);
  expect(other.report?.error?.remedy).toContain('Start the pipeline for main once more');
  expect(scenario.stage.git('log', '--format=%s', 'live')).not.toContain('fix');

  expect((await scenario.run()).code).toBe(0);
  expect(scenario.subjects()).toEqual([FIX, DOCS]);
  const again = await scenario.run({ branch: 'live' });
  expect(again.code, again.output).toBe(0);
  scenario.expectNothingLeft();
});

describe('a remote that is gone', () => {
  test('from the beginning: the run ends with the remedy, and nothing is left', async () => {
    homelab();
    const cwd = scenario.stage.checkout();
    renameSync(scenario.stage.remote, `${scenario.stage.remote}.gone`);
    const run = await scenario.run({}, { cwd });
    expect(run.code).toBe(1);
    expect(run.report?.error?.message).toContain('git fetch failed on this machine');
    expect(run.report?.error?.remedy).toMatch(/check that "git -C \S+ fetch" works there/);
    expect(scenario.claude.calls()).toHaveLength(0);
    scenario.expectNothingLeft();
  });

  test('while the agent works: what was applied is named, and the next run pushes it', async () => {
    homelab();
    const gone = `${scenario.stage.remote}.gone`;
    const running = scenario.start();
    await vi.waitFor(() => expect(existsSync(`${scenario.stage.dir}/agent-works`)).toBe(true), { timeout: 30_000 });
    renameSync(scenario.stage.remote, gone);
    writeFileSync(`${scenario.stage.dir}/go-on`, '');
    const run = await running.ended;
    renameSync(gone, scenario.stage.remote);
    expect(run.code, run.output).toBe(1);
    expect(run.outcomes).toEqual({ [WEB]: 'done' });
    expect(run.report?.error?.message).toContain('git fetch failed on this machine');
    const place = /^1 commit of this run is not pushed: \S+\.post-mortem\/worktree on this machine\. The next run pushes/;
    expect(run.report?.notices).toEqual([expect.stringMatching(place)]);

    const next = await scenario.run();
    expect(next.code, next.output).toBe(0);
    expect(scenario.claude.calls()).toHaveLength(1);
    expect(scenario.subjects()).toEqual([FIX, DOCS]);
    expectCommitsOnBranch();
    scenario.expectNothingLeft();
  });
});
