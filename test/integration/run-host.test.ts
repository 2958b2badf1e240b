import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DOCS, fixOf, pausing, postMortem, raise, raising } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import type { GivenSettings, Run } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';

const FILE = '2026-01-10-web.md';
const WEB = 'Raise the replicas of web to 3';
const DNS = 'Raise the replicas of dns to 2';
const TWO_TODOS = { [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3), raise('dns', 2, { priority: 'P2' })]) };

/** The run ends before it has done anything: exit 1, what happened, what to do, nothing paid, nothing left. */
function expectRefused(scenario: Scenario, run: Run, message: RegExp, remedy: RegExp): void {
  expect(run.code, run.output).toBe(1);
  expect(run.report?.error?.message).toMatch(message);
  expect(run.report?.error?.remedy).toMatch(remedy);
  expect(run.output).toMatch(/^What happened: .+\nWhat to do: .+/m);
  expect(scenario.claude.calls()).toHaveLength(0);
  expect(scenario.subjects()).toEqual([]);
  scenario.expectNothingLeft();
}

describe.skipIf(sshdMissing)(`a dev VM that is not as it should be (${sshdMissing ?? 'sshd'})`, () => {
  let scenario: Scenario;
  let services: Services;
  beforeAll(async () => {
    scenario = new Scenario({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
    services = await startServices(scenario);
  });
  afterAll(async () => {
    await services.stop();
    scenario.remove();
  });
  const refused = async (settings: GivenSettings, message: RegExp, remedy: RegExp) => {
    expectRefused(scenario, await scenario.run(settings), message, remedy);
  };

  test('nothing says which host key is right: the fingerprint seen is shown, with the line to paste', async () => {
    const { fingerprint, knownHostsLine } = services.sshd;
    const run = await scenario.run({ ssh_known_hosts: null });
    expectRefused(scenario, run, /SHA256:/, /ssh_known_hosts/);
    expect(run.report?.error?.message).toContain(fingerprint);
    expect(run.report?.error?.remedy).toContain(knownHostsLine);
  });

  test('another host key than the known one', async () => {
    const other = await startSshd();
    const line = other.knownHostsLine.replace(String(other.port), String(services.sshd.port));
    await other.stop();
    await refused({ ssh_known_hosts: line }, /host key/, /ssh_known_hosts|host key/);
  });

  test('nobody listens', async () => {
    await refused({ ssh_port: '1' }, /127\.0\.0\.1:1 refuses the connection/, /ssh_port|sshd/);
  });

  test('all hosts of a list fail: each with its reason', async () => {
    const both = /127\.0\.0\.1:1 refuses the connection.*127\.0\.0\.1:2 refuses the connection/;
    await refused({ ssh_host: '127.0.0.1:1,127.0.0.1:2' }, both, /\w/);
  });

  test('the key is not let in', async () => {
    await refused({ ssh_username: 'nobody-of-that-name' }, /nobody-of-that-name/, /authorized_keys|ssh_username/);
  });

  test('the workspace is missing, a file, no repository, or inside of one', async () => {
    const { dir, workspace } = scenario.stage;
    await refused({ workspace: '~/code/nowhere' }, /workspace: there is no \S+\/code\/nowhere on /, /Clone the repository there/);
    await refused({ workspace: join(workspace, 'scripts/tg') }, /is not a folder/, /Set workspace/);
    await refused({ workspace: 'code/infra' }, /workspace: code\/infra is not an absolute path/, /from \/ or from ~\//);
    mkdirSync(join(dir, 'plain'), { recursive: true });
    await refused({ workspace: join(dir, 'plain') }, /is not a git repository/, /Clone the repository there/);
    await refused({ workspace: join(workspace, 'stacks/web') }, /lies inside the repository/, new RegExp(`Set workspace: ${workspace}`));
    rmSync(join(workspace, 'stacks/web.post-mortem'), { recursive: true, force: true });
  });

  const cannotGive = userInfo().uid === 0 ? null : 'skipped: only root can give files away';
  test.skipIf(cannotGive)(`the workspace belongs to somebody else (${cannotGive ?? 'as root'})`, async () => {
    const { workspace } = scenario.stage;
    chownSync(workspace, 65_534, 65_534);
    const run = await scenario.run();
    chownSync(workspace, 0, 0);
    expectRefused(scenario, run, /dubious ownership/, /The workspace belongs to another user: set ssh_username to its owner/);
  });

  test('the branch is missing, or no name of one', async () => {
    await refused({ branch: 'release' }, /branch: the remote has no branch release/, /ls-remote --heads origin/);
    await refused({ branch: 'a..b' }, /is not the name of a branch/, /Set branch/);
  });

  test('the pipeline has no branch', async () => {
    const run = await scenario.run({}, { env: { CI_COMMIT_BRANCH: '' } });
    expectRefused(scenario, run, /branch: there is no branch to work on/, /Set branch/);
  });

  test('another run is at work: its name and since when', async () => {
    const { dir } = scenario.stage;
    scenario.claude.setRules([pausing(raising('web', 3), dir)]);
    scenario.applyAll();
    const first = scenario.start();
    await vi.waitFor(() => expect(existsSync(`${dir}/agent-works`)).toBe(true), { timeout: 30_000 });
    const second = await scenario.run();
    writeFileSync(`${dir}/go-on`, '');
    expect(second.code, second.output).toBe(1);
    const who = /the workspace is in use on \S+: https:\/\/ci\.example\.com\/repos\/1\/pipeline\/\d+, since 20\d\d-\S+Z$/;
    expect(second.report?.error?.message).toMatch(who);
    expect(second.report?.error?.remedy).toContain('Wait for that run to end');
    expect((await first.ended).outcomes).toEqual({ [WEB]: 'done' });
    scenario.expectNothingLeft();
  });
});

describe('programs that are missing', () => {
  let scenario: Scenario;
  beforeEach(() => {
    scenario = new Scenario(TWO_TODOS, [raising('web', 3), raising('dns', 2)]);
    scenario.applyAll();
  });
  afterEach(() => scenario.remove());
  /** A run of a user who has all programs but some. */
  const without = (...names: string[]) => scenario.run({ claude_path: scenario.claude.path }, { env: scenario.machineWithout(...names) });

  test('claude', async () => {
    const run = await scenario.run({ claude_path: 'claude-of-nowhere' });
    const remedy = /Install Claude Code for the user the plugin runs as, or set claude_path \(now claude-of-nowhere\)/;
    expectRefused(scenario, run, /Claude Code cannot be started on the host/, remedy);
  });

  test('git', async () => {
    const run = await without('git');
    expectRefused(scenario, run, /there is no git on this machine/, /apt-get install git/);
  });

  test('flock', async () => {
    const run = await without('flock');
    expectRefused(scenario, run, /there is no flock on this machine/, /util-linux/);
  });

  test('terraform: the agent was paid, so the report says what it cost; nothing is changed', async () => {
    const run = await without('terraform');
    expect(run.code, run.output).toBe(1);
    expect(run.report?.error?.message).toMatch(/^plan_command cannot be run on this machine: .*terraform/);
    expect(run.report?.error?.remedy).toMatch(/^Install it there\..* for plain Terraform set plan_command: /);
    expect(run.outcomes).toEqual({ [WEB]: 'failed', [DNS]: 'deferred' });
    expect(run.report?.cost_usd).toBe(0.1);
    expect(scenario.subjects()).toEqual([]);
    scenario.expectNothingLeft();
  });

  test('terraform, after the first TODO: that one is committed and pushed', async () => {
    const text = '#!/bin/sh\ncase $PWD in */dns) exec terraform-of-nowhere;; esac\nexec "$1"/scripts/tg plan -input=false -out="$2"\n';
    const plan = scenario.program('plan-once', text);
    const run = await scenario.run({ plan_command: `${plan} {root} {plan}` });
    expect(run.code, run.output).toBe(1);
    expect(run.outcomes).toEqual({ [WEB]: 'done', [DNS]: 'failed' });
    expect(scenario.subjects()).toEqual([fixOf('web', 3), DOCS]);
    expect(scenario.stage.read(`docs/post-mortems/${FILE}`)).toMatch(/dns to 2 \| Config \|  \| TODO \|/);
    scenario.expectNothingLeft();
  });
});

const noMount = canMount() ? null : 'skipped: no tmpfs can be mounted here';

describe.skipIf(noMount)(`a disk that is full (${noMount ?? 'tmpfs'})`, () => {
  let scenario: Scenario;
  let folder: string;
  beforeEach(() => {
    scenario = new Scenario(TWO_TODOS, [raising('web', 3), raising('dns', 2)]);
    scenario.applyAll();
    folder = `${scenario.stage.workspace}.post-mortem`;
    mkdirSync(folder);
  });
  afterEach(() => {
    execFileSync('umount', [folder]);
    scenario.remove();
  });
  const mount = (size: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder]);

  test('when the run begins: it says so, and the next one works when there is room', async () => {
    mount('1m');
    execFileSync('sh', ['-c', 'head -c 2000000 /dev/zero > "$1/filler" 2>/dev/null; true', 'sh', folder]);
    const run = await scenario.run();
    expect(run.code, run.output).toBe(1);
    expect(run.report?.error?.message).toMatch(/no space left on device/i);
    expect(run.report?.error?.remedy).toMatch(/disk|room/);
    expect(scenario.claude.calls()).toHaveLength(0);
    rmSync(join(folder, 'filler'));
    scenario.expectNothingLeft();
    expect((await scenario.run()).outcomes).toEqual({ [WEB]: 'done', [DNS]: 'done' });
    scenario.expectNothingLeft();
  });

  test('while the second TODO is worked on: the first is pushed, and the next run goes on', async () => {
    mount('4m');
    const fill = { do: 'run', argv: ['sh', '-c', `head -c 8000000 /dev/zero > ${folder}/filler`] } as const;
    scenario.claude.setRules([raising('web', 3), { ...raising('dns', 2), steps: [...(raising('dns', 2).steps ?? []), fill] }]);
    const run = await scenario.run();
    expect(run.code, run.output).toBe(1);
    expect(run.outcomes, run.output).toEqual({ [WEB]: 'done', [DNS]: 'failed' });
    expect(run.report?.error?.message).toMatch(/no space left on device|out of diskspace/i);
    expect(run.report?.error?.remedy).toMatch(/make room/);
    expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '1']);
    expect(scenario.subjects()).toEqual([fixOf('web', 3)]);
    expect(run.report?.notices).toEqual(['what was applied is pushed to main; the next run updates the post-mortems']);

    rmSync(join(folder, 'filler'));
    scenario.claude.setRules([raising('web', 3), raising('dns', 2)]);
    const calls = scenario.claude.calls().length;
    const next = await scenario.run();
    expect(next.code, next.output).toBe(0);
    expect(scenario.claude.calls()).toHaveLength(calls + 1);
    expect(next.outcomes).toEqual({ [WEB]: 'done', [DNS]: 'done' });
    expect(scenario.subjects().slice(1)).toEqual([fixOf('dns', 2), DOCS]);
    expect(scenario.stage.read(`docs/post-mortems/${FILE}`).match(/\| Done \|/g)).toHaveLength(2);
    expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '2']);
    scenario.expectNothingLeft();
  });
});

function canMount(): boolean {
  const folder = join('/tmp', `postmortem-mount-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
