import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFacts } from '../../src/kit/facts.ts';
import { readGitFolder } from '../../src/kit/git-folder.ts';
import { addressesOf, forgeOfHost, readRemote } from '../../src/kit/remote.ts';
import { commandsFor, findTerraform } from '../../src/kit/terraform.ts';
import { emptyFolder, put, repository } from '../support/repositories.ts';
import { git } from '../support/stage.ts';

describe('the address of a remote', () => {
  it.each([
    ['git@github.com:acme/homelab.git', 'acme/homelab', 'https://github.com/acme/homelab'],
    ['https://github.com/acme/homelab', 'acme/homelab', 'https://github.com/acme/homelab'],
    [
      'https://oauth2:glpat-secretsecret@gitlab.com/acme/infra/homelab.git',
      'acme/infra/homelab',
      'https://gitlab.com/acme/infra/homelab',
    ],
    ['ssh://git@git.example.com:2222/acme/homelab.git', 'acme/homelab', 'https://git.example.com/acme/homelab'],
    ['ssh://git@ssh.github.com:443/acme/homelab.git', 'acme/homelab', 'https://github.com/acme/homelab'],
    ['http://git.lan:3000/acme/homelab.git/', 'acme/homelab', 'http://git.lan:3000/acme/homelab'],
    ['forgejo@forgejo.example.com:acme/home.lab.git', 'acme/home.lab', 'https://forgejo.example.com/acme/home.lab'],
  ])('%s is %s', (address, name, url) => {
    expect(readRemote(address)).toMatchObject({ repository: name, url });
  });

  it.each([
    '/srv/git/homelab.git',
    'file:///srv/git/homelab.git',
    '../homelab',
    'git@example.com:homelab',
    'git@example.com:a/$(id)',
    'https://x/a/"b"',
    'git@h:a/../b',
    '',
  ])('%s is none of a forge', (address) => {
    expect(readRemote(address)).toBeNull();
  });

  it('tells the forge by the name of the host', () => {
    const hosts = [
      'github.com',
      'github.acme.com',
      'gitlab.com',
      'gitlab.acme.com',
      'codeberg.org',
      'forgejo.acme.com',
      'gitea.acme.com',
      'bitbucket.org',
      'git.acme.com',
    ];
    expect(hosts.map(forgeOfHost)).toEqual([
      'github',
      'github',
      'gitlab',
      'gitlab',
      'forgejo',
      'forgejo',
      'gitea',
      'bitbucket',
      null,
    ]);
  });

  it('leads to files and issues as each forge has them', () => {
    expect(addressesOf('https://github.com/a/b', 'github', 'main')).toMatchObject({
      files: 'https://github.com/a/b/blob/main',
      newIssue: 'https://github.com/a/b/issues/new/choose',
    });
    expect(addressesOf('https://gitlab.com/a/b', 'gitlab', 'main')).toMatchObject({
      files: 'https://gitlab.com/a/b/-/blob/main',
      issues: 'https://gitlab.com/a/b/-/issues',
    });
    expect(addressesOf('https://codeberg.org/a/b', 'forgejo', 'main')).toMatchObject({
      files: 'https://codeberg.org/a/b/src/branch/main',
    });
    expect(addressesOf('https://git.example.com/a/b', null, 'main')).toMatchObject({
      files: 'https://git.example.com/a/b/src/branch/main',
    });
  });
});

describe("git's own files", () => {
  it('name the remote and the branch of a new repository', () => {
    expect(readGitFolder(repository({ remote: 'git@github.com:a/b.git', branch: 'trunk' }))).toEqual({
      remote: 'git@github.com:a/b.git',
      branch: 'trunk',
    });
    expect(readGitFolder(repository())).toEqual({ remote: null, branch: 'main' });
    expect(readGitFolder(emptyFolder())).toBeNull();
  });

  it("name the remote's default branch, whatever is checked out, also in a worktree and packed", () => {
    const upstream = repository({ branch: 'stable', files: { a: 'a' } });
    git(upstream, 'add', '-A');
    git(upstream, 'commit', '-q', '-m', 'a');
    const folder = emptyFolder();
    git(folder, 'clone', '-q', upstream, join(folder, 'clone'));
    const clone = join(folder, 'clone');
    git(clone, 'switch', '-q', '-c', 'a-feature');
    expect(readGitFolder(clone)?.branch).toBe('stable');
    git(clone, 'worktree', 'add', '-q', '--detach', join(folder, 'worktree'));
    expect(readGitFolder(join(folder, 'worktree'))).toMatchObject({ remote: upstream, branch: 'stable' });
    git(clone, 'remote', 'set-head', 'origin', '--delete');
    git(clone, 'branch', 'main');
    git(clone, 'pack-refs', '--all');
    expect(readGitFolder(clone)?.branch).toBe('main');
  });

  it('are read with other remotes, comments and quotes in them', () => {
    const folder = repository();
    writeFileSync(
      join(folder, '.git/config'),
      '[core]\n\turl = not-this\n[remote "backup"]\n\turl = git@example.com:b/b.git\n; a comment\n[remote "origin"] # ours\n\turl = "git@example.com:o/o.git"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n',
    );
    expect(readGitFolder(folder)?.remote).toBe('git@example.com:o/o.git');
  });
});

