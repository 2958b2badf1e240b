/**
 * The part of Woodpecker's rules for workflow files that our pipelines touch, written down from
 *   pipeline/frontend/yaml/linter/schema/schema.json   what keys there are and what they hold
 *   pipeline/frontend/yaml/linter/linter.go            settings beside commands, bad habits
 *   pipeline/frontend/yaml/constraint/{constraint,path,skip}.go   what starts a workflow
 * of https://github.com/woodpecker-ci/woodpecker (3.14 to 3.17; `concurrency` from 3.16). Left out: services, clone, volumes, and of
 * `evaluate` everything but the comparisons used here.
 */
import picomatch from 'picomatch';
import { parse } from 'yaml';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Rule = (value: Json, path: string) => string[];

const EVENTS = [
  'push',
  'pull_request',
  'pull_request_closed',
  'pull_request_metadata',
  'tag',
  'deployment',
  'cron',
  'manual',
  'release',
];

const text: Rule = (value, path) => (typeof value === 'string' && value !== '' ? [] : [`${path}: must be text`]);
const flag: Rule = (value, path) => (typeof value === 'boolean' ? [] : [`${path}: must be true or false`]);
const scalar: Rule = (value, path) =>
  ['string', 'number', 'boolean'].includes(typeof value) ? [] : [`${path}: must be a scalar`];
const count: Rule = (value, path) =>
  Number.isInteger(value) && Number(value) > 0 ? [] : [`${path}: must be a positive whole number`];
const oneOf =
  (words: readonly string[]): Rule =>
  (value, path) =>
    typeof value === 'string' && words.includes(value)
      ? []
      : [`${path}: ${JSON.stringify(value)} is not one of ${words.join(', ')}`];
const list =
  (of: Rule): Rule =>
  (value, path) =>
    Array.isArray(value) && value.length > 0
      ? value.flatMap((entry: Json, i) => of(entry, `${path}[${i}]`))
      : [`${path}: must be a list that is not empty`];
const either =
  (...rules: readonly Rule[]): Rule =>
  (value, path) => {
    const all = rules.map((rule) => rule(value, path));
    return all.some((problems) => problems.length === 0) ? [] : (all.at(-1) ?? []);
  };
const map =
  (keys: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule =>
  (value, path) => {
    if (!isMap(value)) return [`${path}: must be a map`];
    const missing = required.filter((key) => !(key in value)).map((key) => `${path}.${key}: is missing`);
    return [
      ...missing,
      ...Object.entries(value).flatMap(
        ([key, entry]) => keys[key]?.(entry, `${path}.${key}`) ?? [`${path}.${key}: is not a key here`],
      ),
    ];
  };
const mapOf =
  (of: Rule): Rule =>
  (value, path) =>
    isMap(value) ? Object.entries(value).flatMap(([key, entry]) => of(entry, `${path}.${key}`)) : [`${path}: must be a map`];

const texts = either(list(text), text);
const constraint = either(texts, map({ include: texts, exclude: texts }));
const condition = {
  repo: constraint,
  branch: constraint,
  event: either(list(oneOf(EVENTS)), oneOf(EVENTS)),
  ref: text,
  cron: constraint,
  platform: constraint,
  instance: constraint,
  path: either(text, list(text), map({ include: list(text), exclude: list(text), ignore_message: text, on_empty: flag })),
  evaluate: text,
};
const workflowWhen = either(list(map(condition)), map(condition));
const stepCondition = {
  ...condition,
  status: either(list(oneOf(['success', 'failure'])), oneOf(['success', 'failure'])),
  matrix: mapOf(scalar),
};
const stepWhen = either(list(map(stepCondition)), map(stepCondition));

/** `from_secret` takes a name and nothing beside it; other settings are any YAML. */
const setting: Rule = (value, path) => {
  if (isMap(value) && 'from_secret' in value) return map({ from_secret: text })(value, path);
  if (value === null) return [`${path}: is empty, and then not passed at all`];
  if (Array.isArray(value)) return value.flatMap((entry: Json, i) => setting(entry, `${path}[${i}]`));
  return isMap(value) ? Object.entries(value).flatMap(([key, entry]) => setting(entry, `${path}.${key}`)) : [];
};

/** Of a plugin step: `commands`, `entrypoint` and `environment` are keys of other steps. */
const pluginStep = map(
  {
    name: text,
    image: text,
    pull: flag,
    privileged: flag,
    directory: text,
    settings: mapOf(setting),
    when: stepWhen,
    depends_on: texts,
    detach: flag,
    failure: oneOf(['fail', 'ignore']),
    backend_options: map({
      // Keys of the backend's own options (pipeline/backend/kubernetes/backend_options.go).
      kubernetes: map({
        serviceAccountName: text,
        resources: mapOf(mapOf(scalar)),
        runtimeClassName: text,
        nodeSelector: mapOf(scalar),
        tolerations: list(mapOf(scalar)),
        labels: mapOf(scalar),
        annotations: mapOf(scalar),
        securityContext: mapOf(() => []),
        secrets: list(mapOf(() => [])),
      }),
    }),
  },
  ['image'],
);

/** Of a step that runs commands: settings are a key of the others. */
const commandStep = map(
  {
    name: text,
    image: text,
    pull: flag,
    privileged: flag,
    directory: text,
    commands: texts,
    environment: mapOf(setting),
    when: stepWhen,
    // An empty list: it waits for no other step.
    depends_on: either(texts, (value, path) => (Array.isArray(value) && value.length === 0 ? [] : [`${path}: must be a list`])),
    failure: oneOf(['fail', 'ignore']),
  },
  ['image', 'commands'],
);
const anyStep: Rule = (value, path) => (isMap(value) && 'commands' in value ? commandStep : pluginStep)(value, path);

const workflowOf = (step: Rule) => map(
  {
    when: workflowWhen,
    steps: either(list(step)),
    labels: mapOf(scalar),
    depends_on: list(text),
    runs_on: list(text),
    skip_clone: flag,
    matrix: either(map({ include: list(mapOf(scalar)) }, ['include']), mapOf(list(scalar))),
    concurrency: either(count, map({ limit: count, group: text }, ['limit'])),
  },
  ['steps'],
);

/** What is read here of a valid workflow. */
export interface Workflow {
  readonly when: readonly Condition[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly name: string;
    readonly image: string;
    readonly settings: Readonly<Record<string, Json>>;
    readonly when?: readonly Condition[];
    readonly failure?: string;
    readonly backend_options?: { readonly kubernetes?: { readonly serviceAccountName?: string } };
  }[];
}

interface Condition {
  readonly event?: string | readonly string[];
  readonly branch?: string;
  readonly path?: string;
  readonly cron?: string;
  readonly evaluate?: string;
  readonly status?: readonly string[];
}

/** Woodpecker replaces variables in the text of the file, before it is read as YAML. */
export function readWorkflow(
  file: string,
  variables: Readonly<Record<string, string>> = { CI_REPO_DEFAULT_BRANCH: 'main' },
): Workflow {
  const substituted = file.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables[name] ?? '');
  return parse(substituted) as Workflow;
}

