/** What a remote's address says about the forge, and the forge's web addresses. */

export type Forge = 'github' | 'gitlab' | 'forgejo' | 'gitea' | 'bitbucket';

export interface Remote {
  readonly host: string;
  /** `owner/name`; GitLab has groups in groups. */
  readonly repository: string;
  /** Web address of the repository, without credentials and port. */
  readonly url: string;
}

/** Reads `https://host/owner/name.git`, `ssh://git@host:22/owner/name`, `git@host:owner/name.git`; `null` for anything else. */
export function readRemote(address: string): Remote | null {
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(address);
  const url = URL.canParse(address) ? new URL(address) : null;
  const isWeb = url !== null && /^(?:https?|ssh|git\+ssh|git):$/.test(url.protocol);
  const host = isWeb ? url.hostname : url === null || scp ? (scp?.[1] ?? '') : '';
  const repository = (isWeb ? url.pathname : (scp?.[2] ?? ''))
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  // Names are written into YAML, Markdown and commands: only what forges allow in them, and no `..`.
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(host) || !/^[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)+$/.test(repository)) return null;
  const port = isWeb && /^https?:$/.test(url.protocol) && url.port !== '' ? `:${url.port}` : '';
  const scheme = url?.protocol === 'http:' ? 'http' : 'https';
  const web = host.replace(/^ssh\.(github\.com)$/, '$1').replace(/^altssh\.(gitlab\.com|bitbucket\.org)$/, '$1');
  return { host: web, repository, url: `${scheme}://${web}${port}/${repository}` };
}

/** The forge a host's name tells, `null` for a name that tells none. */
export function forgeOfHost(host: string): Forge | null {
  if (/(?:^|\.)github\./.test(host)) return 'github';
  if (/(?:^|[.-])gitlab[.-]/.test(host)) return 'gitlab';
  if (/(?:^|\.)(?:codeberg\.org$|forgejo[.-])/.test(host)) return 'forgejo';
  if (/(?:^|\.)gitea[.-]/.test(host)) return 'gitea';
  if (/(?:^|\.)bitbucket\./.test(host)) return 'bitbucket';
  return null;
}

/** Web addresses of issues and files. An unknown forge is taken for one of the Gitea family, the usual one to host oneself. */
export function addressesOf(
  url: string,
  forge: Forge | null,
  branch: string,
): { readonly issues: string; readonly newIssue: string; readonly files: string } {
  const at = encodeURI(branch);
  switch (forge) {
    case 'github':
      return { issues: `${url}/issues`, newIssue: `${url}/issues/new/choose`, files: `${url}/blob/${at}` };
    case 'gitlab':
      return { issues: `${url}/-/issues`, newIssue: `${url}/-/issues/new`, files: `${url}/-/blob/${at}` };
    case 'bitbucket':
      return { issues: `${url}/issues`, newIssue: `${url}/issues/new`, files: `${url}/src/${at}` };
    case 'forgejo':
    case 'gitea':
    case null:
      return { issues: `${url}/issues`, newIssue: `${url}/issues/new/choose`, files: `${url}/src/branch/${at}` };
  }
}
