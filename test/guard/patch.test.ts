import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileChange } from '../../src/guard/changes.ts';
import { checkPatch } from '../../src/guard/patch.ts';
import type { PatchLimits } from '../../src/guard/patch.ts';
import { DEFAULT_PROTECTED_PATHS, protectedMatcher } from '../../src/guard/paths.ts';

const LIMITS: PatchLimits = { protectedPaths: DEFAULT_PROTECTED_PATHS, maxFiles: 3, maxLines: 10 };

function change(path: string, ...lines: string[]): FileChange {
  const addedLines = lines.map((text, i) => ({ line: i + 1, text }));
  return {
    path,
    status: 'M',
    oldMode: '100644',
    newMode: '100644',
    binary: false,
    added: lines.length,
    deleted: 0,
    addedLines,
  };
}

const reasons = (...files: FileChange[]): string[] => checkPatch({ files, problems: [] }, LIMITS);

describe('the patch gate', () => {
  it('lets a small change of an ordinary file pass', () => {
    expect(reasons(change('stacks/web/main.tf', 'replicas = 2'))).toEqual([]);
  });

  it('refuses an empty patch', () => {
    expect(reasons()).toEqual(['the patch is empty: nothing was changed']);
  });

  it('passes at the limits and refuses above them, naming the setting', () => {
    const atLimit = ['a', 'b', 'c'].map((name) => change(name, '1', '2', '3'));
    expect(reasons(...atLimit)).toEqual([]);
    expect(reasons(...atLimit, change('d'))).toEqual(['the patch changes 4 files, more than max_changed_files (3)']);
    expect(reasons({ ...change('a'), added: 6, deleted: 5 })).toEqual([
      'the patch changes 11 lines, more than max_changed_lines (10)',
    ]);
  });

  it('names every file and every reason', () => {
    expect(reasons(change('stacks/vault/main.tf', 'x'), { ...change('.github/x.yml'), newMode: '100755' })).toEqual([
      'stacks/vault/main.tf: is protected (stacks/vault/**)',
      '.github/x.yml: is protected (.git*)',
      '.github/x.yml: changes its mode (100644 -> 100755)',
    ]);
  });

  it.each([
    ['T', '100644', '100644'],
    ['X', '100644', '100644'],
    ['R100', '100644', '100644'],
    ['A', '000000', '100664'],
    ['A', '000000', '040000'],
  ])('refuses the status %s with the modes %s and %s', (status, oldMode, newMode) => {
    expect(reasons({ ...change('a'), status, oldMode, newMode })).toHaveLength(1);
  });

  it('points at a secret by line and kind, and never quotes it', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const found = reasons(change('stacks/web/main.tf', 'x = 1', `token = "${token}"`));
    expect(found).toEqual(['stacks/web/main.tf:2: looks like a GitHub token']);
  });

  it('refuses characters that show a line as another than it is', () => {
    expect(reasons(change('a.tf', 'x = 1', 'if \u202e true'))).toEqual([
      'a.tf:2: has invisible characters that change how the line is shown',
    ]);
    expect(reasons(change('a.md', 'Ünïcödé, 中文, 🙂, עברית'))).toEqual([]);
  });

  it('keeps each reason on one line', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(fc.property(name, (path) => reasons(change(path)).every((reason) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(reason))));
  });
});

describe('paths', () => {
  it.each([
    '/etc/passwd',
    'C:/Windows/x',
    '../outside',
    'stacks/../../outside',
    './a',
    'a//b',
    'a/',
    '',
    'a\nb',
    'a\u0000b',
    'a\u2028b',
    'a\ufffdb',
    'a\\b',
    'a\u200bb',
    'dot.',
    'space ',
    'folder /x',
  ])('refuses %j', (path) => {
    expect(checkPatch({ files: [change(path)], problems: [] }, { ...LIMITS, protectedPaths: [] })).not.toEqual([]);
  });

  it.each([
    '.git/config',
    '.GIT/hooks/x',
    'a/.git',
    '.g\u200cit/config',
    '.git\u200c',
    '.git./x',
    '.git /x',
    '.git::$INDEX_ALLOCATION/x',
    'git~1/x',
    'GIT~2',
    'gi7eba~1',
    '.ｇit/x',
  ])('refuses %j, which some system takes for the .git folder, even if nothing is protected', (path) => {
    expect(checkPatch({ files: [change(path)], problems: [] }, { ...LIMITS, protectedPaths: [] })).not.toEqual([]);
  });

  it.each([
    'stacks/web/a b.tf',
    'docs/ünïcödé.md',
    'a.b/c-d_e',
    'x/git/main.tf',
    'digit~10.txt',
    'a:b',
    "it's",
    '中文/🙂.md',
    'a...b',
  ])('accepts %j', (path) => {
    expect(checkPatch({ files: [change(path)], problems: [] }, { ...LIMITS, protectedPaths: [] })).toEqual([]);
  });
});

