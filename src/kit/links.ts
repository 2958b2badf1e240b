import { readPipeline } from '../woodpecker.ts';
import type { Pipeline } from '../woodpecker.ts';
import { readGitFolder } from './git-folder.ts';
import { forgeOfHost, readRemote } from './remote.ts';

/** What a step knows of the push, and how files are addressed on the web: from Woodpecker, else from the git remote. */
export interface Links {
  /** `null` when it is not known (by hand, a cron run, a push of more than 500 files). */
  readonly changedFiles: readonly string[] | null;
  readonly fileUrl: (path: string) => string | null;
}

/** @param branch of the setting, which wins over what is found out */
export function linksFor(environment: Readonly<Record<string, string | undefined>>, root: string, branch: string | null): Links {
  const pipeline = pipelineOf(environment, root);
  const on = branch ?? pipeline.branch;
  return {
    changedFiles: filesOf(environment['CI_PIPELINE_FILES']),
    fileUrl: (path) => (on === null ? null : pipeline.fileUrl(on, path)),
  };
}

/** The pipeline's metadata; outside of one what the git remote says. */
export function pipelineOf(environment: Readonly<Record<string, string | undefined>>, root: string): Pipeline {
  return readPipeline(environment['CI_REPO_URL'] ? environment : fromGit(root));
}

/** The same variables Woodpecker would set. */
function fromGit(root: string): Record<string, string> {
  const git = readGitFolder(root);
  const remote = git?.remote == null ? null : readRemote(git.remote);
  if (remote === null) return {};
  const forge = forgeOfHost(remote.host);
  return {
    CI_REPO: remote.repository,
    CI_REPO_URL: remote.url,
    ...(forge ? { CI_FORGE_TYPE: forge } : {}),
    ...(git?.branch ? { CI_COMMIT_BRANCH: git.branch } : {}),
  };
}

function filesOf(json: string | undefined): readonly string[] | null {
  try {
    const files: unknown = JSON.parse(json ?? '');
    return Array.isArray(files) && files.length > 0 ? files.map(String) : null;
  } catch {
    return null;
  }
}
