import picomatch from 'picomatch';

/** What an agent never changes, whatever a TODO says. Patterns as in `protectedMatcher`. */
export const DEFAULT_PROTECTED_PATHS: readonly string[] = [
  // Stacks everything else stands on: a mistake there locks people out of the repair.
  'stacks/vault/**',
  'stacks/dbaas/**',
  'stacks/traefik/**',
  'stacks/authentik/**',
  'stacks/kyverno/**',
  // What git and the forges act on: attributes, hooks, modules, pipelines, owners.
  '.git*',
  '.forgejo/',
  '.gitea/',
  '.woodpecker/',
  '.woodpecker.yml',
  '.woodpecker.yaml',
  '.circleci/',
  '.buildkite/',
  '.drone.yml',
  'Jenkinsfile',
  'CODEOWNERS',
  '.husky/',
  '.pre-commit-config.yaml',
  'atlantis.yaml',
  // What tells agents what to do.
  '.claude*',
  '.mcp.json',
  'CLAUDE*.md',
  'AGENTS*.md',
  // What runs Terraform here, and which Terraform.
  'scripts/tg*',
  'scripts/tf*',
  'scripts/terraform*',
  'scripts/terragrunt*',
  'scripts/state-sync*',
  '/*.hcl',
  'root.hcl',
  '.envrc',
  '.tool-versions',
  'mise.toml',
  '.mise.toml',
  '.terraform-version',
  '.opentofu-version',
  '.terragrunt-version',
  '.tfswitchrc',
  '.tgswitchrc',
  '.terraformrc',
  'terraform.rc',
  '.tofurc',
  '.terraform/',
  '.terraform.lock.hcl',
  '.terragrunt-cache/',
  // State, and the keys it is encrypted with.
  '*.tfstate*',
  '.sops.yaml',
  // The plugin itself writes the post-mortems.
  'docs/post-mortems/**',
];

/**
 * A matcher for protected paths. Patterns work as in .gitignore: one without a slash matches that name at any depth, a slash
 * at the start or in the middle anchors it at the repository's root, `*` and `**` are wildcards, and whatever lies below a match
 * is matched too. There is no negation: `!` is an ordinary character. Case, width and invisible characters do not matter, because
 * on some file systems they do not tell two names apart.
 *
 * @param patterns the setting's lines; blank ones are ignored
 * @returns the first pattern a path falls under, as it was written, or `null`
 */
export function protectedMatcher(patterns: readonly string[]): (path: string) => string | null {
  const matchers = patterns
    .map((pattern) => ({ pattern, glob: anchored(pattern) }))
    .filter(({ glob }) => glob !== '')
    .map(({ pattern, glob }) => ({
      pattern,
      matches: picomatch([glob, `${glob}/**`], { dot: true, nocase: true, nonegate: true }),
    }));
  return (path) => {
    const plain = folded(path);
    // `stacks::$INDEX_ALLOCATION` is the folder `stacks` on NTFS, and `file:x` a part of `file`.
    const spellings = [plain, ...(plain.includes(':') ? [folded(plain.replaceAll(/:[^/]*/g, ''))] : [])];
    return matchers.find(({ matches }) => spellings.some((spelling) => matches(spelling)))?.pattern ?? null;
  };
}

function anchored(pattern: string): string {
  const plain = pattern.trim().normalize('NFKC').replace(/^\.\//, '/');
  if (plain === '') return '';
  const bare = plain.replace(/\/+(?:\*\*)?$/, '');
  // `/` and `/**` mean the whole repository.
  if (bare === '') return '**';
  return bare.includes('/') ? bare.replace(/^\/+/, '') : `**/${bare}`;
}

/** Code points HFS+ ignores in names, as git lists them (utf8.c, next_hfs_char). */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** A path as the most forgiving file system would see it; NTFS drops dots and spaces at the end of a name. */
function folded(path: string): string {
  return path
    .normalize('NFKC')
    .replaceAll(IGNORED_BY_HFS, '')
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, '_')
    .replaceAll('\\', '/')
    .toLowerCase()
    .split('/')
    .map((name) => (/^\.+$/.test(name) ? name : name.replace(/[. ]+$/, '')))
    .join('/');
}

/**
 * Why a path is not one that a fix has any reason to touch, or `null`: paths that leave the repository, that could be
 * mistaken for another path, or that git takes for its own folder on some system (fsck.c and path.c of git name the forms).
 */
export function pathProblem(path: string): string | null {
  const names = path.split('/');
  if (path === '') return 'has no name';
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return 'is an absolute path';
  if (path.includes('\ufffd')) return 'has a name that is not UTF-8';
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(path)) return 'has control characters in its name';
  // ext4 with case folding drops every character that is ignored by default, a Hangul filler or a variation selector, too.
  if (/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(path)) return 'has invisible characters in its name';
  if (path.includes('\\')) return 'has a backslash in its name, which is a separator on some systems';
  if (names.some((name) => ['', '.', '..'].includes(name))) return 'is not a plain path (it has empty, . or .. parts)';
  if (path.startsWith(':') || names.some((name) => name.startsWith('-'))) return 'has a name that programs take for an option';
  if (names.some((name) => /[. ]$/.test(name))) return 'has a name that ends in a dot or a space';
  if (names.some((name) => /^(?:git\w*|gi[0-9a-f]{4})~\d/i.test(name))) {
    return "has a short (8.3) name that can stand for one of git's own files";
  }
  if (names.at(-1)?.toLowerCase() === 'head') return 'has the name that makes its folder a git repository';
  if (names.some((name) => /^\.git(?:$|:)/.test(folded(name)))) return 'lies in a .git folder';
  return null;
}

/** A path on one line, for a reason: control and invisible characters shown as escapes, long ones shortened. */
export function shown(path: string): string {
  const visible = path.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
  return visible.length > 200 ? `${visible.slice(0, 100)}...${visible.slice(-80)}` : visible;
}