describe('protected paths', () => {
  const isProtected = protectedMatcher(DEFAULT_PROTECTED_PATHS);

  it.each([
    'stacks/vault/main.tf',
    'stacks/vault/modules/a/b/c.tf',
    'stacks/vault',
    'STACKS/Vault/main.tf',
    'stacks/dbaas/x',
    'stacks/traefik/x',
    'stacks/authentik/x',
    'stacks/kyverno/.hidden',
    'stacks/\u212ayverno/x',
    '.gitignore',
    '.gitlab-ci.yml',
    'stacks/web/.gitattributes',
    '.gitea/workflows/x.yml',
    '.github/workflows/x.yml',
    '.forgejo/x',
    '.woodpecker/a.yml',
    '.woodpecker.yml',
    '.woodpecker.yaml',
    '.claude/settings.json',
    'stacks/web/.claude/agents/x.md',
    '.mcp.json',
    'CLAUDE.md',
    'stacks/web/CLAUDE.local.md',
    'claude.md',
    'scripts/tg',
    'scripts/tg.sh',
    'scripts/state-sync',
    'docs/post-mortems/2026-01-01-x.md',
    'terragrunt.hcl',
    'root.hcl',
    'stacks/root.hcl',
    'terraform.tfstate',
    'state/stacks/web/terraform.tfstate.enc',
    'stacks/web/terraform.tfstate.d/x/y',
    '.sops.yaml',
    'stacks/web/.terraform.lock.hcl',
    'stacks/web/.terraform/providers/x',
    '.envrc',
  ])('hold %s by default', (path) => {
    expect(isProtected(path)).not.toBeNull();
  });

  it.each([
    'stacks/web/main.tf',
    'stacks/vault-backup/main.tf',
    'stacks/my-vault/main.tf',
    'other/stacks/vaults/x',
    'stacks/web/terragrunt.hcl',
    'docs/post-mortem.md',
    'docs/runbooks/x.md',
    'scripts/daily-backup.sh',
    'stacks/web/git/x.tf',
    'README.md',
    'stacks/web/variables.tf',
  ])('leave %s alone by default', (path) => {
    expect(isProtected(path)).toBeNull();
  });

  it.each<[string, string, boolean]>([
    ['secrets.yaml', 'a/b/secrets.yaml', true],
    ['secrets.yaml', 'a/b/secrets.yaml.md', false],
    ['/secrets.yaml', 'a/secrets.yaml', false],
    ['/secrets.yaml', 'secrets.yaml', true],
    ['stacks/db/', 'stacks/db/a/b.tf', true],
    ['stacks/db', 'stacks/db/a/b.tf', true],
    ['./stacks/db/**', 'stacks/db/a.tf', true],
    ['stacks/db/**', 'x/stacks/db/a.tf', false],
    ['stacks/*/secret.tf', 'stacks/web/secret.tf', true],
    ['stacks/{a,b}', 'stacks/b/x', true],
    ['stacks/db', 'stacks/dbaas/x', false],
    ['db/', 'x/db/y', true],
    ['!stacks/web', 'stacks/db/x', false],
    ['[', 'a', false],
    ['caf\u00e9/', 'cafe\u0301/x', true],
    ['cafe\u0301/', 'caf\u00e9/x', true],
    ['**', 'a/b', true],
    ['/**', 'a/b', true],
    ['/', 'a/b', true],
    ['  stacks/db  ', 'stacks/db/x', true],
    ['', 'a', false],
  ])('read the pattern %j over %j as .gitignore would', (pattern, path, matches) => {
    expect(protectedMatcher([pattern])(path) !== null).toBe(matches);
  });
});
