import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPlan, samePlan } from '../../src/guard/plan.ts';
import type { PlanVerdict } from '../../src/guard/plan.ts';
import { planFingerprint, summary } from '../../src/guard/planned-changes.ts';
import { SCENARIOS } from './plans/scenarios.ts';

/* The JSON of the recorded plans, loosely typed: the tests bend it into shapes that Terraform would not print here. */
interface Plan {
  [key: string]: unknown;
  resource_changes: { address: string; change: { [key: string]: unknown; actions: string[] }; [key: string]: unknown }[];
  configuration: { root_module: { resources: { [key: string]: unknown }[]; [key: string]: unknown } };
}

const text = (name: string): string => readFileSync(join(import.meta.dirname, 'plans', `${name}.json`), 'utf8');
const recorded = (name: string): Plan => JSON.parse(text(name)) as Plan;
const verdictOf = (plan: Plan): PlanVerdict => checkPlan(JSON.stringify(plan));
const reasonsOf = (verdict: PlanVerdict): readonly string[] => (verdict.kind === 'refused' ? verdict.reasons : []);

/** The plan of an update, after `bend` changed it. */
function bent(bend: (plan: Plan) => void): PlanVerdict {
  const plan = recorded('update');
  bend(plan);
  return verdictOf(plan);
}

function withActions(actions: unknown): PlanVerdict {
  return bent((plan) => {
    (plan.resource_changes[0] as Plan['resource_changes'][number]).change.actions = actions as string[];
  });
}

describe('the plan gate over recorded plans', () => {
  it.each(SCENARIOS)('judges $name', ({ name, allowed, refused, warning }) => {
    const verdict = checkPlan(text(name));
    if (verdict.kind === 'allowed') {
      expect(summary(verdict.changes)).toBe(allowed);
      expect(verdict.warnings).toEqual(warning === undefined ? [] : [warning]);
    } else {
      expect(verdict.reasons).toEqual([refused]);
    }
  });

  it('still tells what a refused plan would have done', () => {
    const { changes } = checkPlan(text('replace'));
    expect(summary(changes)).toBe('1 to add, 1 to destroy: terraform_data.web (delete and create)');
  });
});

describe('the plan gate over actions', () => {
  it.each([[['no-op']], [['read']], [['create']], [['update']]])('allows %j', (actions) => {
    expect(withActions(actions).kind).toBe('allowed');
  });

  it.each([
    [['delete'], 'would be destroyed'],
    [['delete', 'create'], 'would be destroyed and created anew'],
    [['create', 'delete'], 'would be destroyed and created anew'],
    [['no-op', 'delete'], 'would be destroyed'],
    [['forget'], 'would be forgotten'],
    [['create', 'forget'], 'would be forgotten'],
    [['update', 'create'], 'has an unknown action (update, create)'],
    [['recreate'], 'has an unknown action (recreate)'],
    [['DELETE'], 'has an unknown action (DELETE)'],
    [[''], 'has an unknown action ()'],
    [[], 'cannot be read'],
    [['create', 1], 'cannot be read'],
    ['create', 'cannot be read'],
    [null, 'cannot be read'],
  ])('refuses %j', (actions, reason) => {
    expect(reasonsOf(withActions(actions)).join()).toContain(reason);
  });

  it('refuses any plan in whose actions a delete is put, wherever', () => {
    const name = fc.constantFrom('create', 'update', 'unchanged', 'moved', 'read', 'output-removed', 'check-fails');
    const around = fc.array(fc.constantFrom('no-op', 'read', 'create', 'update', 'x'), { maxLength: 3 });
    fc.assert(
      fc.property(name, around, around, fc.nat(), (plan, before, after, index) => {
        const changed = recorded(plan);
        const entry = changed.resource_changes[index % changed.resource_changes.length];
        if (entry) entry.change.actions = [...before, 'delete', ...after];
        expect(verdictOf(changed).kind).toBe('refused');
      }),
    );
  });

  it('names every resource that stands in the way', () => {
    const verdict = bent((plan) => {
      const [first] = plan.resource_changes;
      if (!first) throw new Error('the recorded plan changed');
      plan.resource_changes.push({ ...first, address: 'a.b', change: { ...first.change, actions: ['delete'] } });
      plan.resource_changes.push({ ...first, address: 'module.m.c.d[0]', change: { ...first.change, actions: ['forget'] } });
    });
    expect(reasonsOf(verdict)).toEqual([
      'a.b: would be destroyed',
      'module.m.c.d[0]: would be forgotten (it stays, but Terraform no longer manages it)',
    ]);
  });
});

