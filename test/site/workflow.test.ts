import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Redactor } from '../../src/log.ts';
import { readCommandLine } from '../../src/settings/command-line.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { project } from '../support/bundle.ts';

interface Workflow {
  readonly on: { readonly push: { readonly paths: readonly string[] }; readonly schedule: readonly { readonly cron: string }[] };
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: { readonly deploy: { readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: { readonly path?: string } }[] } };
}

const workflow = parse(readFileSync(`${project}examples/.github/workflows/deploy-post-mortems.yml`, 'utf8')) as Workflow;
const { steps } = workflow.jobs.deploy;

test('the workflow for GitHub Pages builds the site with settings the plugin takes, and publishes the folder it is built into', () => {
  const run = steps.find((step) => step.run !== undefined)?.run ?? '';
  const words = run.slice(run.indexOf('infra/postmortem-plugin:latest')).split(/\s+/).slice(1);
  const values = words.map((word) => word.replace('"$BRANCH"', 'main').replace('"$SITE_URL"', 'https://acme.github.io/infra'));
  const settings = readSettings(readCommandLine(values), new Redactor());
  expect(settings).toMatchObject({ action: 'site', branch: 'main', site_url: 'https://acme.github.io/infra' });
  expect(steps.find(({ uses }) => uses?.startsWith('actions/upload-pages-artifact@'))?.with?.path).toBe(settings.site_dir);
});

test('no expression of the workflow is pasted into a shell', () => {
  for (const { run } of steps) expect(run ?? '').not.toContain('${{');
});

test('it can write pages and nothing else, and runs daily besides', () => {
  expect(workflow.permissions).toEqual({ contents: 'read', pages: 'write', 'id-token': 'write' });
  expect(workflow.on.push.paths).toContain('docs/post-mortems/**');
  expect(workflow.on.schedule).toHaveLength(1);
});
