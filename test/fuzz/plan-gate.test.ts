import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPlan, samePlan } from '../../src/guard/plan.ts';
import { SCENARIOS } from '../guard/plans/scenarios.ts';
import { runs } from './runs.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonMap = { [key: string]: Json };

const folder = join(import.meta.dirname, '../guard/plans');
const recorded = (name: string): string => readFileSync(join(folder, `${name}.json`), 'utf8');
const names = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
/** Recorded with the real Terraform: those the gate lets through, and those that destroy or forget something. */
const harmless = SCENARIOS.filter(({ allowed }) => allowed !== undefined).map(({ name }) => name).filter((name) => names.includes(name));
const destructive = names.filter((name) => /destroy|forget|replace/.test(name));

const allowedPlan = fc.constantFrom(...harmless).map((name) => JSON.parse(recorded(name)) as JsonMap);
const verdict = (plan: unknown) => checkPlan(JSON.stringify(plan)).kind;

/** Every place in a document that holds something, outermost first. */
function placesIn(value: Json): { readonly parent: Json[] | JsonMap; readonly key: string | number }[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [{ parent: value, key }, ...placesIn((value as JsonMap)[key] ?? null)]);
}

const put = (parent: Json[] | JsonMap, key: string | number, value: Json): void => void ((parent as JsonMap)[key] = structuredClone(value));

/** The words in every action array of the parts of a plan that change something, found by name and not by structure. */
function actionsIn(value: Json, key = ''): string[][] {
  if (key === 'actions') return [Array.isArray(value) ? value.map(String) : [`not a list: ${JSON.stringify(value)}`]];
  if (typeof value !== 'object' || value === null || ['before', 'after', 'after_unknown', 'before_sensitive', 'after_sensitive'].includes(key)) return [];
  return Object.entries(value).flatMap(([name, inner]) => actionsIn(inner, Array.isArray(value) ? '' : name));
}

/** The rule of design 6 in other words: what an allowed plan may hold, whatever else it holds. */
function mayPass(plan: JsonMap): boolean {
  const changes = actionsIn(plan['resource_changes'] ?? null);
  const drift = actionsIn(plan['resource_drift'] ?? null);
  const empty = ['deferred_changes', 'action_invocations', 'deferred_action_invocations'].every((key) => ((plan[key] ?? []) as Json[]).length === 0);
  return (
    changes.every((words) => words.length === 1 && ['no-op', 'read', 'create', 'update'].includes(words[0] ?? '')) &&
    drift.every((words) => words.every((word) => ['no-op', 'update'].includes(word))) &&
    actionsIn(plan['output_changes'] ?? null).every((words) => words.every((word) => ['no-op', 'create', 'update', 'delete'].includes(word))) &&
    /^1\.\d+$/.test(String(plan['format_version'])) &&
    (plan['errored'] ?? false) === false &&
    (plan['complete'] ?? true) === true &&
    empty
  );
}

const badWord = fc.oneof(fc.constantFrom('delete', 'forget', 'Delete', 'delete ', 'destroy', 'replace', 'recreate', 'import', '', 'create\n'), fc.string({ maxLength: 12 }).filter((word) => !['no-op', 'read', 'create', 'update'].includes(word)));
const anyWord = fc.constantFrom('no-op', 'read', 'create', 'update', 'delete', 'forget');
const badActions = fc.oneof(
  fc.tuple(fc.array(anyWord, { maxLength: 2 }), badWord, fc.array(anyWord, { maxLength: 2 })).map(([before, bad, after]): Json => [...before, bad, ...after]),
  fc.constantFrom<Json>([], null, 'create', 7, { 0: 'create' }, ['create', 'update'], [['create']], ['create', null], [true]),
);

const notJson = fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json);
const filledList = fc.array(notJson, { minLength: 1, maxLength: 2 }).map((value): Json => value);

/** What makes any plan one to refuse, wherever it is put in. */
const spoiled = fc.oneof(
  fc.tuple(badActions, fc.nat()).map(([actions, at]) => (plan: JsonMap) => {
    const lists = placesIn(plan['resource_changes'] ?? null).filter(({ key, parent }) => key === 'actions' && !Array.isArray(parent));
    const place = lists[at % Math.max(1, lists.length)];
    if (place) put(place.parent, place.key, actions);
    else plan['resource_changes'] = [{ address: 'a.b', change: { actions } }];
  }),
  fc.tuple(badActions, fc.constantFrom('resource_changes', 'resource_drift')).map(([actions, key]) => (plan: JsonMap) => {
    plan[key] = [...((plan[key] ?? []) as Json[]), { address: 'x.y', change: { actions, before: {}, after: {} } }];
  }),
  fc.constantFrom<Json>(['forget'], ['replace'], [], null, 'delete', ['delete', 'x']).map((actions) => (plan: JsonMap) => {
    plan['output_changes'] = { ...(plan['output_changes'] as JsonMap), out: { actions } };
  }),
  fc.tuple(fc.constantFrom('deferred_changes', 'action_invocations', 'deferred_action_invocations', 'resource_removals', 'forgotten_things'), filledList).map(([key, value]) => (plan: JsonMap) => void (plan[key] = value)),
  fc.constantFrom<Json>(true, 1, 'false', [], {}).map((errored) => (plan: JsonMap) => void (plan['errored'] = errored)),
  fc.constantFrom<Json>(false, 0, 'true', [], {}).map((complete) => (plan: JsonMap) => void (plan['complete'] = complete)),
  fc.constantFrom<Json>('0.2', '2.0', '1', '1.', '1.2.3', 'v1.2', '', null, 1.2, ['1.2']).map((version) => (plan: JsonMap) => void (plan['format_version'] = version)),
  fc.constantFrom('format_version', 'configuration', 'planned_values').map((key) => (plan: JsonMap) => void delete plan[key]),
  fc.tuple(fc.constantFrom('resource_changes', 'resource_drift'), fc.oneof(notJson.filter((value) => value !== null && !Array.isArray(value)), filledList)).map(([key, value]) => (plan: JsonMap) => void (plan[key] = value)),
  fc.constantFrom('importing', 'deposed').map((key) => (plan: JsonMap) => {
    const entry = { address: 'x.y', change: { actions: ['update'], ...(key === 'importing' ? { importing: { id: 'i' } } : {}) }, ...(key === 'deposed' ? { deposed: '00a1' } : {}) };
    plan['resource_changes'] = [...((plan['resource_changes'] ?? []) as Json[]), entry];
  }),
  fc.nat(4).map((depth) => (plan: JsonMap) => {
    const inner: JsonMap = { resources: [{ address: 'a.b', type: 'a', provisioners: [{ type: 'local-exec' }] }] };
    const module = Array.from({ length: depth }).reduce<JsonMap>((below) => ({ module_calls: { m: { module: below } } }), inner);
    plan['configuration'] = { root_module: depth === 0 ? inner : module };
  }),
);

