import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KIT } from '../../src/kit/files.ts';
import { readStamp, stamped } from '../../src/kit/stamp.ts';
import { plugin } from '../support/plugin-process.ts';
import { bundle, project } from '../support/bundle.ts';
import { issueFormProblems } from '../support/issue-forms.ts';
import { emptyFolder, put, repository } from '../support/repositories.ts';
import { git } from '../support/stage.ts';
import { readWorkflow, workflowProblems } from '../support/woodpecker-schema.ts';

const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
/** Everything git sees in a repository: path and text. */
const contents = (folder: string) =>
  Object.fromEntries(
    git(folder, 'ls-files', '--others', '--cached', '--exclude-standard', '-z')
      .split('\0')
      .filter((path) => path !== '')
      .map((path) => [path, read(folder, path)]),
  );
const PIPELINE = '.woodpecker/postmortem-todos.yml';

describe('init in an empty repository', () => {
  it('writes the kit for GitHub, valid and filled in, and names three steps', async () => {
    const folder = repository({ remote: 'git@github.com:acme/homelab.git' });
    const { code, stdout } = await plugin(folder, ['init']);
    expect(code).toBe(0);
    const files = contents(folder);
    expect(Object.keys(files)).toContain('.claude/skills/post-mortem/SKILL.md');
    expect(Object.keys(files).some((path) => path.startsWith('.gitlab/'))).toBe(false);
    for (const [path, text] of Object.entries(files)) {
      expect(text, path).not.toMatch(/(?<!\$)\{\{/);
      expect(readStamp(text), path).toMatchObject({ isUnchanged: true });
      if (path.startsWith('.woodpecker/')) expect(workflowProblems(text)).toEqual([]);
      if (/ISSUE_TEMPLATE\/(?!config)/.test(path)) expect(issueFormProblems(text)).toEqual([]);
    }
    expect(files['.github/ISSUE_TEMPLATE/config.yml']).toContain(
      'https://github.com/acme/homelab/blob/main/docs/incident-response.md',
    );
    expect(stdout).toContain('acme/homelab (https://github.com/acme/homelab)');
    expect([...stdout.matchAll(/^ {2}([123])\. /gm)].map(([, n]) => n)).toEqual(['1', '2', '3']);
  });

  it('leaves a repository that a dry run understands', async () => {
    const folder = repository();
    await plugin(folder, ['init']);
    const { code, stdout } = await plugin(folder, ['--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('nothing to do');
    expect(stdout).not.toMatch(/error/i);
  });

  it('changes nothing the second time, and a check agrees', async () => {
    const folder = repository({ remote: 'git@git.example.com:acme/homelab.git', files: { 'stacks/dns/main.tf': '' } });
    await plugin(folder, ['init']);
    const first = contents(folder);
    const { stdout } = await plugin(folder, ['init']);
    expect(contents(folder)).toEqual(first);
    expect(stdout).not.toMatch(/^ {2}(?:written|updated|kept)/m);
    expect((await plugin(folder, ['init', '--check'])).code).toBe(0);
  });

  it('asks nothing: standard input may be anything', async () => {
    const folder = repository();
    const output = execFileSync('sh', ['-c', `yes no | "$0" "$1" init`, process.execPath, bundle], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(output).toContain('Next:');
  });
});

describe('init on each forge', () => {
  it('knows Forgejo: forms, and links of its form', async () => {
    const folder = repository({ remote: 'https://codeberg.org/acme/homelab.git', branch: 'trunk' });
    const { stdout } = await plugin(folder, ['init']);
    expect(stdout).toMatch(/forge +forgejo/);
    expect(read(folder, '.github/ISSUE_TEMPLATE/config.yml')).toContain(
      'https://codeberg.org/acme/homelab/src/branch/trunk/docs/incident-response.md',
    );
    expect(read(folder, '.claude/skills/post-mortem/SKILL.md')).toContain('git push origin HEAD~1:trunk');
  });

  it('knows GitLab: Markdown templates, and no forms that nobody would read', async () => {
    const folder = repository({ remote: 'git@gitlab.com:acme/infra/homelab.git' });
    await plugin(folder, ['init']);
    expect(existsSync(join(folder, '.github'))).toBe(false);
    expect(read(folder, '.gitlab/issue_templates/outage-report.md')).toContain(
      'https://gitlab.com/acme/infra/homelab/-/blob/main/docs/incident-response.md',
    );
    expect(read(folder, 'docs/incident-response.md')).toContain('https://gitlab.com/acme/infra/homelab/-/issues/new');
  });

  it('says what it does not know: no remote, a host of any name, no repository at all', async () => {
    const lonely = await plugin(repository(), ['init']);
    expect(lonely.stdout).toContain("no remote that is a forge's; look for https://git.example.com/example/infra");
    expect((await plugin(repository({ remote: 'git@git.lan:a/b.git' }), ['init'])).stdout).toMatch(
      /forge +not known from the address/,
    );
    const none = await plugin(emptyFolder(), ['init']);
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('this folder is no git repository') });
  });
});

describe('init in a repository with things of its own', () => {
  it('leaves a .claude of its own alone, and says what differs and how to see it', async () => {
    const own = {
      '.claude/settings.json': '{"model":"opus"}\n',
      '.claude/agents/reviewer.md': '---\nname: reviewer\ndescription: d\n---\nReview.\n',
      '.claude/skills/post-mortem/SKILL.md': '---\nname: post-mortem\ndescription: ours\n---\n\nOur own way.\n',
      'CLAUDE.md': '# Ours\n',
    };
    const folder = repository({ remote: 'git@github.com:acme/homelab.git', files: own });
    const { code, stdout } = await plugin(folder, ['init']);
    expect(code).toBe(0);
    expect(contents(folder)).toMatchObject(own);
    expect(stdout).toMatch(
      /kept +\.claude\/skills\/post-mortem\/SKILL\.md +not of the kit: lines 3-6 here, lines 3-\d+ in the kit/,
    );
    const [hint = ''] = /^ +postmortem-plugin init --show .*$/m.exec(stdout) ?? [];
    const program = `"${process.execPath}" "${bundle}"`;
    const difference = execFileSync('sh', ['-c', `${hint.trim().replace('postmortem-plugin', program)}; true`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(difference).toContain('< Our own way.');
    expect(difference).toContain('> ## 5. Commit, and push it by itself');
    expect(existsSync(join(folder, '.claude/agents/postmortem-todo-resolver.md'))).toBe(true);
  });

  it('fills in its stacks, its wrapper and the backend of its agents', async () => {
    const folder = repository({
      remote: 'git@github.com:acme/homelab.git',
      files: {
        'live/prod/dns/main.tf': '',
        'live/prod/web/main.tf': '',
        'scripts/tg': '#!/bin/sh\n',
        '.woodpecker/apply.yml': 'when:\n  - event: push\nlabels:\n  backend: docker\nsteps:\n  - name: a\n    image: b\n',
      },
    });
    const { stdout } = await plugin(folder, ['init']);
    const [step] = readWorkflow(read(folder, PIPELINE)).steps;
    expect(step?.settings).toMatchObject({
      stacks: 'live/prod/*',
      plan_command: '{root}/scripts/tg plan -input=false -no-color -out={plan}',
      ssh_key: { from_secret: 'devvm_ssh_key' },
      workspace: '~/code/homelab',
    });
    expect(stdout).toContain('Also started by the push of a post-mortem: .woodpecker/apply.yml');
    expect((await plugin(folder, ['init'])).stdout).toMatch(/current +\.woodpecker\/postmortem-todos\.yml/);
  });

  it('takes the backend it is told, and keeps to it', async () => {
    const folder = repository();
    await plugin(folder, ['init', '--backend', 'local']);
    expect(readWorkflow(read(folder, PIPELINE)).steps[0]).toMatchObject({
      image: 'postmortem-plugin',
      settings: { runner: 'local' },
    });
    expect((await plugin(folder, ['init', '--check'])).code).toBe(0);
  });
});

describe('a kit that is there already', () => {
  it('is brought up to date where nobody changed it, and checked before', async () => {
    const folder = repository();
    await plugin(folder, ['init']);
    const path = '.claude/skills/cluster-health/SKILL.md';
    const { stamp, text } = readStamp(read(folder, path));
    const old = text.replace('Find out how', 'Look how');
    put(folder, { [path]: stamped(path, old, '0.0.9') });
    const check = await plugin(folder, ['init', '--check']);
    expect(check).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/older +\.claude\/skills\/cluster-health\/SKILL\.md +from kit 0\.0\.9, not changed since/),
    });
    expect(readStamp(read(folder, path)).text).toBe(old);
    expect((await plugin(folder, ['init'])).stdout).toMatch(/updated +\.claude\/skills\/cluster-health\/SKILL\.md/);
    expect(readStamp(read(folder, path))).toMatchObject({ stamp, text });
  });

  it('keeps what a person changed, forever, and lets the check pass', async () => {
    const folder = repository();
    await plugin(folder, ['init']);
    const mine = read(folder, PIPELINE).replace('https://vault.example.com:8200', 'https://vault.lan:8200');
    writeFileSync(join(folder, PIPELINE), mine);
    const { stdout } = await plugin(folder, ['init']);
    expect(read(folder, PIPELINE)).toBe(mine);
    expect(stdout).toMatch(
      /kept +\.woodpecker\/postmortem-todos\.yml +changed since kit \d+\.\d+\.\d+: line \d+ here, line \d+ in the kit/,
    );
    expect((await plugin(folder, ['init', '--check'])).code).toBe(0);
  });

  it('is missing what was deleted', async () => {
    const folder = repository();
    expect(await plugin(folder, ['init', '--check'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/missing +docs\/incident-response\.md/),
    });
    expect(contents(folder)).toEqual({});
  });

  it('is recognised when it was copied by hand', async () => {
    const folder = repository();
    cpSync(`${project}examples/.claude`, join(folder, '.claude'), { recursive: true });
    const { stdout } = await plugin(folder, ['init']);
    expect(stdout).toMatch(/updated +\.claude\/skills\/post-mortem\/SKILL\.md +a copy made by hand/);
    expect(read(folder, '.claude/skills/post-mortem/SKILL.md')).not.toContain('{{branch}}');
  });
});

describe('init where it cannot write, or should not', () => {
  it('says which user it is and how to run it as another', async () => {
    const folder = repository();
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    // As root, permissions say nothing: then it runs as a user like the image's.
    const { code, stdout } = await plugin(folder, ['init'], process.getuid?.() === 0 ? { uid: 65_532 } : {});
    expect(code).toBe(1);
    expect(stdout).toMatch(/error: \.claude\/skills\/post-mortem\/SKILL\.md cannot be written: EACCES/);
    expect(stdout).toContain('docker run --user "$(id -u):$(id -g)"');
    expect(contents(folder)).toEqual({});
  });

  it('does not follow a link out of the repository', async () => {
    const folder = repository();
    const outside = emptyFolder();
    symlinkSync(outside, join(folder, '.claude'));
    const { code, stdout } = await plugin(folder, ['init']);
    expect(code).toBe(1);
    expect(stdout).toContain('would be written outside the repository');
    expect(existsSync(join(outside, 'skills'))).toBe(false);
  });

  it('does not replace a folder or write below a file', async () => {
    const folder = repository();
    mkdirSync(join(folder, PIPELINE), { recursive: true });
    expect(await plugin(folder, ['init'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${PIPELINE} is no regular file`),
    });
    const other = repository({ files: { docs: 'a file' } });
    expect(await plugin(other, ['init'])).toMatchObject({ code: 1, stdout: expect.stringContaining('docs is no folder') });
  });

  it('insists on the root of the repository', async () => {
    const folder = repository({ files: { 'stacks/dns/main.tf': '' } });
    expect(await plugin(join(folder, 'stacks'), ['init'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`Run it in ${folder}`),
    });
  });

  it('knows its files when one is to be shown', async () => {
    const { code, stdout } = await plugin(repository(), ['init', '--show', 'no/such.yml']);
    expect(code).toBe(1);
    for (const { path } of KIT.filter((file) => file.forges === undefined)) expect(stdout).toContain(path);
  });
});
