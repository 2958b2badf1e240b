import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postMortem, raise, raising, seedHomelab } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { git } from '../support/stage.ts';

/** Every hook git 2.39 knows that one of our commands could reach. */
const HOOKS = [
  ...['applypatch-msg', 'commit-msg', 'fsmonitor-watchman', 'post-applypatch', 'post-checkout', 'post-commit', 'post-index-change', 'post-merge', 'post-rewrite'],
  ...['pre-applypatch', 'pre-auto-gc', 'pre-commit', 'pre-merge-commit', 'prepare-commit-msg', 'pre-push', 'pre-rebase', 'reference-transaction'],
];

/**
 * What a repository can bring along that makes git run a program: in its files, and in the configuration and hooks of the workspace (not
 * core.sshCommand, credential helpers or configured filters, which are the user's own and wanted). What it can do to Claude Code is shown
 * in claude-run.
 */
describe('a hostile repository', () => {
  const rows = [raise('web', 3), raise('mail', 2)];
  const scenario = new Scenario({ 'x.md': postMortem('2026-01-10', 'Web down', rows) }, [raising('web', 3), raising('mail', 2)], 'stand-in', seed);
  const { stage } = scenario;
  const canary = (name: string) => `touch ${stage.dir}/ran-${name}`;
  let run: Run;

  beforeAll(async () => {
    const folder = join(stage.workspace, '.git');
    for (const below of ['hooks', 'other-hooks']) {
      mkdirSync(join(folder, below), { recursive: true });
      for (const hook of HOOKS) {
        writeFileSync(join(folder, below, hook), `#!/bin/sh\n${canary(`${below}-${hook}`)}\n`);
        chmodSync(join(folder, below, hook), 0o755);
      }
    }
    const configuration: Readonly<Record<string, string>> = {
      'core.hooksPath': join(folder, 'other-hooks'),
      'core.fsmonitor': `${canary('fsmonitor')}; false`,
      'core.pager': canary('pager'),
      'pager.log': canary('pager-log'),
      'core.editor': canary('editor'),
      'sequence.editor': canary('sequence-editor'),
      'diff.external': canary('diff'),
      'diff.evil.command': canary('diff-driver'),
      'diff.evil.textconv': canary('textconv'),
      'commit.gpgSign': 'true',
      'push.gpgSign': 'if-asked',
      'gpg.program': `${stage.dir}/gpg`,
      'core.alternateRefsCommand': canary('alternates'),
      'trailer.post-mortem.command': canary('trailer'),
      'rebase.updateRefs': 'true',
      'submodule.recurse': 'true',
      'gc.auto': '1',
    };
    for (const [name, value] of Object.entries(configuration)) git(stage.workspace, 'config', name, value);
    writeFileSync(join(stage.dir, 'gpg'), `#!/bin/sh\n${canary('gpg')}\n`, { mode: 0o755 });
    scenario.applyAll();
    // Somebody pushes between the fetch and the push, so that there is a rebase, too.
    const move = `[ -e ${stage.dir}/moved ] && exit 0
touch ${stage.dir}/moved
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
git update-ref refs/heads/main $(git -c user.name=Colleague -c user.email=c@example.com commit-tree 'main^{tree}' -p main -m Moved)
exit 1`;
    writeFileSync(join(stage.remote, 'hooks/pre-receive'), `#!/bin/sh\n${move}\n`, { mode: 0o755 });
    run = await scenario.run({ log_level: 'debug' });
  }, 120_000);
  afterAll(() => scenario.remove());

  test('is worked on like any other', () => {
    expect(run.outcomes, run.output).toEqual(Object.fromEntries(rows.map(({ action }) => [action, 'done'])));
    expect(run.code, run.output).toBe(0);
    expect(scenario.subjects()[0], 'the branch has moved meanwhile').toBe('Moved');
    expect(['web', 'mail'].map((name) => scenario.replicas(name))).toEqual(['3', '2']);
    expect(stage.git('diff', '--numstat', 'main~3', 'main', '--', 'stacks').trim().split('\n')).toEqual(['1\t1\tstacks/mail/main.tf', '1\t1\tstacks/web/main.tf']);
  });

  test('runs nothing', () => {
    expect(execFileSync('find', [stage.dir, '-name', 'ran-*'], { encoding: 'utf8' })).toBe('');
  });

  test('leads nobody out of it: a link is not read as a post-mortem', () => {
    expect(run.report?.problems.map(({ file, message }) => `${file}: ${message}`)).toEqual(['docs/post-mortems/passwd.md: it is a symbolic link, which is not followed']);
  });

  test('keeps its files as they were', () => {
    expect(stage.git('diff', '--name-only', 'main~3', 'main').trim().split('\n')).toEqual(['docs/post-mortems/x.md', 'stacks/mail/main.tf', 'stacks/web/main.tf']);
    expect(stage.git('ls-tree', '-r', 'main').match(/^(?:120000|160000) \w+ \w+\t.*$/gm)?.map((line) => line.replace(/ \w+\t/, ' '))).toEqual([
      '120000 blob docs/post-mortems/passwd.md',
      '120000 blob stacks/dns/out',
      '120000 blob up',
      '160000 commit vendor/module',
    ]);
  });
});

function seed(folder: string, postMortems: Readonly<Record<string, string>>): void {
  seedHomelab(folder, postMortems);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('.gitattributes', '* filter=nowhere diff=evil merge=nowhere ident export-subst\n*.md text eol=crlf\n');
  put('.gitmodules', '[submodule "vendor/module"]\n\tpath = vendor/module\n\turl = ext::sh -c "touch ran-submodule"\n');
  put('--output=ran-flag', 'x\n');
  put('stacks/web/-x', 'x\n');
  // A folder that git takes for a bare repository when it is started in there.
  put('stacks/web/bare/config', '[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = touch ran-bare; false\n');
  put('stacks/web/bare/HEAD', 'ref: refs/heads/main\n');
  put('stacks/web/bare/objects/keep', '');
  put('stacks/web/bare/refs/keep', '');
  symlinkSync('/etc', join(folder, 'stacks/dns/out'));
  symlinkSync('..', join(folder, 'up'));
  symlinkSync('/etc/passwd', join(folder, 'docs/post-mortems/passwd.md'));
  mkdirSync(join(folder, 'vendor/module'), { recursive: true });
  git(folder, 'update-index', '--add', '--cacheinfo', '160000,0123456789012345678901234567890123456789,vendor/module');
}