describe('the plan gate over what terraform_data cannot do', () => {
  it('refuses deferred changes and invoked actions, but not the empty lists of plans without', () => {
    for (const key of ['deferred_changes', 'action_invocations', 'deferred_action_invocations']) {
      expect(bent((plan) => (plan[key] = [{ address: 'x.y' }])).kind).toBe('refused');
      expect(bent((plan) => (plan[key] = { a: 1 })).kind).toBe('refused');
      expect(bent((plan) => (plan[key] = [])).kind).toBe('allowed');
    }
  });

  it('refuses an external data source that came with a module', () => {
    const resources = [{ address: 'data.external.id', mode: 'data', type: 'external', name: 'id' }];
    const verdict = bent((plan) => {
      plan.configuration.root_module['module_calls'] = { tools: { source: 'registry/x', module: { resources } } };
    });
    expect(reasonsOf(verdict)).toEqual(['module.tools.data.external.id: runs a program when planned']);
  });

  it('allows other data sources and modules', () => {
    const resources = [{ address: 'data.vault_kv_secret_v2.s', mode: 'data', type: 'vault_kv_secret_v2', name: 's' }];
    const verdict = bent((plan) => {
      plan.configuration.root_module['module_calls'] = { tools: { source: 'registry/x', module: { resources } } };
    });
    expect(verdict.kind).toBe('allowed');
  });

  it('refuses provisioners of resources that the plan leaves alone', () => {
    const verdict = bent((plan) => {
      for (const resource of plan.configuration.root_module.resources) resource['provisioners'] = [{ type: 'local-exec' }];
    });
    expect(reasonsOf(verdict)).toEqual(['terraform_data.web: has a provisioner, which runs commands']);
  });

  it('warns of drift, and refuses where something was deleted outside Terraform', () => {
    const drift = (actions: string[]) => (plan: Plan) => {
      plan['resource_drift'] = [{ address: 'x.y', change: { actions } }];
    };
    const changed = bent(drift(['update']));
    expect(changed.kind === 'allowed' && changed.warnings).toEqual(['x.y: was changed outside Terraform']);
    expect(reasonsOf(bent(drift(['delete'])))).toEqual(['x.y: was deleted or replaced outside Terraform (delete)']);
    expect(bent((plan) => (plan['resource_drift'] = ['x'])).kind).toBe('refused');
  });

  it('refuses deposed objects', () => {
    const verdict = bent((plan) => {
      for (const entry of plan.resource_changes) entry['deposed'] = '00a1b2c3';
    });
    expect(reasonsOf(verdict).join()).toContain('deposed');
  });

  it('refuses what is not complete, or does not say so plainly', () => {
    expect(bent((plan) => (plan['complete'] = false)).kind).toBe('refused');
    expect(bent((plan) => (plan['complete'] = 'yes')).kind).toBe('refused');
    expect(bent((plan) => (plan['errored'] = 1)).kind).toBe('refused');
    expect(bent((plan) => delete plan['complete']).kind).toBe('allowed');
  });

  it.each(['2.0', '0.2', '1', '1.x', '11.0', '', null, 1.2, undefined])('refuses format version %j', (version) => {
    expect(reasonsOf(bent((plan) => (plan['format_version'] = version))).length).toBeGreaterThan(0);
  });

  it.each(['1.0', '1.2', '1.17'])('accepts format version %s', (version) => {
    expect(bent((plan) => (plan['format_version'] = version)).kind).toBe('allowed');
  });

  it('refuses an unknown list that may hold changes, and lets an unknown word be', () => {
    expect(reasonsOf(bent((plan) => (plan['resource_removals'] = [{}]))).join()).toContain('resource_removals');
    expect(bent((plan) => (plan['hint'] = 'x')).kind).toBe('allowed');
    expect(bent((plan) => (plan['resource_removals'] = [])).kind).toBe('allowed');
  });

  it('refuses parts that have another shape than they should', () => {
    expect(bent((plan) => (plan['resource_changes'] = {} as never)).kind).toBe('refused');
    expect(bent((plan) => (plan['output_changes'] = [])).kind).toBe('refused');
    expect(bent((plan) => (plan['output_changes'] = { a: { actions: 'create' } })).kind).toBe('refused');
    expect(bent((plan) => (plan['output_changes'] = { a: { actions: ['create'] } })).kind).toBe('allowed');
    expect(bent((plan) => (plan.configuration = {} as never)).kind).toBe('refused');
    expect(bent((plan) => plan.resource_changes.push('x' as never)).kind).toBe('refused');
    expect(bent((plan) => (plan.configuration.root_module['resources'] = 'x' as never)).kind).toBe('refused');
    expect(bent((plan) => (plan.configuration.root_module['module_calls'] = ['x'])).kind).toBe('refused');
    expect(bent((plan) => delete (plan as { configuration?: unknown }).configuration).kind).toBe('refused');
  });
});