/** Changes that mean nothing, among which the others must still be seen. */
const beside = fc.oneof(
  fc.tuple(fc.string({ maxLength: 10 }), notJson).map(([key, value]) => (plan: JsonMap) => void (plan['variables'] = { ...(plan['variables'] as JsonMap), [key]: { value } })),
  fc.constantFrom('timestamp', 'prior_state', 'checks', 'relevant_attributes').map((key) => (plan: JsonMap) => void delete plan[key]),
  fc.nat(9).map((minor) => (plan: JsonMap) => void (typeof plan['format_version'] === 'string' && /^1\.\d/.test(plan['format_version']) && (plan['format_version'] = `1.${minor}`))),
);

const printed = fc.constantFrom((json: string) => json, (json: string) => `Loading...\n${json}\n`, (json: string) => `${JSON.stringify(JSON.parse(json), null, 2)}\nDone.\n`, (json: string) => `\u001b[33mwarn\u001b[0m {x}\n${json}`);

describe('the plan gate', () => {
  test('begins with plans that pass and plans that do not', () => {
    expect(harmless.length).toBeGreaterThan(4);
    expect(destructive.length).toBeGreaterThan(4);
    for (const name of harmless) expect([name, checkPlan(recorded(name)).kind, mayPass(JSON.parse(recorded(name)) as JsonMap)]).toEqual([name, 'allowed', true]);
  });

  test('refuses an allowed plan as soon as anything in it destroys, forgets, defers, invokes, imports, failed or is not understood', () => {
    fc.assert(
      fc.property(allowedPlan, spoiled, fc.array(beside, { maxLength: 3 }), printed, (plan, spoil, others, print) => {
        for (const other of others) other(plan);
        spoil(plan);
        expect(checkPlan(print(JSON.stringify(plan))).kind).toBe('refused');
        expect(samePlan(checkPlan(JSON.stringify(plan)), checkPlan(JSON.stringify(plan)))).toBe(false);
      }),
      runs(1_500),
    );
  });

  test('never throws at a plan in which anything was replaced or removed, and lets through only what the rule allows', () => {
    const edit = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'remove', 'wrap', 'rename'), value: fc.oneof(notJson, anyWord, badActions) });
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(edit, { minLength: 1, maxLength: 6 }), (name, edits) => {
        const plan = JSON.parse(recorded(name)) as JsonMap;
        for (const { at, how, value } of edits) {
          const places = placesIn(plan);
          const place = places[at % Math.max(1, places.length)];
          if (!place) continue;
          const { parent, key } = place;
          const old = (parent as JsonMap)[key] ?? null;
          if (how === 'replace') put(parent, key, value);
          else if (how === 'wrap') put(parent, key, [old]);
          else if (Array.isArray(parent)) parent.splice(Number(key), 1);
          else delete parent[key];
          if (how === 'rename' && !Array.isArray(parent)) put(parent, `${key}_x`, old);
        }
        if (verdict(plan) === 'allowed') expect(mayPass(plan), JSON.stringify(plan)).toBe(true);
      }),
      runs(1_500),
    );
  });

  test('is not talked into a destructive plan by a few bytes that were lost, doubled or turned on the way', () => {
    const flaw = fc.record({ at: fc.nat(), length: fc.integer({ min: 0, max: 3 }), put: fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', '\n', '{"format_version":"1.2"}')) });
    fc.assert(
      fc.property(fc.constantFrom(...destructive), fc.array(flaw, { maxLength: 4 }), (name, flaws) => {
        let text = recorded(name);
        for (const { at, length, put: piece } of flaws) text = text.slice(0, at % text.length) + piece + text.slice((at % text.length) + length);
        expect(checkPlan(text).kind).toBe('refused');
      }),
      runs(1_000),
    );
  });

  test('never throws at, and never allows, what is no plan', () => {
    const noise = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]":,\\ \n\t1e-.truefalsn'), maxLength: 200 }), fc.jsonValue().map((value) => JSON.stringify({ format_version: '1.2', configuration: { root_module: value }, planned_values: value, resource_changes: value })).filter((text) => !/"resource_changes":(?:null|\[\])/.test(text)));
    fc.assert(
      fc.property(noise, noise, (one, other) => {
        expect(checkPlan(one).kind).toBe('refused');
        expect(checkPlan(`${other}\n${one}`).kind).toBe('refused');
        expect(checkPlan(`{"format_version":"1.2",${one}`).kind).toBe('refused');
      }),
      runs(600),
    );
  });
});
