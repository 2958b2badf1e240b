import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Facts } from '../../src/kit/facts.ts';
import { KIT, kitFor } from '../../src/kit/files.ts';
import { fill, placesFor } from '../../src/kit/fill.ts';
import { Redactor } from '../../src/log.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { project } from '../support/bundle.ts';
import { anchorsOf, linksOf } from '../support/documents.ts';
import { issueFormProblems } from '../support/issue-forms.ts';
import { pluginVariables, readWorkflow, workflowProblems } from '../support/woodpecker-schema.ts';

const facts: Facts = {
  isRepository: true,
  remote: { host: 'codeberg.org', repository: 'acme/homelab', url: 'https://codeberg.org/acme/homelab' },
  forge: 'forgejo',
  branch: 'main',
  terraform: { stacks: ['stacks/*', 'network'], wrapper: null, program: 'terraform' },
  backend: null,
  pushPipelines: [],
};

const filled = KIT.map(({ path, text, backends }) => ({
  path,
  backend: backends?.[0] ?? 'kubernetes',
  text: fill(text, placesFor(facts, backends?.[0] ?? 'kubernetes')),
}));
const pipelines = filled
  .filter(({ path }) => path.startsWith('.woodpecker/'))
  .map((file) => ({ ...file, name: `${file.path} (${file.backend})` }));