describe('finding the plan in what the show command printed', () => {
  const plan = text('create');

  it('looks past what a wrapper prints before and after', () => {
    expect(checkPlan(`\u001b[33mDecrypting\u001b[0m {state}\n[x]\n${plan}\nDone {"a": 1}\n`).kind).toBe('allowed');
  });

  it('reads indented JSON, also with its keys in another order', () => {
    expect(checkPlan(`noise\n${JSON.stringify(JSON.parse(plan), null, 2)}\nnoise\n`).kind).toBe('allowed');
    const sorted = Object.fromEntries(Object.entries(JSON.parse(plan) as object).sort());
    expect(checkPlan(`${JSON.stringify(sorted, null, 2)}\n`).kind).toBe('allowed');
  });

  it('is not led astray by values that look like the beginning or end of a plan', () => {
    const tricky = recorded('create');
    tricky['variables'] = { a: { value: 'x"}\n{"format_version":"1.2"}\n\\' } };
    expect(verdictOf(tricky).kind).toBe('allowed');
  });

  it('refuses several documents, as run-all prints them', () => {
    expect(reasonsOf(checkPlan(`${plan}\n${plan}`)).join()).toContain('2 JSON documents');
    expect(reasonsOf(checkPlan(`${plan.trim()} ${plan}`)).join()).toContain('something follows');
  });

  it('refuses a plan that was cut off', () => {
    expect(reasonsOf(checkPlan(plan.slice(0, -20))).join()).toContain('cut off');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: plan.trim().length - 1 }),
        (end) => checkPlan(plan.slice(0, end)).kind === 'refused',
      ),
    );
  });

  it('says what came instead of a plan, without anything that could be a value', () => {
    expect(reasonsOf(checkPlan(''))).toEqual(['the show command printed nothing']);
    expect(reasonsOf(checkPlan('\n\u001b[31mError:\u001b[0m Failed to load plan\nmore')).join()).toContain(
      '"Error: Failed to load plan"',
    );
    const prefixed = reasonsOf(checkPlan(`STDOUT terraform: {"password":"hunter2","plan":${plan}}`)).join();
    expect(prefixed).toContain('STDOUT terraform');
    expect(prefixed).not.toContain('hunter2');
  });

  it('never allows and never throws at anything that is no plan', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (noise) => checkPlan(noise).kind === 'refused'));
    fc.assert(fc.property(fc.json(), (json) => checkPlan(json).kind === 'refused'));
    fc.assert(
      fc.property(fc.json(), (json) => checkPlan(`{"format_version":"1.2","configuration":${json}}`).kind === 'refused'),
    );
  });

  it('refuses absurd nesting instead of running out of stack', () => {
    const nested = (depth: number): string =>
      plan.replace('"after":{', `"after":{"x":${'['.repeat(depth)}${']'.repeat(depth)},`);
    expect(checkPlan(nested(100)).kind).toBe('allowed');
    expect(checkPlan(nested(200_000)).kind).toBe('refused');
  });
});

describe('what is told about a plan', () => {
  it('holds no values, in whatever it returns', () => {
    const verdict = bent((plan) => {
      for (const { change } of plan.resource_changes) change['after'] = { input: 'hunter2-secret' };
      plan['variables'] = { password: { value: 'hunter2-secret' } };
    });
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  });

  it('stays on one line, whatever a key holds', () => {
    const verdict = bent((plan) => {
      for (const entry of plan.resource_changes)
        Object.assign(entry, { address: 'x["a\n\u001b[31m\u202e"]', change: { actions: ['delete'] } });
    });
    expect(reasonsOf(verdict)).toEqual(['x["a\\u{a}\\u{1b}[31m\\u{202e}"]: would be destroyed']);
  });

  it('lists ten addresses and counts the rest', () => {
    const verdict = bent((plan) => {
      plan.resource_changes = Array.from({ length: 12 }, (_, i) => ({
        address: `a.b[${i}]`,
        change: { actions: ['update'] },
      }));
    });
    expect(summary(verdict.changes)).toMatch(/^12 to change: a\.b\[0\] \(update\), .*a\.b\[9\] \(update\), and 2 more$/);
  });
});

describe('comparing plans', () => {
  const allowed = checkPlan(text('update'));

  it('takes the same plan in another order for the same', () => {
    const plan = recorded('read');
    plan.resource_changes.reverse();
    expect(samePlan(checkPlan(text('read')), verdictOf(plan))).toBe(true);
  });

  it.each<[string, (entry: Plan['resource_changes'][number]) => void]>([
    ['address', (entry) => (entry.address = 'terraform_data.other')],
    ['action', (entry) => (entry.change.actions = ['create'])],
    ['value after', (entry) => (entry.change['after'] = { input: 'x' })],
    ['value before', (entry) => (entry.change['before'] = { input: 'x' })],
    ['unknown value', (entry) => (entry.change['after_unknown'] = { input: true })],
    ['move', (entry) => (entry['previous_address'] = 'terraform_data.old')],
  ])('tells plans apart by %s', (_, change) => {
    const other = bent((plan) => plan.resource_changes.forEach(change));
    expect(other.kind).toBe('allowed');
    expect(samePlan(allowed, other)).toBe(false);
    expect(planFingerprint(other.changes)).not.toBe(planFingerprint(allowed.changes));
  });

  it('never calls a refused plan the same as anything', () => {
    const refused = checkPlan(text('destroy'));
    expect(samePlan(refused, refused)).toBe(false);
  });
});
