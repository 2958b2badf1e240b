import { afterEach, describe, expect, test } from 'vitest';
import { postMortem, raise, raising, stackText, unable } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';

const FILE = '2026-01-10-web.md';
const PATH = `docs/post-mortems/${FILE}`;
const TITLE = ['2026-01-10', 'Web down'] as const;

let scenario: Scenario;
afterEach(() => scenario.remove());

function homelab(...args: ConstructorParameters<typeof Scenario>): Scenario {
  scenario = new Scenario(...args);
  scenario.applyAll();
  return scenario;
}

/** Changes a text on the branch, as a colleague would. */
function edit(path: string, from: string, to: string): string {
  const text = scenario.stage.read(path);
  expect(text).toContain(from);
  return scenario.stage.push({ [path]: text.replace(from, to) }, 'Edit by hand');
}

describe('a second run', () => {
  test('has nothing to do for what is done, and does not pay again for what was refused', async () => {
    const todos = [raise('web', 3), raise('vault', 2)];
    const { claude, stage } = homelab({ [FILE]: postMortem(...TITLE, todos) }, [raising('web', 3), raising('vault', 2)]);
    expect((await scenario.run()).code).toBe(0);
    const before = stage.git('rev-parse', 'main');
    const second = await scenario.run();
    expect(second.code, second.output).toBe(0);
    expect(second.report?.status).toBe('nothing-to-do');
    expect(second.report?.awaiting.map(({ action }) => action)).toEqual(['Raise the replicas of vault to 2']);
    expect(second.report?.awaiting[0]?.reason).toBe(
      'was refused before: stacks/vault/main.tf: is protected (stacks/vault/**); edit the row or set retry: true',
    );
    expect(claude.calls()).toHaveLength(2);
    expect(stage.git('rev-parse', 'main')).toBe(before);
  });

  test('tries a refused one again with retry: true, and replaces its row', async () => {
    const { claude } = homelab({ [FILE]: postMortem(...TITLE, [raise('vault', 2)]) }, [raising('vault', 2)]);
    await scenario.run();
    const again = await scenario.run({ retry: 'true', protected_paths: 'stacks/dbaas/**' });
    expect(again.outcomes).toEqual({ 'Raise the replicas of vault to 2': 'done' });
    expect(claude.calls()).toHaveLength(2);
    const rows = scenario.stage.read(PATH).split('\n').filter((line) => line.includes('Raise the replicas'));
    const inFollowUp = /^\| \d{4}-\d\d-\d\d \|.*\| postmortem-todo-resolver \|$/;
    expect(rows).toEqual([expect.stringMatching(/\| Done \|$/), expect.stringMatching(inFollowUp)]);
  });

  test('tries a refused one again when a person has edited its row', async () => {
    const todos = [raise('web', 3, { details: 'in the stack of **mail**' })];
    const rules = [unable('in the stack of mail', 'web is not in there'), raising('web', 3)];
    const { claude } = homelab({ [FILE]: postMortem(...TITLE, todos) }, rules);
    expect((await scenario.run()).outcomes).toEqual({ 'Raise the replicas of web to 3': 'needs-review' });
    edit(PATH, 'in the stack of **mail**', 'in its own stack');
    const again = await scenario.run();
    expect(again.outcomes).toEqual({ 'Raise the replicas of web to 3': 'done' });
    expect(claude.calls()).toHaveLength(2);
    expect(scenario.stage.read(PATH)).not.toContain('Needs human review');
  });
});

