import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Host } from './host.ts';
import { ProcessHost } from './process-host.ts';
import type { Exit, RunningProcess, Transport } from './transport.ts';

/** Our own settings and Woodpecker's credentials: what runs on this machine has no business with them. */
const OURS = /^(?:PLUGIN_|CI_NETRC_|DRONE_NETRC_)/;

/**
 * This machine as the host (`runner: local`). Programs get the environment of the plugin without its settings, in which
 * secrets are.
 */
export function localHost(log: Log, environment: NodeJS.ProcessEnv = process.env): Host {
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !OURS.test(name)));
  return new ProcessHost(localTransport({ ...env, ...homeOf(environment) }), log);
}

/**
 * Woodpecker's local backend sets HOME to an empty folder of the pipeline's, beside the checkout. The workspace, the login of Claude Code
 * and what Terraform keeps are in the user's.
 */
function homeOf({ HOME, CI_WORKSPACE }: NodeJS.ProcessEnv): { HOME?: string } {
  const isPipelines = HOME !== undefined && CI_WORKSPACE !== undefined && HOME === join(dirname(CI_WORKSPACE), 'home');
  return isPipelines ? { HOME: userInfo().homedir } : {};
}

function localTransport(env: NodeJS.ProcessEnv): Transport {
  const gone = new AbortController();
  return {
    name: 'this machine',
    lost: gone.signal,
    start: (words) => start(words, env),
    end: async () => gone.abort(new Error('it is closed')),
  };
}

function start(words: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningProcess> {
  const [program, ...rest] = words;
  // A session of its own: a signal for the plugin's group (Ctrl-C) must not hit what the plugin is going to stop in order.
  const child = spawn(program ?? '', rest, { detached: true, env, stdio: 'pipe' });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const destroy = () => {
    child.kill('SIGKILL');
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const { stdin, stdout, stderr } = child;
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve({ stdin, stdout, stderr, exited, closed, destroy }));
    child.once('error', (cause) => {
      const remedy = 'Use an image with sh and coreutils.';
      reject(new UserError(`cannot run ${program} on this machine: ${cause.message}`, remedy, { cause }));
    });
  });
}