describe('the kit', () => {
  it('holds every file below the folders of examples/ that a user copies', () => {
    const folders = ['.claude', '.woodpecker', '.github', '.gitlab', 'backends/docker', 'backends/local', 'new-repository'];
    const texts = new Set(KIT.map(({ text }) => text));
    const forgotten = folders
      .flatMap((folder) => filesBelow(`examples/${folder}`))
      .filter((path) => !texts.has(readFileSync(project + path, 'utf8')));
    expect(forgotten).toEqual([]);
  });

  it('has each file once for any forge and backend', () => {
    for (const forge of ['github', 'gitlab', 'forgejo', 'gitea', 'bitbucket', null] as const) {
      for (const backend of ['kubernetes', 'docker', 'local'] as const) {
        const paths = kitFor(forge, backend).map(({ path }) => path);
        expect(new Set(paths).size).toBe(paths.length);
        expect(paths).toContain('.woodpecker/postmortem-todos.yml');
      }
    }
  });

  it('has no place that is not filled in', () => {
    for (const { text } of filled) expect(text).not.toMatch(/(?<!\$)\{\{/);
    expect(() => fill('{{nothing}}', placesFor(facts, 'docker'))).toThrow('{{nothing}}');
  });

  it('leads only to files and headings that it brings along', () => {
    const byPath = new Map(filled.map(({ path, text }) => [path, text]));
    const base = 'https://codeberg.org/acme/homelab/src/branch/main/';
    for (const { path, text } of filled.filter((file) => file.path.endsWith('.md') && !file.path.endsWith('template.md'))) {
      for (const link of linksOf(text)) {
        const target = link.startsWith(base)
          ? link.slice(base.length)
          : link.startsWith('http')
            ? null
            : posix.join(posix.dirname(path), link);
        if (target === null || target === 'docs/post-mortems') continue;
        const [file = '', anchor] = target.split('#');
        expect(byPath.has(file), `${path}: ${link}`).toBe(true);
        if (anchor !== undefined) expect(anchorsOf(byPath.get(file) ?? '')).toContain(anchor);
      }
    }
    const config = parse(byPath.get('.github/ISSUE_TEMPLATE/config.yml') ?? '') as { contact_links: readonly { url: string }[] };
    const [page = '', anchor = ''] = (config.contact_links[0]?.url ?? '').slice(base.length).split('#');
    expect(anchorsOf(byPath.get(page) ?? '')).toContain(anchor);
  });
});

describe.each(pipelines)('$name', ({ path, text, backend }) => {
  it('is valid for Woodpecker', () => {
    expect(workflowProblems(text)).toEqual([]);
  });

  it('has settings the plugin takes, all of its steps', () => {
    const secrets = { slack_webhook: 'T000/B000/xxxxxxxxxxxx', devvm_ssh_key: 'a key, as far as the settings care' };
    for (const { settings } of readWorkflow(text).steps) {
      const read = readSettings(pluginVariables(settings, secrets), new Redactor());
      expect(read.action).toBe(settings['action'] ?? 'implement');
    }
  });

  it('runs on agents with its backend, with an image that is there for it', () => {
    const { labels, steps } = readWorkflow(text);
    expect(labels).toEqual({ backend });
    for (const { image } of steps)
      expect(image).toBe(backend === 'local' ? 'postmortem-plugin' : 'infra/postmortem-plugin:latest');
  });

  if (path.endsWith('todos.yml')) {
    it('is told what was found out about the stacks', () => {
      const variables = pluginVariables(readWorkflow(text).steps[0]?.settings ?? {}, { devvm_ssh_key: 'key' });
      const settings = readSettings(variables, new Redactor());
      expect(settings).toMatchObject({
        stacks: ['stacks/*', 'network'],
        workspace: '~/code/homelab',
        runner: backend === 'local' ? 'local' : 'ssh',
      });
      expect(settings.plan_command).toContain('terraform init');
    });

    it('has a service account exactly where there are pods', () => {
      const account = readWorkflow(text).steps[0]?.backend_options?.kubernetes?.serviceAccountName;
      expect(account !== undefined).toBe(backend === 'kubernetes');
    });
  }
});

describe('the rules for pipelines', () => {
  it.each([
    [
      'commands beside settings',
      'when: { event: push }\nsteps:\n  - name: a\n    image: b\n    commands: [ls]\n',
      'steps[0].commands: is not a key here',
    ],
    ['environment', 'when: { event: push }\nsteps:\n  - name: a\n    image: b\n    environment: { A: b }\n', 'environment'],
    ['no image', 'when: { event: push }\nsteps:\n  - name: a\n    uses: b\n', 'image: is missing'],
    ['an unknown event', 'when: { event: merge }\nsteps:\n  - image: b\n', '"merge" is not one of'],
    ['no event', 'when: { path: docs/** }\nsteps:\n  - image: b\n', 'has no event'],
    [
      'a status for the whole workflow',
      'when: { event: push, status: [success] }\nsteps:\n  - image: b\n',
      'status: is not a key here',
    ],
    ['a secret of the old form', 'when: { event: push }\nsteps:\n  - image: b\n    secrets: [a]\n', 'secrets: is not a key here'],
    ['an empty setting', 'when: { event: push }\nsteps:\n  - image: b\n    settings:\n      a:\n', 'is empty'],
  ])('find %s', (_, text, problem) => {
    expect(workflowProblems(text).join('\n')).toContain(problem);
  });
});

describe('the issue forms', () => {
  const forms = filled.filter(({ path }) => path.startsWith('.github/ISSUE_TEMPLATE/') && !path.endsWith('config.yml'));

  it.each(forms)('$path is one', ({ text }) => {
    expect(issueFormProblems(text)).toEqual([]);
  });

  it('insist on what is broken, since when with the time zone, what is seen and what was expected', () => {
    const form = parse(textOf('.github/ISSUE_TEMPLATE/outage-report.yml')) as {
      body: readonly { attributes: { label?: string }; validations?: { required: boolean } }[];
    };
    const required = form.body.filter(({ validations }) => validations?.required).map(({ attributes }) => attributes.label);
    expect(required).toEqual([
      'What is broken?',
      'When did it start, with time zone?',
      'What do you see?',
      'What did you expect?',
    ]);
  });

  it.each(['outage-report', 'feature-request'])('ask the same on GitLab: %s', (name) => {
    const form = parse(textOf(`.github/ISSUE_TEMPLATE/${name}.yml`)) as {
      body: readonly { type: string; attributes: { label?: string } }[];
    };
    const questions = form.body.filter(({ type }) => type !== 'markdown').map(({ attributes }) => attributes.label);
    const headings = [...textOf(`.gitlab/issue_templates/${name}.md`).matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(questions);
  });

  it('cannot be walked around', () => {
    const config = parse(textOf('.github/ISSUE_TEMPLATE/config.yml')) as {
      blank_issues_enabled: boolean;
      contact_links: readonly Record<string, string>[];
    };
    expect(config.blank_issues_enabled).toBe(false);
    for (const link of config.contact_links) expect(Object.keys(link).sort()).toEqual(['about', 'name', 'url']);
  });

  it('find what is wrong with a form', () => {
    expect(issueFormProblems('name: a\ndescription: b\nbody:\n  - type: text\n')).toEqual(['body[0]: text is not a type']);
    expect(issueFormProblems('name: a\nbody: []\nabout: c\n')).toEqual([
      'about is not a key',
      'description is missing',
      'body is missing',
      'nothing can be filled in',
    ]);
  });
});

function textOf(path: string): string {
  return filled.find((file) => file.path === path)?.text ?? '';
}

function filesBelow(path: string): string[] {
  if (!existsSync(project + path)) return [];
  return statSync(project + path).isDirectory()
    ? readdirSync(project + path).flatMap((name) => filesBelow(`${path}/${name}`))
    : [path];
}
