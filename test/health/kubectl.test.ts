import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled } from '../../src/errors.ts';
import { checkWithKubectl } from '../../src/health/kubectl.ts';
import type { KubectlOptions } from '../../src/health/kubectl.ts';
import { project } from '../support/bundle.ts';
import { crashingPod, FORBIDDEN, healthyCluster, NO_CLUSTER, setCluster } from '../support/cluster.ts';
import { emptyFolder, put } from '../support/repositories.ts';

const now = new Date('2026-05-03T12:00:00Z');
const check = (change: Partial<KubectlOptions> = {}) =>
  checkWithKubectl({ context: null, ignore: [], signal: new AbortController().signal, now: now.getTime(), ...change });

/** Puts the stand-in on PATH, with a cluster; returns the folder of the cluster. */
function fakeCluster(...cluster: Parameters<typeof setCluster> extends [string, ...infer Rest] ? Rest : never): string {
  const folder = join(emptyFolder(), 'cluster');
  setCluster(folder, ...cluster);
  vi.stubEnv('FAKE_CLUSTER', folder);
  vi.stubEnv('PATH', `${project}test/fakes:/usr/bin:/bin`);
  return folder;
}

afterEach(() => void vi.unstubAllEnvs());

describe('the checks with kubectl', () => {
  it('find a healthy cluster healthy, and only read', async () => {
    const folder = fakeCluster(healthyCluster(now));
    expect(await check({ context: 'home' })).toMatchObject({ kind: 'checked', verdict: 'HEALTHY' });
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toHaveLength(8);
    for (const call of calls)
      expect(call).toMatch(/^get [\w.]+ --all-namespaces --output=json --request-timeout=20s --context=home$/);
  });

  it('find what fails', async () => {
    fakeCluster({ ...healthyCluster(now), pods: [crashingPod(now, 'web', 'photos-1', 5)] });
    expect(await check()).toMatchObject({ verdict: 'UNHEALTHY' });
    expect(await check({ ignore: ['Pod/web/*'] })).toMatchObject({ verdict: 'HEALTHY' });
  });

  it('are never healthy when a part could not be read', async () => {
    fakeCluster(healthyCluster(now), { nodes: FORBIDDEN });
    const checked = await check();
    expect(checked).toMatchObject({ kind: 'checked', verdict: 'WARNINGS' });
    expect(JSON.stringify(checked)).toContain('Check/nodes');
    expect(JSON.stringify(checked)).toContain('is forbidden');
  });

  it('know nothing without a cluster, without permission, without kubectl', async () => {
    fakeCluster({}, { all: NO_CLUSTER });
    expect(await check()).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/^the cluster cannot be read: The connection to the server localhost:8080 was refused/),
      remedy: expect.stringContaining('kubeconfig'),
    });
    fakeCluster({}, { all: FORBIDDEN });
    expect(await check()).toMatchObject({ kind: 'unknown', remedy: expect.stringContaining('get and list') });
    vi.stubEnv('PATH', emptyFolder());
    expect(await check()).toMatchObject({
      kind: 'unknown',
      reason: 'kubectl is not installed here',
      remedy: expect.stringContaining('health_command'),
    });
  });

  it('take no half answer for a whole one', async () => {
    const folder = fakeCluster(healthyCluster(now));
    put(folder, { 'pods.json': '{"apiVersion":"v1","items":[{"kind":"Pod"' });
    expect(await check()).toMatchObject({
      verdict: 'WARNINGS',
      results: expect.arrayContaining([expect.objectContaining({ name: 'pods', looked: null })]),
    });
  });

  it('end when the run is stopped', async () => {
    fakeCluster(healthyCluster(now));
    await expect(check({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(Cancelled);
  });
});
