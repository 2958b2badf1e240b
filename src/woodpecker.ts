/** What Woodpecker says about the pipeline (CI_* variables), and web links into the forge. Outside a pipeline everything is unknown. */
export interface Pipeline {
  /** `owner/name`. */
  readonly repository: string | null;
  /** The pipeline's branch, else the repository's default branch. */
  readonly branch: string | null;
  readonly url: string | null;
  readonly number: string | null;
  /** `push`, `manual`, `cron`, `pull_request`, ... */
  readonly event: string | null;
  /** Web address of a file of the repository on a branch, at a line if given; `null` when the forge is not known. */
  fileUrl(branch: string, path: string, line?: number): string | null;
  /** Web address of a commit, `null` when the forge is not known. */
  commitUrl(id: string): string | null;
}

/** Paths below the repository's web address, per `CI_FORGE_TYPE`. */
const FORGES: Readonly<Record<string, { readonly commit: string; readonly file: string }>> = {
  github: { commit: 'commit', file: 'blob' },
  gitlab: { commit: '-/commit', file: '-/blob' },
  gitea: { commit: 'commit', file: 'src/branch' },
  forgejo: { commit: 'commit', file: 'src/branch' },
  bitbucket: { commit: 'commits', file: 'src' },
};

/** Reads the pipeline's metadata; empty variables count as unset. */
export function readPipeline(environment: Readonly<Record<string, string | undefined>>): Pipeline {
  const value = (name: string): string | null => environment[name]?.trim() || null;
  const repositoryUrl = webAddress(value('CI_REPO_URL'));
  const forge = FORGES[value('CI_FORGE_TYPE') ?? ''];
  return {
    repository: value('CI_REPO'),
    branch: value('CI_COMMIT_BRANCH') ?? value('CI_REPO_DEFAULT_BRANCH'),
    url: webAddress(value('CI_PIPELINE_URL')),
    number: value('CI_PIPELINE_NUMBER'),
    event: value('CI_PIPELINE_EVENT'),
    fileUrl(branch, path, line) {
      if (!repositoryUrl || !forge) return null;
      const place = [branch, path].map((part) => part.split('/').map(encodeURIComponent).join('/')).join('/');
      return `${repositoryUrl}/${forge.file}/${place}${line === undefined ? '' : `#${environment['CI_FORGE_TYPE'] === 'bitbucket' ? 'lines-' : 'L'}${line}`}`;
    },
    commitUrl: (id) => (repositoryUrl && forge ? `${repositoryUrl}/${forge.commit}/${id}` : null),
  };
}

/** An http(s) address without user, password and trailing slash; `null` for anything else. */
function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  url.username = '';
  url.password = '';
  return url.href.replace(/\.git$/, '').replace(/\/$/, '');
}