describe('the stacks of a repository', () => {
  it('are the folders with Terraform, not their modules', () => {
    const folder = emptyFolder();
    put(folder, {
      'stacks/dns/main.tf': '',
      'stacks/dns/records/main.tf': '',
      'stacks/web/main.tf': '',
      'modules/vm/main.tf': '',
      '.terraform/x/main.tf': '',
      'docs/a.md': '',
    });
    expect(findTerraform(folder)).toEqual({ stacks: ['stacks/*'], wrapper: null, program: 'terraform' });
  });

  it('may lie elsewhere, and at the top', () => {
    const folder = emptyFolder();
    put(folder, {
      'live/prod/dns/terragrunt.hcl': '',
      'live/stage/dns/terragrunt.hcl': '',
      'live/terragrunt.hcl': '',
      'network/main.tofu': '',
      'main.tf': '',
    });
    expect(findTerraform(folder)).toEqual({
      stacks: ['live/prod/*', 'live/stage/*', 'network'],
      wrapper: null,
      program: 'terragrunt',
    });
  });

  it('with odd names are left for people to add', () => {
    const folder = emptyFolder();
    put(folder, { 'stacks, and more/a/main.tf': '', '"x"/main.tf': '', '$(id)/main.tf': '' });
    expect(findTerraform(folder).stacks).toEqual([]);
  });

  it('are planned by the wrapper where there is one that can be run', () => {
    const folder = emptyFolder();
    put(folder, { 'scripts/tg': '#!/bin/sh\n', tg: 'no program' });
    const facts = findTerraform(folder);
    expect(commandsFor(facts)).toEqual({
      plan: '{root}/scripts/tg plan -input=false -no-color -out={plan}',
      show: '{root}/scripts/tg show -json {plan}',
      apply: '{root}/scripts/tg apply --non-interactive',
    });
    expect(commandsFor({ ...facts, wrapper: null })).toMatchObject({
      plan: expect.stringMatching(/^terraform init .* && terraform plan /),
      apply: expect.stringMatching(/\{plan\}$/),
    });
    expect(commandsFor({ ...facts, wrapper: null, program: 'terragrunt' }).plan).toMatch(/^terragrunt plan /);
  });
});

describe('the facts of a repository', () => {
  const none = new Set<string>();

  it('name the forge by its files where the host does not tell, but never by what the kit writes itself', () => {
    const remote = 'git@git.example.com:a/b.git';
    expect(findFacts(repository({ remote, files: { '.forgejo/workflows/a.yml': '' } }), none).forge).toBe('forgejo');
    expect(findFacts(repository({ remote, files: { '.gitlab-ci.yml': '' } }), none).forge).toBe('gitlab');
    expect(findFacts(repository({ remote, files: { '.github/ISSUE_TEMPLATE/config.yml': '' } }), none).forge).toBeNull();
  });

  it("name the backend of Woodpecker's agents where a pipeline says it, the kit's own first", () => {
    const docker = 'labels:\n  backend: docker\nsteps: []\n';
    expect(findFacts(repository({ files: { '.woodpecker/a.yml': docker } }), none).backend).toBe('docker');
    expect(
      findFacts(
        repository({
          files: { '.woodpecker/a.yml': docker, '.woodpecker/postmortem-todos.yml': 'labels:\n  backend: "local"\n' },
        }),
        none,
      ).backend,
    ).toBe('local');
    expect(
      findFacts(
        repository({
          files: { '.woodpecker.yml': 'steps:\n  - image: a\n    backend_options:\n      kubernetes:\n        x: y\n' },
        }),
        none,
      ).backend,
    ).toBe('kubernetes');
    expect(findFacts(repository({ files: { '.woodpecker/a.yml': '# backend: docker\n' } }), none).backend).toBeNull();
  });

  it('name the other pipelines that a push of a post-mortem starts', () => {
    const files = {
      '.woodpecker/apply.yml': 'when:\n  - event: push\nsteps: []\n',
      '.woodpecker/always.yml': 'steps: []\n',
      '.woodpecker/docs.yml': 'when:\n  - event: push\n    path: docs/**\n',
      '.woodpecker/nightly.yml': 'when:\n  - event: cron\n',
      '.woodpecker/ours.yml': 'when:\n  - event: push\n',
    };
    expect(findFacts(repository({ files }), new Set(['.woodpecker/ours.yml'])).pushPipelines).toEqual([
      '.woodpecker/always.yml',
      '.woodpecker/apply.yml',
    ]);
  });

  it('leave out a branch whose name would mean something in YAML or a shell', () => {
    const folder = repository();
    writeFileSync(join(folder, '.git/HEAD'), 'ref: refs/heads/$(id)\n');
    expect(findFacts(folder, none).branch).toBeNull();
  });
});
