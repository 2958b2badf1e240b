import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { SshOptions } from '../src/host/ssh.ts';
import { connectSsh } from '../src/host/ssh.ts';
import { Log, Redactor } from '../src/log.ts';
import { sshdMissing, startSshd } from '../test/support/sshd.ts';
import type { Sshd } from '../test/support/sshd.ts';

/** One comparison; the values are medians of rounds in which both sides took turns. */
export interface Comparison {
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  readonly ratio: number;
  /** The ratio to reach. */
  readonly target: number;
}

export type BenchRow = Comparison | { readonly what: string; readonly skipped: string };

const COMMANDS = '20 remote commands: one connection / 20 ssh processes';
const MEMORY = '100 MiB of remote output: streamed / execCommand of node-ssh (memory of the process)';
const ROUNDS = 5;

/** Each side in a process of its own, whose memory is then only its own. The settings are its argument. */
const STREAMED = `
  import { connectSsh } from './src/host/ssh.ts';
  import { Log, Redactor } from './src/log.ts';
  const options = JSON.parse(process.argv[2]);
  const host = connectSsh(options, new Log({ redactor: new Redactor() }));
  host.then(async (host) => {
    await host.exec(['head', '-c', '104857600', '/dev/zero']);
    await host.close();
    console.log(process.resourceUsage().maxRSS);
  });
`;
const BUFFERED = `
  import { NodeSSH } from 'node-ssh';
  const { hosts, port, username, privateKey } = JSON.parse(process.argv[2]);
  const ssh = new NodeSSH();
  ssh.connect({ host: hosts[0], port, username, privateKey }).then(async () => {
    await ssh.execCommand('head -c 104857600 /dev/zero');
    ssh.dispose();
    console.log(process.resourceUsage().maxRSS);
  });
`;

/** Measures the SSH host against a real sshd on this machine. Run from the root of the repository. */
export async function benchSsh(): Promise<BenchRow[]> {
  if (sshdMissing) return [COMMANDS, MEMORY].map((what) => ({ what, skipped: sshdMissing ?? '' }));
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-bench-ssh-'));
  const sshd = await startSshd();
  try {
    return [await commands(sshd), await memory(sshd, dir)];
  } finally {
    await sshd.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function settings(sshd: Sshd): SshOptions {
  const { port, user: username, clientKey: privateKey, knownHostsLine: knownHosts } = sshd;
  const rest = { passphrase: null, fingerprints: [], insecure: false, connectTimeoutMs: 10_000, jumpHost: null };
  return { hosts: ['127.0.0.1'], port, username, privateKey, knownHosts, ...rest };
}

/** Both sides connect anew in each round: the one connection is part of the price. */
async function commands(sshd: Sshd): Promise<BenchRow> {
  const log = new Log({ redactor: new Redactor() });
  const quiet = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const options = ['-F', '/dev/null', ...quiet.flatMap((option) => ['-o', option]), '-i', sshd.clientKeyFile];
  const ssh = [...options, '-p', String(sshd.port), `${sshd.user}@127.0.0.1`, 'true'];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let start = performance.now();
    const host = await connectSsh(settings(sshd), log);
    for (let i = 0; i < 20; i += 1) await host.exec(['true']);
    await host.close();
    ours.push(performance.now() - start);
    start = performance.now();
    for (let i = 0; i < 20; i += 1) execFileSync('ssh', ssh);
    theirs.push(performance.now() - start);
  }
  return row(COMMANDS, ours, theirs, 'ms', 0.06);
}

async function memory(sshd: Sshd, dir: string): Promise<BenchRow> {
  const argument = JSON.stringify(settings(sshd));
  const programs: string[] = [];
  for (const [name, contents] of [['streamed', STREAMED], ['buffered', BUFFERED]] as const) {
    const outfile = join(dir, `${name}.cjs`);
    const stdin = { contents, resolveDir: process.cwd(), loader: 'ts' } as const;
    await build({ stdin, outfile, bundle: true, platform: 'node', packages: 'external', logLevel: 'error' });
    programs.push(outfile);
  }
  const env = { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') };
  const peaks = programs.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round += 1) {
    programs.forEach((program, side) => {
      const kibibytes = Number(execFileSync(process.execPath, [program, argument], { env, encoding: 'utf8' }));
      peaks[side]?.push(kibibytes / 1024);
    });
  }
  return row(MEMORY, peaks[0] ?? [], peaks[1] ?? [], 'MiB', 0.35);
}

function row(what: string, ours: readonly number[], theirs: readonly number[], unit: string, target: number): BenchRow {
  const [mine, other] = [median(ours), median(theirs)];
  return { what, ours: mine, theirs: other, unit, ratio: mine / other, target };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
