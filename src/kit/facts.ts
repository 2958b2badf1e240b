/** What can be found out about a repository without asking: from git's files and from the repository's own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGitFolder } from './git-folder.ts';
import { forgeOfHost, readRemote } from './remote.ts';
import type { Forge, Remote } from './remote.ts';
import { findTerraform } from './terraform.ts';
import type { TerraformFacts } from './terraform.ts';

export type { Forge } from './remote.ts';
export type Backend = 'kubernetes' | 'docker' | 'local';

export interface Facts {
  readonly isRepository: boolean;
  /** `null` when there is no remote, or one that is no address of a forge. */
  readonly remote: Remote | null;
  readonly forge: Forge | null;
  readonly branch: string | null;
  readonly terraform: TerraformFacts;
  /** `null` when no pipeline of the repository says it. */
  readonly backend: Backend | null;
  /** Pipelines, not of the kit, that a push of a post-mortem would start as well. */
  readonly pushPipelines: readonly string[];
}

/** @param kitPaths what the kit itself writes: no evidence for what the user has */
export function findFacts(root: string, kitPaths: ReadonlySet<string>): Facts {
  const git = readGitFolder(root);
  const remote = git?.remote == null ? null : readRemote(git.remote);
  const pipelines = pipelinesOf(root);
  const branch = git?.branch ?? null;
  return {
    isRepository: git !== null,
    remote,
    forge: (remote && forgeOfHost(remote.host)) ?? forgeOfFiles(root),
    // What goes into YAML, Markdown and commands has to be harmless there.
    branch: branch !== null && /^[\w][\w.-]*(?:\/[\w.-]+)*$/.test(branch) ? branch : null,
    terraform: findTerraform(root),
    backend: backendOf(pipelines),
    pushPipelines: pipelines.filter(({ path, text }) => !kitPaths.has(path) && startsOnPush(text)).map(({ path }) => path),
  };
}

/** Folders that belong to one forge only. `.github` is none: Forgejo and Gitea read it too, and the kit writes it. */
const FORGE_FILES: readonly (readonly [path: string, forge: Forge])[] = [
  ['.forgejo', 'forgejo'],
  ['.gitea', 'gitea'],
  ['.gitlab-ci.yml', 'gitlab'],
  ['bitbucket-pipelines.yml', 'bitbucket'],
];

function forgeOfFiles(root: string): Forge | null {
  return FORGE_FILES.find(([path]) => existsSync(join(root, path)))?.[1] ?? null;
}

interface Pipeline {
  readonly path: string;
  readonly text: string;
}

/** The kit's own pipeline first: what it was installed for holds. */
function pipelinesOf(root: string): Pipeline[] {
  const names = listed(join(root, '.woodpecker')).map((name) => `.woodpecker/${name}`);
  return [...names, '.woodpecker.yml', '.woodpecker.yaml']
    .filter((path) => /\.ya?ml$/.test(path))
    .sort((a, b) => Number(b.includes('postmortem-todos')) - Number(a.includes('postmortem-todos')))
    .flatMap((path) => {
      const text = read(join(root, path));
      return text === null ? [] : [{ path, text }];
    });
}

function backendOf(pipelines: readonly Pipeline[]): Backend | null {
  for (const { text } of pipelines) {
    const label = /^[ \t]+backend:[ \t]*["']?(kubernetes|docker|local)\b/m.exec(text)?.[1];
    if (label !== undefined) return label as Backend;
  }
  return pipelines.some(({ text }) => /^[ \t]*backend_options:\s*\n[ \t]+kubernetes:/m.test(text)) ? 'kubernetes' : null;
}

/** Without an `event` every event starts it. A path filter is taken for a considered one. */
function startsOnPush(text: string): boolean {
  const code = text.replaceAll(/^[ \t]*#.*$/gm, '');
  return !/^[ \t-]*path:/m.test(code) && (/\bpush\b/.test(code) || !/^[ \t-]*event:/m.test(code));
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
