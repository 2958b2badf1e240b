import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECOVERY_SENTENCE } from '../../src/health/report.ts';
import { KIT } from '../../src/kit/files.ts';
import { startFakeSlack } from '../fakes/slack.ts';
import type { FakeSlack } from '../fakes/slack.ts';
import { project } from '../support/bundle.ts';
import { crashingPod, event, healthyCluster, minutesBefore, NO_CLUSTER, setCluster } from '../support/cluster.ts';
import { plugin } from '../support/plugin-process.ts';
import { emptyFolder } from '../support/repositories.ts';

/** A cluster that can be made ill and well, and its checks: each a process of its own. */
function newCluster(): {
  readonly folder: string;
  readonly state: string;
  becomes(how: 'healthy' | 'broken' | 'shaky' | 'gone'): void;
  check(words?: readonly string[], env?: Readonly<Record<string, string>>): ReturnType<typeof plugin>;
} {
  const folder = emptyFolder();
  const cluster = join(folder, 'cluster');
  return {
    folder,
    state: join(folder, '.postmortem-plugin/health.json'),
    becomes(how) {
      const now = new Date();
      const well = healthyCluster(now);
      if (how === 'gone') setCluster(cluster, {}, { all: NO_CLUSTER });
      else if (how === 'broken')
        setCluster(cluster, { ...well, pods: [...(well['pods'] ?? []), crashingPod(now, 'web', 'photos-7c9d8b6f5-broken', 5)] });
      else if (how === 'shaky')
        setCluster(cluster, {
          ...well,
          events: [event('Warning', 'Unhealthy', 'Pod', 'web', 'photos-1', 3, minutesBefore(now, 1))],
        });
      else setCluster(cluster, well);
    },
    check: (words = [], env = {}) =>
      plugin(folder, ['health', ...words], {
        env: { PATH: `${project}test/fakes:/usr/bin:/bin`, FAKE_CLUSTER: cluster, ...env },
      }),
  };
}

describe('health, one process after the other', () => {
  it('says exactly once that the cluster has recovered, with when it broke and what was failing', async () => {
    const cluster = newCluster();
    cluster.becomes('healthy');
    expect(await cluster.check()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('HEALTHY; there is no earlier verdict'),
    });
    cluster.becomes('broken');
    const broken = await cluster.check();
    expect(broken.code).toBe(2);
    expect(broken.stdout).toMatch(/failure +Pod\/web\/photos-7c9d8b6f5-broken +\d+m \d\ds +CrashLoopBackOff/);
    expect(broken.stdout).toMatch(
      /UNHEALTHY, since \d{4}-\d\d-\d\d \d\d:\d\d UTC\nIt broke between .* \(last healthy check\) and .* \(first failing one\)\./,
    );
    cluster.becomes('healthy');
    const recovered = await cluster.check();
    expect(recovered.code).toBe(0);
    expect(recovered.stdout.split(RECOVERY_SENTENCE)).toHaveLength(2);
    expect(recovered.stdout).toMatch(
      /It broke between .*\n +It lasted about .*\n +What was failing:\n +Pod\/web\/photos-7c9d8b6f5-broken: CrashLoopBackOff .*\(since .* UTC\)\n +Kept for the timeline in \.postmortem-plugin\/health\.json \(last_incident\)/,
    );
    const again = await cluster.check();
    expect(again).toMatchObject({ code: 0, stdout: expect.not.stringContaining('recovered') });
    const kept = JSON.parse(readFileSync(cluster.state, 'utf8')) as { last_incident: object };
    expect(kept.last_incident).toMatchObject({ failures: [{ object: 'Pod/web/photos-7c9d8b6f5-broken' }] });
  });

  it('waits with it while warnings remain, and while the cluster cannot be reached', async () => {
    const cluster = newCluster();
    cluster.becomes('broken');
    await cluster.check();
    cluster.becomes('shaky');
    const shaky = await cluster.check();
    expect(shaky.code).toBe(1);
    expect(shaky.stdout).toMatch(/warning +Event\/web\/photos-1 .*Unhealthy on Pod, 3 times/);
    expect(shaky.stdout).toContain('Nothing fails since');
    expect(shaky.stdout).not.toContain('recovered');
    const before = readFileSync(cluster.state, 'utf8');
    cluster.becomes('gone');
    const gone = await cluster.check();
    expect(gone).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^UNKNOWN: the cluster cannot be read: The connection to the server localhost:8080 was refused/,
      ),
    });
    expect(readFileSync(cluster.state, 'utf8')).toBe(before);
    cluster.becomes('healthy');
    expect((await cluster.check()).stdout).toContain(RECOVERY_SENTENCE);
  });

  it('says it once when several checks run at the same time', async () => {
    const cluster = newCluster();
    cluster.becomes('broken');
    await cluster.check();
    cluster.becomes('healthy');
    const all = await Promise.all([cluster.check(), cluster.check(), cluster.check(), cluster.check()]);
    expect(all.filter(({ stdout }) => stdout.includes(RECOVERY_SENTENCE))).toHaveLength(1);
  });

  it('claims no recovery after a state file that is gone or cannot be read, and says so', async () => {
    const cluster = newCluster();
    cluster.becomes('broken');
    await cluster.check();
    writeFileSync(cluster.state, 'not json');
    cluster.becomes('healthy');
    const { code, stdout } = await cluster.check();
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /warning: the state file \.postmortem-plugin\/health\.json could not be read .* it is kept as health\.json\.broken/,
    );
    expect(stdout).not.toContain(RECOVERY_SENTENCE);
  });

  it('gives the verdict also where it cannot be kept, and says that a recovery will not be noticed', async () => {
    const cluster = newCluster();
    cluster.becomes('broken');
    writeFileSync(join(cluster.folder, 'a-file'), '');
    expect(await cluster.check(['--health-state', 'a-file/state.json'])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('A recovery will not be noticed'),
    });
  });

  it('prints data and nothing else with format: json, and writes it to report_file', async () => {
    const cluster = newCluster();
    cluster.becomes('broken');
    await cluster.check();
    cluster.becomes('healthy');
    const { code, stdout } = await cluster.check(['--format', 'json', '--report-file', 'health-report.json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'HEALTHY',
      exit_code: 0,
      recovered: { message: RECOVERY_SENTENCE, failures: [{ object: 'Pod/web/photos-7c9d8b6f5-broken' }] },
    });
    expect(readFileSync(join(cluster.folder, 'health-report.json'), 'utf8')).toBe(stdout);
    cluster.becomes('gone');
    const gone = await cluster.check(['--format', 'json']);
    expect(JSON.parse(gone.stdout)).toMatchObject({
      verdict: 'UNKNOWN',
      exit_code: 3,
      recovered: null,
      unknown: { remedy: expect.stringContaining('kubeconfig') },
    });
    expect(gone.stderr).toContain('UNKNOWN');
  });
});

