import { shown } from './paths.ts';
import { findPlan, isObject } from './plan-document.ts';
import type { JsonObject } from './plan-document.ts';
import { actionsOf, plannedChange, planFingerprint } from './planned-changes.ts';
import type { PlannedChange } from './planned-changes.ts';

export type PlanVerdict =
  | { readonly kind: 'allowed'; readonly changes: readonly PlannedChange[]; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly changes: readonly PlannedChange[]; readonly reasons: readonly string[] };

/**
 * Top-level keys of Terraform 1.14 and OpenTofu (internal/command/jsonplan/plan.go). A list or object under any other may hold
 * changes: that is how deferred changes and actions came.
 */
const KNOWN_KEYS = new Set([
  'format_version',
  'terraform_version',
  'variables',
  'planned_values',
  'prior_state',
  'configuration',
  'checks',
  'relevant_attributes',
  'timestamp',
  'applyable',
  'complete',
  'errored',
  'resource_changes',
  'resource_drift',
  'output_changes',
  'deferred_changes',
  'action_invocations',
  'deferred_action_invocations',
]);

const REFUSED_LISTS: readonly (readonly [key: string, reason: string])[] = [
  ['deferred_changes', 'the plan leaves changes for later, which cannot be judged now'],
  ['action_invocations', 'the plan invokes actions, whose effect a plan does not show'],
  ['deferred_action_invocations', 'the plan invokes actions later, whose effect a plan does not show'],
];

/**
 * The plan gate, over the output of the show command (`terraform show -json <plan>`, never the text form).
 *
 * Allowed are no-op, read, create, update and moves. Refused are all that destroys, replaces, forgets or imports, what is not
 * complete or not understood, and configurations that run programs. Only warnings are: drift (what it means for this stack is
 * among the changes), removed outputs, and failing `check` blocks (Terraform itself does not stop at them, and the fix may need
 * its apply to make them pass). Drift that is a deletion is refused: whether that object shall come back is for a person.
 */
export function checkPlan(showOutput: string): PlanVerdict {
  const document = findPlan(showOutput);
  if (document.kind === 'none') return { kind: 'refused', changes: [], reasons: [document.reason] };
  const { plan } = document;
  const reasons = [...documentProblems(plan), ...driftProblems(plan), ...configurationProblems(plan)];
  const changes: PlannedChange[] = [];
  for (const entry of list(plan, 'resource_changes', reasons)) {
    const problem = changeProblem(entry);
    if (problem !== null) reasons.push(problem);
    const change = plannedChange(entry);
    if (change) changes.push(change);
  }
  if (reasons.length > 0) return { kind: 'refused', changes, reasons: [...new Set(reasons)] };
  return { kind: 'allowed', changes, warnings: warningsOf(plan) };
}

/** Whether two verdicts allow the same changes; two refused plans are never the same. */
export function samePlan(a: PlanVerdict, b: PlanVerdict): boolean {
  return a.kind === 'allowed' && b.kind === 'allowed' && planFingerprint(a.changes) === planFingerprint(b.changes);
}

/** An output is a name for a value: that it goes is no loss, only a warning. */
const OUTPUT_ACTIONS = new Set(['no-op', 'create', 'update', 'delete']);

function documentProblems(plan: JsonObject): string[] {
  const reasons: string[] = [];
  const version = plan['format_version'];
  if (typeof version !== 'string' || !/^1\.\d+$/.test(version)) {
    reasons.push(`the plan's format_version is ${shown(JSON.stringify(version) ?? 'missing')}; only 1.x is known`);
  }
  if (!isObject(plan['configuration']) || !isObject(plan['planned_values'])) {
    reasons.push('the JSON is not a plan (it has no configuration or planned_values): does show_command name {plan}?');
  }
  if ((plan['errored'] ?? false) !== false) reasons.push('the plan ended with an error');
  else if ((plan['complete'] ?? true) !== true) reasons.push('the plan is not complete: it needs more than one apply');
  for (const [key, reason] of REFUSED_LISTS) {
    if (list(plan, key, reasons).length > 0) reasons.push(reason);
  }
  for (const [name, change] of outputChanges(plan)) {
    const actions = actionsOf(change);
    if (!actions) reasons.push('the plan has an output change that cannot be read');
    else if (!actions.every((action) => OUTPUT_ACTIONS.has(action))) {
      reasons.push(`output ${shown(name)}: has an unknown action (${shown(actions.join(', '))})`);
    }
  }
  for (const [key, value] of Object.entries(plan)) {
    if (!KNOWN_KEYS.has(key) && typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      reasons.push(`the plan has "${shown(key)}", which is not known here and may hold changes`);
    }
  }
  return reasons;
}

