import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { project } from '../support/bundle.ts';
import { Scenario, terraformMissing } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { applyAll, EXAMPLE_RULES, seedExample } from '../support/stage.ts';

describe.skipIf(terraformMissing)(`the example repository with runner: local (${terraformMissing ?? 'terraform'})`, () => {
  let scenario: Scenario;
  let run: Run;
  beforeAll(async () => {
    scenario = new Scenario({}, EXAMPLE_RULES, 'terraform', seedExample(join(project, 'examples')));
    applyAll(scenario.stage, scenario.machine);
    run = await scenario.run();
  });
  afterAll(() => scenario.remove());

  test('three TODOs are done, one is refused for a protected path, one for what its plan would destroy', () => {
    expect(run.code, run.output).toBe(0);
    expect(run.report?.outcomes.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['Raise the cache of the resolver to 256 MiB', 'done'],
      ['Add an alert on the rate of SERVFAIL answers', 'done'],
      ['Shorten the lease of database credentials to 1h', 'needs-review'],
      ['Add an uptime monitor for the NAS file service', 'done'],
      ['Rename the zone to lan.home.example', 'needs-review'],
    ]);
    const reasons = run.report?.outcomes.map(({ reason }) => reason);
    expect(reasons?.[0]).toBe('applied stacks/dns: 1 to change: terraform_data.resolver (update)');
    expect(reasons?.[1]).toBe('applied stacks/monitoring: 1 to add: terraform_data.alert["DnsServfailRate"] (create)');
    expect(reasons?.[2]).toContain('stacks/vault/main.tf: is protected');
    expect(reasons?.[4]).toBe('plan of stacks/dns: terraform_data.zone: would be destroyed and created anew');
    expect(run.report?.awaiting).toHaveLength(2);
  });

  test('the log of the branch', () => {
    expect(scenario.subjects()).toEqual([
      'fix(post-mortem): raise the cache of the resolver to 256 MiB [PM-2026-03-02]',
      'fix(post-mortem): add an alert on the rate of SERVFAIL answers [PM-2026-03-02]',
      'fix(post-mortem): add an uptime monitor for the NAS file service [PM-2026-02-11]',
      'docs: update post-mortem follow-up [PM-2026-03-02] [PM-2026-02-11] [ci skip]',
    ]);
  });

  test('what is live is what the branch says: no stack has anything left to plan', () => {
    const checkout = scenario.stage.checkout();
    for (const stack of ['dns', 'monitoring', 'uptime']) {
      expect(scenario.tgIn(checkout, stack, 'plan', '-input=false', '-no-color')).toContain('No changes.');
    }
    scenario.expectNothingLeft();
  });
});