describe('health without kubectl', () => {
  it('says that it is not there, and what to do', async () => {
    const cluster = newCluster();
    const { code, stdout } = await cluster.check([], { PATH: emptyFolder() });
    expect(code).toBe(3);
    expect(stdout).toContain('UNKNOWN: kubectl is not installed here.');
    expect(existsSync(cluster.state)).toBe(false);
  });

  it("uses a check command of the user's own", async () => {
    const cluster = newCluster();
    const ended = await cluster.check(['--health-command', 'echo "all good but"; echo "FAIL: vault is sealed"; exit 2']);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/failure +Command +- +FAIL: vault is sealed/);
    expect((await cluster.check(['--health-command', 'true'])).stdout).toContain(RECOVERY_SENTENCE);
  });
});

describe('health and Slack', () => {
  let slack: FakeSlack;
  beforeAll(async () => {
    slack = await startFakeSlack();
  });
  afterAll(() => slack.stop());

  it('tells changes of the verdict, not every check', async () => {
    const cluster = newCluster();
    const texts = async (how: Parameters<typeof cluster.becomes>[0]) => {
      cluster.becomes(how);
      const before = slack.messages.length;
      await cluster.check([], { PLUGIN_SLACK_WEBHOOK: slack.webhookUrl });
      return slack.messages.slice(before).map(({ text }) => text);
    };
    expect(await texts('healthy')).toEqual([]);
    expect(await texts('broken')).toEqual(['The cluster is unhealthy']);
    expect(await texts('broken')).toEqual([]);
    expect(await texts('healthy')).toEqual(['The cluster has recovered']);
    expect(await texts('healthy')).toEqual([]);
    expect(JSON.stringify(slack.messages)).toContain('Pod/web/photos-7c9d8b6f5-broken');
  });
});

describe('the skill', () => {
  it('knows the sentence and the exit codes', () => {
    const skill = KIT.find(({ path }) => path.endsWith('cluster-health/SKILL.md'))?.text ?? '';
    expect(skill).toContain(`> ${RECOVERY_SENTENCE}`);
    for (const row of ['| 0 | HEALTHY |', '| 1 | WARNINGS |', '| 2 | UNHEALTHY |', '| 3 | UNKNOWN |'])
      expect(skill).toContain(row);
  });
});