/**
 * What Woodpecker would say against a workflow file; empty when nothing.
 * @param kinds whether a step may also run commands; those of the kit and of the documents are all plugins
 */
export function workflowProblems(file: string, kinds: 'plugins' | 'any' = 'plugins'): string[] {
  const read = readWorkflow(file) as unknown as Json;
  const problems = workflowOf(kinds === 'any' ? anyStep : pluginStep)(read, 'workflow');
  if (problems.length > 0 || !isMap(read)) return problems;
  const steps = read['steps'] as readonly { readonly name?: string }[];
  const names = steps.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i).map((name) => `steps: two are called ${name}`);
  // The linter's bad habit: something that starts on every event there is or will be.
  const conditions = Array.isArray(read['when']) ? (read['when'] as readonly Json[]) : [read['when'] ?? null];
  const eventless = conditions.flatMap((entry, i) => (isMap(entry) && 'event' in entry ? [] : [`when[${i}]: has no event`]));
  return [...twice, ...eventless];
}

/** What may start a pipeline. */
export interface Trigger {
  readonly event: string;
  readonly branch?: string;
  /** Messages of the pushed commits, the oldest first. */
  readonly messages?: readonly string[];
  /** Which of them the forge's hook shows Woodpecker: GitHub and GitLab the last, Forgejo and Gitea the last or the first. */
  readonly shown?: 'first' | 'last';
  readonly files?: readonly string[];
  readonly cron?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

const SKIP = /\[(?:ci *skip|skip *ci)\]/i;

/** Whether a message keeps Woodpecker from starting anything: the rule of constraint/skip.go. */
export function skips(message: string): boolean {
  return SKIP.test(message);
}

/** Whether a workflow starts. */
export function starts({ when }: Pick<Workflow, 'when'>, trigger: Trigger): boolean {
  const message = messageOf(trigger);
  if ((trigger.event === 'push' || trigger.event.startsWith('pull_request')) && skips(message)) return false;
  return when.some((condition) => holds(condition, trigger));
}

/** Whether one condition is met: all its keys. A step's conditions are judged alike. */
export function holds({ event, branch, path, cron, evaluate }: Condition, trigger: Trigger): boolean {
  const events = typeof event === 'string' ? [event] : (event ?? EVENTS);
  const hasFiles = trigger.event === 'push' || trigger.event === 'pull_request';
  // Without known files a path condition holds (`on_empty`).
  const files = trigger.files ?? [];
  return (
    events.includes(trigger.event) &&
    (branch === undefined || branch === (trigger.branch ?? 'main')) &&
    (path === undefined || !hasFiles || files.length === 0 || files.some((file) => picomatch.isMatch(file, path))) &&
    (cron === undefined || trigger.event !== 'cron' || cron === trigger.cron) &&
    (evaluate === undefined || evaluates(evaluate, { ...trigger.variables, CI_COMMIT_MESSAGE: messageOf(trigger) }))
  );
}

function messageOf({ messages = [], shown }: Trigger): string {
  return (shown === 'first' ? messages[0] : messages.at(-1)) ?? '';
}

/** One comparison of the expression language; a variable that is not set is nil, and equal to no text. */
function evaluates(expression: string, variables: Readonly<Record<string, string>>): boolean {
  const [, name = '', operator, value = ''] = /^(\w+) (==|!=|startsWith) "([^"]*)"$/.exec(expression) ?? [];
  const given = variables[name];
  switch (operator) {
    case '==':
      return given === value;
    case '!=':
      return given !== value;
    case 'startsWith':
      return given?.startsWith(value) ?? false;
    default:
      throw new Error(`this fake does not know the expression ${expression}`);
  }
}

/**
 * Settings as the plugin gets them: PLUGIN_ variables, scalars as text, lists of scalars joined by commas, everything else as JSON, and
 * secrets by what `secrets` says.
 */
export function pluginVariables(
  settings: Readonly<Record<string, Json>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const plain = (value: Json): Json =>
    isMap(value) && typeof value['from_secret'] === 'string' ? (secrets[value['from_secret']] ?? '') : value;
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const given = plain(value);
      const isList = Array.isArray(given) && given.every((entry) => typeof entry !== 'object');
      const variable = isList ? given.join(',') : typeof given === 'object' ? JSON.stringify(given) : String(given);
      return [`PLUGIN_${name.toUpperCase()}`, variable];
    }),
  );
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
