import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Redactor } from '../../src/log.ts';
import { SETTING_NAMES } from '../../src/settings/schema.ts';
import { readSettings, variableOf } from '../../src/settings/settings.ts';
import { project } from '../support/bundle.ts';
import { codeBlocks } from '../support/documents.ts';
import { workflowProblems } from '../support/woodpecker-schema.ts';

interface Step {
  readonly image: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

const EXAMPLES = ['docs.md', 'README.md'].flatMap((document) =>
  codeBlocks(readFileSync(`${project}${document}`, 'utf8'))
    .filter(({ language }) => language === 'yaml')
    .map(({ text }, index) => ({ title: `${document}, example ${index + 1}`, text })),
);

/** As Woodpecker passes settings: https://woodpecker-ci.org/docs/usage/plugins/creating-plugins#settings */
function environmentOf(settings: Step['settings']): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [variableOf(name), passed(value)]));
}

function passed(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('from_secret' in value) return 'the value of a secret';
  return Array.isArray(value) && value.every((entry) => typeof entry !== 'object') ? value.join(',') : JSON.stringify(value);
}

/** A host and a key, which an example about something else leaves out. */
const REST = { ssh_host: 'dev-vm.example.com', ssh_username: 'postmortem', ssh_key: 'the value of a secret' };

/** The workflows a matrix makes of an example, by putting its values into the text. https://woodpecker-ci.org/docs/usage/matrix-workflows */
function workflowsOf(text: string): string[] {
  const { matrix = {} } = parse(text) as { matrix?: Readonly<Record<string, readonly string[]>> };
  return Object.entries(matrix).reduce((texts, [name, values]) => texts.flatMap((each) => values.map((value) => each.replaceAll(`\${${name}}`, value))), [text]);
}

describe.each(EXAMPLES)('$title', ({ text }) => {
  const steps = workflowsOf(text).flatMap((workflow) => (parse(workflow) as { steps: Step[] }).steps);

  it('names settings there are, with values they take', () => {
    for (const { settings } of steps) {
      expect(SETTING_NAMES).toEqual(expect.arrayContaining(Object.keys(settings)));
      expect(() => readSettings(environmentOf({ ...REST, ...settings }), new Redactor())).not.toThrow();
    }
  });

  it('keeps to the schema of Woodpecker', () => {
    // What is left out where an example is about something else.
    const whole = (part: string) => (/^when:/m.test(part) ? part : `when:\n  - event: push\n${part}`);
    for (const part of workflowsOf(text)) expect(workflowProblems(whole(part))).toEqual([]);
  });

  it("has steps as a plugin's are: an image and settings, no commands and no environment", () => {
    for (const step of steps) {
      expect(step.image).toMatch(/^(?:infra\/)?postmortem-plugin$/);
      expect(Object.keys(step)).toEqual(expect.not.arrayContaining(['commands', 'entrypoint', 'environment']));
    }
  });
});

it('there are examples', () => {
  expect(EXAMPLES.length).toBeGreaterThan(5);
});

it('the matrix of docs.md runs every shard, each next to the others and after its own predecessor', () => {
  const example = EXAMPLES.find(({ text }) => text.includes('matrix:'))?.text ?? '';
  const workflows = workflowsOf(example).map((text) => parse(text) as { steps: Step[]; concurrency: { limit: number; group: string } });
  const shards = workflows.map(({ steps }) => readSettings(environmentOf({ ...REST, ...steps[0]?.settings }), new Redactor()).shard);
  expect(shards).toEqual(workflows.map((_, i) => ({ index: i + 1, count: workflows.length })));
  expect(new Set(workflows.map(({ concurrency }) => concurrency.group)).size).toBe(workflows.length);
  expect(workflows.every(({ concurrency }) => concurrency.limit === 1)).toBe(true);
});

it('plain Terraform needs in the README the three lines that the plugin names when its defaults do not run', () => {
  const lines = EXAMPLES.map(({ text }) => parse(text) as { steps: Step[] })
    .flatMap(({ steps }) => steps.map(({ settings }) => settings))
    .filter((settings) => 'plan_command' in settings)
    .map((settings) => ['plan_command', 'show_command', 'apply_command'].map((name) => `${name}: ${String(settings[name])}`).join(', '));
  const terraform = readFileSync(`${project}src/run/terraform.ts`, 'utf8');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(terraform).toContain(line);
});
