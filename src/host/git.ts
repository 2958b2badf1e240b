import { UserError } from '../errors.ts';
import type { ExecOptions, ExecResult, Host } from './host.ts';

/**
 * git on the host, with everything off that a repository could use to run code or to reach further than asked: hooks, fsmonitor,
 * submodules, background maintenance, prompts, signing, pagers.
 */
const SAFE_CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'core.editor=true',
  'core.fsync=committed',
  'core.quotePath=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.followTags=false',
  'fetch.prune=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'commit.gpgSign=false',
  'push.gpgSign=false',
  'rebase.autoStash=false',
  'rebase.updateRefs=false',
  'rerere.enabled=false',
  'merge.verifySignatures=false',
  'protocol.ext.allow=never',
  'color.ui=false',
  'log.showSignature=false',
];

/** Replaced objects would show another tree to the gates than to the remote. */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', GIT_NO_REPLACE_OBJECTS: '1', LC_ALL: 'C' };

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** More than a diff within the limits of the patch gate and a history of 15,000 commits of ours take. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** git in one folder of the host. */
export class Git {
  readonly host: Host;
  readonly folder: string;
  private readonly environment: Readonly<Record<string, string>>;

  /** @param folder absolute path of the working tree */
  constructor(host: Host, folder: string, author: Author) {
    this.host = host;
    this.folder = folder;
    this.environment = {
      ...ENVIRONMENT,
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
    };
  }

  /** Runs git; any exit code is a result. */
  async run(words: readonly string[], options: Omit<ExecOptions, 'cwd'> = {}): Promise<ExecResult> {
    const config = SAFE_CONFIG.flatMap((entry) => ['-c', entry]);
    return this.host.exec(['git', ...config, ...words], {
      maxOutputBytes: MAX_OUTPUT_BYTES,
      maxTotalBytes: MAX_OUTPUT_BYTES,
      ...options,
      cwd: this.folder,
      env: { ...this.environment, ...options.env },
    });
  }

  /** Runs a shell script in the folder, for which `safe_git` is git as `run` starts it. */
  async script(script: string, words: readonly string[], options: Omit<ExecOptions, 'cwd'> = {}): Promise<ExecResult> {
    const config = SAFE_CONFIG.map((entry) => `-c ${entry}`).join(' ');
    return this.host.exec(['sh', '-c', `safe_git() { git ${config} "$@"; }\n${script}`, 'sh', ...words], {
      ...options,
      cwd: this.folder,
      env: { ...this.environment, ...options.env },
    });
  }

  /**
   * Runs git and gives its standard output.
   * @throws UserError with git's own words when it fails, or when its output is larger than what is kept
   */
  async read(words: readonly string[], options: Omit<ExecOptions, 'cwd'> = {}): Promise<string> {
    const result = await this.run(words, options);
    if (result.code === 0 && !result.truncated) return result.stdout;
    throw gitFailed(this.host, this.folder, words, result);
  }

  /** The first line of standard output, `null` when git fails (a revision that does not exist, nothing found). */
  async ask(words: readonly string[]): Promise<string | null> {
    const result = await this.run(words);
    return result.code === 0 ? (result.stdout.split('\n')[0] ?? '').trim() : null;
  }
}

/** What git says when the disk is to blame, and not what it was asked. */
export const DISK_TROUBLE = /no space left|out of disk ?space|disk quota|input\/output error|read-only file system/i;

/** The error of a git command that should have worked. */
export function gitFailed(host: Host, folder: string, words: readonly string[], result: ExecResult): UserError {
  const said = result.stderr.trim().split('\n').slice(-4).join(' ').trim() || (result.ended === 'output' ? `it printed more than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB` : `it ended with code ${result.code ?? result.ended}`);
  return new UserError(`git ${words[0] ?? ''} failed on ${host.name}: ${said}`, remedyFor(said, folder, words[0] ?? ''));
}

function remedyFor(said: string, folder: string, command: string): string {
  if (DISK_TROUBLE.test(said)) return `Look at the disk of the host (df -h ${folder}), make room there, and start the pipeline again.`;
  if (/permission denied|could not read from remote|authentication failed|could not resolve|unable to access/i.test(said)) {
    return `The host itself must reach the remote without asking: check that "git -C ${folder} fetch" works there for this user.`;
  }
  if (/dubious ownership/i.test(said)) return `The workspace belongs to another user: set ssh_username to its owner, or run chown on ${folder}.`;
  return `Look at it on the host: cd ${folder} && git ${command}.`;
}
