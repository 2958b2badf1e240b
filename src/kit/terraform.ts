/** Where a repository's stacks are, and how they are planned and applied there. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface TerraformFacts {
  /** Globs for the setting `stacks`; empty when none were found. */
  readonly stacks: readonly string[];
  /** Path of a wrapper script with the interface of the defaults (`scripts/tg plan`), `null` when there is none. */
  readonly wrapper: string | null;
  readonly program: 'terraform' | 'terragrunt' | 'tofu';
}

export interface Commands {
  readonly plan: string;
  readonly show: string;
  readonly apply: string;
}

const WRAPPERS = ['scripts/tg', 'bin/tg', 'tg'];
/** Folders that hold no stacks of their own. */
const SKIPPED = new Set(['modules', 'module', 'node_modules', 'vendor', 'examples', 'test', 'tests']);
const MAX_DEPTH = 5;

/** @param root the repository's root */
export function findTerraform(root: string): TerraformFacts {
  const found: Folder[] = [];
  walk(root, '', found);
  const hasChildren = ({ path }: Folder) => found.some((other) => other.path.startsWith(`${path}/`));
  // A Terragrunt file alone, above others, is what they include.
  const stacks = found.filter((folder) => folder.path !== '' && (folder.hasTerraform || !hasChildren(folder)));
  const topmost = stacks.filter(({ path }) => !stacks.some((other) => path.startsWith(`${other.path}/`)));
  const globs = topmost.map(({ path }) => (path.includes('/') ? `${path.slice(0, path.lastIndexOf('/'))}/*` : path));
  return {
    stacks: [...new Set(globs)].sort(),
    wrapper: WRAPPERS.find((path) => isExecutable(join(root, path))) ?? null,
    program: found.some(({ hasTerragrunt }) => hasTerragrunt)
      ? 'terragrunt'
      : found.some(({ hasTofu }) => hasTofu)
        ? 'tofu'
        : 'terraform',
  };
}

/** The three command settings. Without a wrapper a fresh worktree has to be initialised first; Terragrunt does that by itself. */
export function commandsFor({ wrapper, program }: TerraformFacts): Commands {
  if (wrapper !== null) {
    return {
      plan: `{root}/${wrapper} plan -input=false -no-color -out={plan}`,
      show: `{root}/${wrapper} show -json {plan}`,
      apply: `{root}/${wrapper} apply --non-interactive`,
    };
  }
  const init = program === 'terragrunt' ? '' : `${program} init -input=false -no-color && `;
  return {
    plan: `${init}${program} plan -input=false -no-color -out={plan}`,
    show: `${program} show -json {plan}`,
    apply: `${program} apply -input=false -no-color {plan}`,
  };
}

interface Folder {
  readonly path: string;
  readonly hasTerraform: boolean;
  readonly hasTerragrunt: boolean;
  readonly hasTofu: boolean;
}

function walk(root: string, path: string, found: Folder[]): void {
  let entries;
  try {
    entries = readdirSync(join(root, path), { withFileTypes: true });
  } catch {
    return;
  }
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const folder = {
    path,
    hasTerraform: files.some((name) => /\.(?:tf|tofu)(?:\.json)?$/.test(name)),
    hasTerragrunt: files.some((name) => /^terragrunt(?:\.stack)?\.hcl$/.test(name)),
    hasTofu: files.some((name) => /\.tofu(?:\.json)?$/.test(name)),
  };
  if (folder.hasTerraform || folder.hasTerragrunt) found.push(folder);
  if (path.split('/').length >= MAX_DEPTH) return;
  for (const entry of entries) {
    // Odd names would have to be quoted in a setting that is a comma list of globs: such a stack is left for people to add.
    const isPlain = /^[\w][\w.-]*$/.test(entry.name) && !SKIPPED.has(entry.name);
    if (entry.isDirectory() && isPlain) walk(root, path === '' ? entry.name : `${path}/${entry.name}`, found);
  }
}

function isExecutable(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isFile() && (stats.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
