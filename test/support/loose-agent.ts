import { readdirSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import type { StandInRule, StandInStep } from '../fakes/claude-stand-in.ts';
import { postMortem, raise, raising } from './homelab.ts';
import { Scenario } from './scenario.ts';

/** Three TODOs, the agent of the second of which does what a test says: what comes before must stand, what comes after must go on. */

export const FILE = 'docs/post-mortems/2026-01-10-web.md';
export const EVIL = 'Let the agent loose';
export const [FIRST, LAST] = [raise('mail', 2, { priority: 'P0' }), raise('web', 3, { priority: 'P3' })] as const;
/** What the second TODO asks for. */
export const DNS_CHANGE: StandInStep = { do: 'edit', path: 'stacks/dns/main.tf', from: 'replicas = 1', to: 'replicas = 2' };
export const ANSWER = { status: 'done', summary: 'Did it.', files: ['stacks/dns/main.tf'] };

export function sh(script: string): StandInStep {
  return { do: 'run', argv: ['sh', '-c', script] };
}

/** For one test. @param rule what the second TODO's agent does; by default what it should */
export function looseAgent(rule: (scenario: Scenario) => Partial<StandInRule>): Scenario {
  const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [FIRST, { action: EVIL }, LAST]) }, []);
  onTestFinished(() => scenario.remove());
  scenario.applyAll();
  scenario.claude.setRules([raising('mail', 2), { when: EVIL, steps: [DNS_CHANGE], answer: ANSWER, ...rule(scenario) }, raising('web', 3)]);
  return scenario;
}

/** The first TODO is published and the last waits; then a run without faults does the last, and leaves the evil one to people. */
export async function expectStopAndGoOn(scenario: Scenario, settings: Readonly<Record<string, string>>, evil: { readonly outcome: string; readonly reason: RegExp }): Promise<void> {
  const run = await scenario.run(settings);
  expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: evil.outcome, [LAST.action]: 'deferred' });
  expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toMatch(evil.reason);
  expect(run.code).toBe(1);
  expect(run.report?.error).not.toBeNull();
  expect(rowOf(scenario, EVIL)).toMatch(/Needs human review: \S/);
  expect(replicas(scenario)).toEqual(['2', '1', '1']);
  const authors = scenario.stage.git('log', '--all', '--format=%an').trim().split('\n');
  expect(authors.filter((name) => !['postmortem-todo-resolver', 'Colleague'].includes(name))).toEqual([]);

  const calls = scenario.claude.calls().length;
  const next = await scenario.run(settings);
  expect(next.outcomes, next.output).toEqual({ [LAST.action]: 'done' });
  expect(next.code).toBe(0);
  expect(scenario.claude.calls()).toHaveLength(calls + 1);
  expect(replicas(scenario)).toEqual(['2', '1', '3']);
  expect(readdirSync(scenario.stage.dir).filter((name) => name.startsWith('ran-')), 'programs of hostile files').toEqual([]);
}

/** The replicas of the three stacks, in the order of the TODOs. */
export function replicas(scenario: Scenario): (string | null)[] {
  return ['mail', 'dns', 'web'].map((name) => scenario.replicas(name));
}

/** The row that says why a TODO was left to people. */
export function rowOf({ stage }: Scenario, action: string): string | undefined {
  return stage.read(FILE).split('\n').find((line) => line.startsWith('| — |') && line.includes(action));
}
