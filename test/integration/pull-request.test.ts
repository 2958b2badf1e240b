import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fixOf, postMortem, raise, raising } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import { sshdMissing } from '../support/sshd.ts';

const FILE = '2026-01-10-web.md';

function newScenario(): Scenario {
  const scenario = new Scenario({ [FILE]: postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3), raising('dns', 2)]);
  onTestFinished(() => scenario.remove());
  return scenario;
}

describe.skipIf(sshdMissing)(`a pipeline of a pull request (${sshdMissing ?? 'sshd, Vault, Slack'})`, () => {
  test.each(['pull_request', 'pull_request_closed'])('is refused before anybody is asked for anything: %s', async (event) => {
    const scenario = newScenario();
    const services = await startServices(scenario);
    onTestFinished(() => services.stop());
    const run = await scenario.run({}, { env: { CI_PIPELINE_EVENT: event } });
    expect(run.code, run.output).toBe(1);
    expect(run.output).toContain('does not run on pull requests');
    expect(services.vault.requests).toEqual([]);
    expect(services.sshd.log()).not.toContain('Connection from');
    expect(scenario.claude.calls()).toEqual([]);
  });
});

describe('a checkout that holds what the branch does not', () => {
  test('a TODO that is only in the checkout of the pipeline is not worked on', async () => {
    const scenario = newScenario();
    scenario.applyAll();
    const checkout = scenario.stage.checkout();
    const path = join(checkout, 'docs/post-mortems', FILE);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^\| P1 .*\n/m, (row) => row + row.replace('web to 3', 'dns to 2')));
    const run = await scenario.run({}, { cwd: checkout });
    expect(run.outcomes['Raise the replicas of web to 3'], run.output).toBe('done');
    expect(run.outcomes['Raise the replicas of dns to 2']).not.toBe('done');
    expect(scenario.subjects()).toContain(fixOf('web', 3));
    expect(scenario.subjects()).not.toContain(fixOf('dns', 2));
    expect(scenario.replicas('dns')).toBe('1');
    expect(scenario.claude.calls()).toHaveLength(1);
  });
});