/** A list that may be missing; anything else under its key is a reason. */
function list(parent: JsonObject, key: string, reasons: string[]): readonly unknown[] {
  const value = parent[key] ?? [];
  if (Array.isArray(value)) return value as unknown[];
  reasons.push(`the plan's ${key} is not a list`);
  return [];
}

const ALLOWED_ACTIONS = new Set(['no-op', 'read', 'create', 'update']);

/** Why one entry of `resource_changes` is refused, or `null`. Every entry of its actions counts, in any order. */
function changeProblem(entry: unknown): string | null {
  const change = isObject(entry) ? entry['change'] : undefined;
  const actions = actionsOf(change);
  if (!isObject(entry) || !isObject(change) || typeof entry['address'] !== 'string' || !actions) {
    return 'the plan has a resource change that cannot be read';
  }
  const address = shown(entry['address']);
  const isReplaced = actions.includes('create');
  if (actions.includes('delete')) return `${address}: would be destroyed${isReplaced ? ' and created anew' : ''}`;
  if (actions.includes('forget')) return `${address}: would be forgotten (it stays, but Terraform no longer manages it)`;
  const [action, ...more] = actions;
  if (action === undefined || more.length > 0 || !ALLOWED_ACTIONS.has(action)) {
    return `${address}: has an unknown action (${shown(actions.join(', '))})`;
  }
  if ((change['importing'] ?? null) !== null) return `${address}: would be imported (Terraform did not make it)`;
  if ((entry['deposed'] ?? null) !== null) return `${address}: is a left-over of an earlier replacement (deposed)`;
  const isPlaceKnown = ['string', 'undefined'].includes(typeof entry['previous_address']);
  if (!isPlaceKnown) return `${address}: has a previous address that cannot be read`;
  return null;
}

function driftProblems(plan: JsonObject): string[] {
  const reasons: string[] = [];
  for (const entry of list(plan, 'resource_drift', reasons)) {
    const actions = actionsOf(isObject(entry) ? entry['change'] : undefined);
    if (!isObject(entry) || typeof entry['address'] !== 'string' || !actions) {
      reasons.push('the plan has a drift entry that cannot be read');
    } else if (actions.some((action) => !['no-op', 'update'].includes(action))) {
      reasons.push(`${shown(entry['address'])}: was deleted or replaced outside Terraform (${shown(actions.join(', '))})`);
    }
  }
  return reasons;
}

/** Provisioners and external data sources, also those of modules from elsewhere, which nobody saw before planning. */
function configurationProblems(plan: JsonObject): string[] {
  const reasons: string[] = [];
  const configuration = plan['configuration'];
  const modules = [{ module: isObject(configuration) ? configuration['root_module'] : null, path: '' }];
  for (const { module, path } of modules) {
    const name = path === '' ? 'the root module' : path.slice(0, -1);
    const calls = isObject(module) ? (module['module_calls'] ?? {}) : null;
    if (!isObject(module) || !isObject(calls)) {
      reasons.push(`${name}: its configuration cannot be read`);
      continue;
    }
    for (const resource of list(module, 'resources', reasons)) {
      const problem = isObject(resource) ? resourceProblem(resource, reasons) : 'has a resource that cannot be read';
      if (problem !== null)
        reasons.push(`${isObject(resource) ? path + shown(String(resource['address'])) : name}: ${problem}`);
    }
    for (const [call, value] of Object.entries(calls)) {
      modules.push({ module: isObject(value) ? (value['module'] ?? {}) : null, path: `${path}module.${shown(call)}.` });
    }
  }
  return reasons;
}

function resourceProblem(resource: JsonObject, reasons: string[]): string | null {
  if (list(resource, 'provisioners', reasons).length > 0) return 'has a provisioner, which runs commands';
  return resource['type'] === 'external' ? 'runs a program when planned' : null;
}

function outputChanges(plan: JsonObject): [name: string, change: unknown][] {
  const changes = plan['output_changes'] ?? {};
  return isObject(changes) ? Object.entries(changes) : [['', null]];
}

function warningsOf(plan: JsonObject): string[] {
  const warnings: string[] = [];
  const ignored: string[] = [];
  for (const entry of list(plan, 'resource_drift', ignored)) {
    const isChanged = isObject(entry) && actionsOf(entry['change'])?.includes('update') === true;
    if (isChanged) warnings.push(`${shown(String(entry['address']))}: was changed outside Terraform`);
  }
  for (const [name, change] of outputChanges(plan)) {
    const actions = actionsOf(change) ?? [];
    if (actions.includes('delete') && !actions.includes('create')) warnings.push(`output ${shown(name)}: is removed`);
  }
  for (const check of list(plan, 'checks', ignored)) {
    const address = isObject(check) && isObject(check['address']) ? check['address']['to_display'] : undefined;
    if (isObject(check) && (check['status'] === 'fail' || check['status'] === 'error')) {
      warnings.push(`${shown(String(address))}: this check fails`);
    }
  }
  return warnings;
}