describe('a TODO that has its commit in history already', () => {
  test('is marked Done with that commit, and the agent is not called', async () => {
    const { claude, stage } = homelab({ [FILE]: postMortem(...TITLE, [raise('web', 3)]) }, [raising('web', 3)]);
    await scenario.run();
    const fix = stage.git('rev-parse', 'main~1').trim();
    edit(PATH, '| Done |', '| TODO |');
    const again = await scenario.run();
    expect(again.code, again.output).toBe(0);
    const reason = `was implemented before, as ${fix.slice(0, 8)}`;
    expect(again.report?.outcomes).toMatchObject([{ outcome: 'done', commit: { id: fix }, reason }]);
    expect(claude.calls()).toHaveLength(1);
    expect(stage.read(PATH)).toMatch(/\| Done \|$/m);
    expect(stage.read(PATH).split(fix.slice(0, 8))).toHaveLength(3);
    scenario.expectNothingLeft();
  });

  test('is implemented again when that commit was reverted', async () => {
    const { claude, stage } = homelab({ [FILE]: postMortem(...TITLE, [raise('web', 3)]) }, [raising('web', 3)]);
    await scenario.run();
    const fix = stage.git('rev-parse', 'main~1').trim();
    edit(PATH, '| Done |', '| TODO |');
    stage.push({ 'stacks/web/main.tf': stackText('web') }, `Revert "fix(post-mortem): ..."\n\nThis reverts commit ${fix}.`);
    scenario.tg('web', 'apply', '--non-interactive');
    const again = await scenario.run();
    expect(again.outcomes).toEqual({ 'Raise the replicas of web to 3': 'done' });
    expect(claude.calls()).toHaveLength(2);
    expect(again.report?.outcomes[0]?.commit?.id).toBe(stage.git('rev-parse', 'main~1').trim());
    expect(stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    expect(stage.read(PATH)).not.toContain(fix.slice(0, 8));
  });
});

describe('limits of a run', () => {
  const todos = [raise('web', 3, { priority: 'P0' }), raise('dns', 2), raise('mail', 4, { priority: 'P2' })];
  const rules = [raising('web', 3, { costUsd: 5.2 }), raising('dns', 2), raising('mail', 4)];

  test('budget_usd is used up: the rest is left to the next run, which does it', async () => {
    homelab({ [FILE]: postMortem(...TITLE, todos) }, rules);
    const first = await scenario.run();
    expect(first.code, first.output).toBe(0);
    expect(first.report?.outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['done', expect.any(String)],
      ['deferred', 'budget_usd (5) is used up'],
      ['deferred', 'budget_usd (5) is used up'],
    ]);
    expect(first.report?.cost_usd).toBe(5.2);
    expect(scenario.stage.read(PATH).match(/\| TODO \|/g)).toHaveLength(2);
    const second = await scenario.run();
    expect(second.outcomes).toEqual({ 'Raise the replicas of dns to 2': 'done', 'Raise the replicas of mail to 4': 'done' });
  });

  test('every call of the agent gets what is left of budget_usd', async () => {
    const costs = [raising('web', 3, { costUsd: 0.25 }), raising('dns', 2, { costUsd: 0.5 }), raising('mail', 4)];
    homelab({ [FILE]: postMortem(...TITLE, todos) }, costs);
    await scenario.run({ budget_usd: '1' });
    const budgets = scenario.claude.calls().map(({ argv }) => argv[argv.indexOf('--max-budget-usd') + 1]);
    expect(budgets).toEqual(['1', '0.75', '0.25']);
  });

  test('max_todos', async () => {
    homelab({ [FILE]: postMortem(...TITLE, todos) }, rules);
    const run = await scenario.run({ max_todos: '1' });
    expect(run.code).toBe(0);
    expect(run.report?.outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'deferred', 'deferred']);
    expect(scenario.claude.calls()).toHaveLength(1);
  });

  test('a cost that is missing stops the run: nothing of that call is applied, what was done before is pushed, exit 1', async () => {
    const costless = raising('dns', 2, { result: { total_cost_usd: null } });
    homelab({ [FILE]: postMortem(...TITLE, todos) }, [raising('web', 3), costless, raising('mail', 4)]);
    const run = await scenario.run();
    expect(run.code, run.output).toBe(1);
    expect(run.outcomes).toMatchObject({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of mail to 4': 'deferred' });
    expect(run.report?.error?.message).toMatch(/cost/);
    expect(scenario.claude.calls()).toHaveLength(2);
    expect([scenario.replicas('web'), scenario.replicas('dns')]).toEqual(['3', '1']);
    expect(scenario.subjects()[0]).toBe('fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]');
    scenario.expectNothingLeft();
  });
});
