import type { Host } from '../host/host.ts';
import type { Log } from '../log.ts';

/**
 * Words in front of a command line that put it into a process namespace of its own: when its first process ends or is killed,
 * the kernel kills every other one, whatever it did to get away (`setsid`, `nohup`, a cleared environment). Empty when the
 * host does not allow it (a container without the right, a system without `unshare`); the host's own sweep is all there is
 * then, and the log says so.
 *
 * Root needs no user namespace (and with one Claude Code 2.1.197 printed nothing); for others it is what gives the right.
 */
export async function isolationPrefix(host: Host, log?: Log): Promise<readonly string[]> {
  const user = await host.exec(['id', '-u'], { timeoutMs: 10_000 });
  const prefix = [
    'unshare',
    ...(user.stdout.trim() === '0' ? [] : ['--user', '--map-current-user']),
    ...['--pid', '--fork', '--kill-child=KILL', '--mount-proc'],
  ];
  const probe = await host.exec([...prefix, 'true'], { timeoutMs: 10_000 });
  if (probe.code === 0) return prefix;
  log?.info(
    `${host.name} allows no process namespace: what the agent may start is found by its environment and session instead`,
  );
  return [];
}
