import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { project } from '../support/bundle.ts';
import { readWorkflow, starts, workflowProblems } from '../support/woodpecker-schema.ts';
import type { Trigger } from '../support/woodpecker-schema.ts';

/** The pipelines of this repository itself. */

const FILES = readdirSync(`${project}.woodpecker`).sort();
const textOf = (file: string) => readFileSync(`${project}.woodpecker/${file}`, 'utf8');

interface Step {
  readonly name: string;
  readonly commands?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}
const stepsOf = (file: string) => (parse(textOf(file)) as { steps: Step[] }).steps;

describe.each(FILES)('.woodpecker/%s', (file) => {
  it('keeps to the schema of Woodpecker', () => {
    expect(workflowProblems(textOf(file), 'any')).toEqual([]);
  });

  it('runs commands there are', () => {
    const { scripts } = JSON.parse(readFileSync(`${project}package.json`, 'utf8')) as { scripts: Record<string, string> };
    for (const command of stepsOf(file).flatMap(({ commands = [] }) => commands)) {
      const script = /^npm run (\S+)$/.exec(command)?.[1];
      const path = /^(?:node )?(\.ci\/\S+)$/.exec(command)?.[1];
      expect(script === undefined ? existsSync(`${project}${path ?? command}`) : script in scripts, command).toBe(true);
    }
  });

  it('gets secrets by name only', () => {
    for (const { settings = {} } of stepsOf(file)) {
      for (const [name, value] of Object.entries(settings)) {
        if (/key|token|password|username/.test(name)) expect(value, name).toEqual({ from_secret: expect.stringMatching(/^[a-z_]+$/) });
      }
    }
  });
});

describe('what starts them', () => {
  const started = (trigger: Trigger) => FILES.filter((file) => starts(readWorkflow(textOf(file)), trigger));

  it('the tests run on a push to the main branch, on pull requests and on a tag', () => {
    expect(started({ event: 'push', branch: 'main', messages: ['Something'] })).toEqual(['test.yml']);
    expect(started({ event: 'push', branch: 'topic', messages: ['Something'] })).toEqual([]);
    expect(started({ event: 'pull_request', messages: ['Something'] })).toEqual(['test.yml']);
  });

  it('a release follows a tag and the tests that it starts', () => {
    expect(started({ event: 'tag' })).toEqual(['release.yml', 'test.yml']);
    expect(parse(textOf('release.yml'))).toMatchObject({ depends_on: ['test'] });
  });
});

describe('the release', () => {
  const step = (name: string) => stepsOf('release.yml').find((candidate) => candidate.name === name)?.settings ?? {};

  it('publishes every file that npm run release makes', () => {
    const made = [...readFileSync(`${project}.ci/release.mjs`, 'utf8').matchAll(/^\/\/ {3}([\w.-]+) {2,}\S/gm)].map(([, name]) => `dist/release/${name}`);
    expect(made).toHaveLength(3);
    expect(step('publish')['files']).toEqual(made);
    expect(existsSync(`${project}${String(step('publish')['note'])}`)).toBe(true);
  });

  it('builds the image for both platforms with arguments plugin.Dockerfile knows', () => {
    const dockerfile = readFileSync(`${project}${String(step('image')['dockerfile'])}`, 'utf8');
    expect(step('image')['platforms']).toBe('linux/amd64,linux/arm64');
    for (const argument of step('image')['build_args'] as string[]) expect(dockerfile).toMatch(new RegExp(`^ARG ${argument.split('=')[0]}=`, 'm'));
  });

  it('comes before its image and its files are seen', () => {
    expect(stepsOf('release.yml').map(({ name }) => name)).toEqual(['files', 'image', 'publish']);
  });
});
