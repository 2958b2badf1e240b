import { createHash, randomInt } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { expandHome } from '../../src/host/files.ts';
import type { Host } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local.ts';
import { connectSsh } from '../../src/host/ssh.ts';
import { logLines } from '../support/log-lines.ts';
import { processesWith } from '../support/processes.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';

/** A command that sleeps for hours under a name nothing else has, to look for it among the processes. */
const longSleep = () => `sleep 9${randomInt(1e9, 9e9)}`;

/** Words and values as hostile as they come, but for NUL, which no argument can hold. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...`'"\\$\`()\n\r\t!*~#;&|<%- a=\u202e\x1b`) }),
).map((text) => text.replaceAll('\0', ''));

interface Setup {
  readonly kind: string;
  readonly missing: string | null;
  readonly open: () => Promise<Host>;
  readonly stop: () => Promise<void>;
}

let sshd: Sshd | null = null;

const SETUPS: readonly Setup[] = [
  { kind: 'this machine', missing: null, open: async () => localHost(logLines().log), stop: async () => {} },
  {
    kind: 'a host over SSH',
    missing: sshdMissing,
    async open() {
      sshd ??= await startSshd();
      const settings = { passphrase: null, fingerprints: [], insecure: false, connectTimeoutMs: 10_000, jumpHost: null };
      const { port, user, clientKey, knownHostsLine } = sshd;
      return connectSsh(
        { ...settings, hosts: ['127.0.0.1'], port, username: user, privateKey: clientKey, knownHosts: knownHostsLine },
        logLines().log,
      );
    },
    stop: async () => sshd?.stop(),
  },
];

describe.each(SETUPS.map((setup) => ({ ...setup, title: setup.missing ? `${setup.kind} (${setup.missing})` : setup.kind })))(
  '$title',
  ({ missing, open, stop }) => {
    describe.skipIf(missing)('as a host', () => {
      let host: Host;
      let dir = '';
      beforeAll(async () => {
        dir = realpathSync(mkdtempSync(join(tmpdir(), 'postmortem-host-')));
        host = await open();
      });
      afterAll(async () => {
        await host.close();
        await stop();
        rmSync(dir, { recursive: true, force: true });
      });

      describe('runs a program', () => {
        test('with words that reach it as they are', async () => {
          await fc.assert(
            fc.asyncProperty(fc.array(anyText, { maxLength: 6 }), async (words) => {
              const { stdout } = await host.exec(['printf', '%s\\0', ...words, 'end']);
              expect(stdout.split('\0')).toEqual([...words, 'end', '']);
            }),
            { numRuns: 60 },
          );
        });

        test('with variables that reach it as they are', async () => {
          await fc.assert(
            fc.asyncProperty(anyText, async (value) => {
              const env = { A_VALUE: value, OTHER: 'x=y' };
              const { stdout } = await host.exec(['sh', '-c', 'printf "%s" "$A_VALUE"'], { env });
              expect(stdout).toBe(value);
            }),
            { numRuns: 30 },
          );
        });

        test('in a folder, whatever its name', async () => {
          const folder = join(dir, ` -it's "$HOME" \`x\`\n\\é`);
          mkdirSync(folder);
          expect((await host.exec(['pwd'], { cwd: folder })).stdout).toBe(`${folder}\n`);
        });

        test('with its input, however long', async () => {
          const bytes = Buffer.alloc(5_000_000, 'a line\r\n\0\xff', 'latin1');
          const { stdout } = await host.exec(['sha256sum'], { stdin: bytes });
          expect(stdout.split(' ')[0]).toBe(createHash('sha256').update(bytes).digest('hex'));
        });

        test('with an input it does not read, or an empty one', async () => {
          expect(await host.exec(['true'], { stdin: Buffer.alloc(5_000_000) })).toMatchObject({ code: 0, ended: 'exited' });
          expect((await host.exec(['cat'])).stdout).toBe('');
        });

        test('and tells exit code, output and errors apart', async () => {
          const result = await host.exec(['sh', '-c', 'echo out; echo err >&2; exit 3']);
          expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n', truncated: false, ended: 'exited' });
        });

        test('that does not exist (127), cannot be run (126), or is ended by a signal', async () => {
          const file = join(dir, 'not-executable');
          writeFileSync(file, 'x');
          chmodSync(file, 0o644);
          const missing = await host.exec(['/nowhere/no-such-program']);
          expect(missing).toMatchObject({ code: 127, ended: 'exited', stderr: expect.stringContaining('no-such-program') });
          expect(await host.exec([file])).toMatchObject({ code: 126, ended: 'exited' });
          expect(await host.exec(['sh', '-c', 'kill -KILL $$'])).toMatchObject({ code: null, ended: 'signal' });
        });

        test('together with others, without mixing them up', async () => {
          const one = (n: number) => host.exec(['sh', '-c', 'cat; echo $1', 'sh', String(n)], { stdin: `in ${n} ` });
          const results = await Promise.all([1, 2, 3, 4, 5].map(one));
          expect(results.map((result) => result.stdout)).toEqual([1, 2, 3, 4, 5].map((n) => `in ${n} ${n}\n`));
        });

        test('and refuses what no command can be', async () => {
          await expect(host.exec([])).rejects.toThrow(RangeError);
          await expect(host.exec(['echo', 'a\0b'])).rejects.toThrow(RangeError);
          await expect(host.exec(['echo'], { cwd: 'relative' })).rejects.toThrow(RangeError);
          await expect(host.exec(['echo'], { env: { 'A B': '' } })).rejects.toThrow(RangeError);
          await expect(host.exec(['echo', 'x'.repeat(200_000)])).rejects.toThrow(/belong into stdin/);
        });

        test('but not in a folder that does not exist or is a file', async () => {
          writeFileSync(join(dir, 'a-file'), '');
          for (const cwd of [join(dir, 'nowhere'), join(dir, 'a-file')]) {
            const error = await host.exec(['pwd'], { cwd }).catch((thrown: unknown) => thrown);
            expect(error).toBeInstanceOf(UserError);
            expect(error).toMatchObject({ message: expect.stringContaining(cwd) });
          }
        });
      });

      describe('gives the output', () => {
        test('line by line, as it comes', async () => {
          // The program waits for a file that is written when its first line has arrived.
          const file = join(dir, 'seen');
          const lines: string[] = [];
          const onLine = (line: string) => {
            lines.push(line);
            writeFileSync(file, '');
          };
          const program = 'echo first; until [ -e "$1" ]; do sleep 0.05; done; printf "a\\r\\n\\nlast"';
          await host.exec(['sh', '-c', program, 'sh', file], { onLine });
          expect(lines).toEqual(['first', 'a', '', 'last']);
        });

        test('up to a limit, of an endless stream, without keeping the rest in memory', async () => {
          let peak = 0;
          let bytes = 0;
          const before = process.memoryUsage().rss;
          const onLine = (line: string) => {
            bytes += line.length + 1;
            peak = Math.max(peak, bytes % 1000 === 0 ? process.memoryUsage().rss : 0);
          };
          const program = ['sh', '-c', 'yes 0123456789012345678901234567890123456789012345678 | head -c 50000000; echo end >&2'];
          const result = await host.exec(program, { onLine, maxOutputBytes: 1000 });
          expect(bytes).toBe(50_000_000);
          expect(result).toMatchObject({ code: 0, truncated: true, stderr: 'end\n' });
          expect(result.stdout).toHaveLength(1000);
          expect(peak - before).toBeLessThan(40_000_000);
        });

        test('also of a line without end', async () => {
          const lengths: number[] = [];
          const program = ['sh', '-c', 'head -c 20000000 /dev/zero; echo; echo end'];
          await host.exec(program, { onLine: (line) => lengths.push(line.length), maxOutputBytes: 0 });
          expect(lengths).toEqual([1024 * 1024, 3]);
        });

        test('and an error in the reader of the lines stops the program and comes out', async () => {
          const sleep = longSleep();
          const onLine = () => {
            throw new TypeError('a bug in onLine');
          };
          await expect(host.exec(['sh', '-c', `echo x; ${sleep}`], { onLine })).rejects.toThrow('a bug in onLine');
          expect(processesWith(sleep)).toEqual([]);
        });
      });

      describe('leaves nothing behind', () => {
        /** A tree: a child, one in its own session, one that ignores hang-ups, and one without our environment. */
        const tree = (sleep: string) =>
          `${sleep} & setsid ${sleep} & nohup ${sleep} > /dev/null 2>&1 & env -i ${sleep} & echo up; `;

        test('when the program ends and its children do not', async () => {
          const sleep = longSleep();
          const result = await host.exec(['sh', '-c', `${tree(sleep)} exit 4`]);
          expect(result).toMatchObject({ code: 4, stdout: 'up\n', ended: 'exited' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test('when the program takes too long', async () => {
          const sleep = longSleep();
          const result = await host.exec(['sh', '-c', `${tree(sleep)} ${sleep}`], { timeoutMs: 700 });
          expect(result).toMatchObject({ code: null, ended: 'timeout' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test('when it says nothing for too long, but not while it speaks', async () => {
          const sleep = longSleep();
          const talk = 'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done';
          const result = await host.exec(['sh', '-c', `${talk}; ${sleep}`], { idleTimeoutMs: 1000 });
          expect(result).toMatchObject({ code: null, ended: 'idle', stdout: '1\n2\n3\n4\n5\n6\n7\n8\n' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test('when more output comes than was wanted, be it without any line end', async () => {
          const sleep = longSleep();
          const endless = `${sleep} & yes | tr -d '\\n' >&2`;
          const result = await host.exec(['sh', '-c', endless], { maxTotalBytes: 3_000_000, maxOutputBytes: 10 });
          expect(result).toMatchObject({ code: null, ended: 'output', stderr: 'yyyyyyyyyy' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test('when the call is aborted', async () => {
          const sleep = longSleep();
          const abort = new AbortController();
          const options = { signal: abort.signal, onLine: () => abort.abort() };
          const result = await host.exec(['sh', '-c', `${tree(sleep)} ${sleep}`], options);
          expect(result).toMatchObject({ code: null, ended: 'aborted', stdout: 'up\n' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test('when the call is aborted at once or was before', async () => {
          const sleep = longSleep();
          const abort = new AbortController();
          const running = host.exec(['sh', '-c', sleep], { signal: abort.signal });
          abort.abort();
          expect(await running).toMatchObject({ code: null, ended: 'aborted' });
          expect(await host.exec(['sh', '-c', sleep], { signal: abort.signal })).toMatchObject({ code: null, ended: 'aborted' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test('of a program that ends in order, which is told once: a second signal would mean at once', async () => {
          // Its parent, `timeout`, is held for a moment: had it been told, too, it would pass the signal on only after that,
          // where it cannot be taken for the first one.
          const abort = new AbortController();
          const program = `
            process.on('SIGINT', () => {
              console.log('told');
              process.kill(process.ppid, 'SIGCONT');
              setTimeout(() => process.exit(0), 500);
            });
            process.kill(process.ppid, 'SIGSTOP');
            setInterval(() => {}, 1e6);
            console.log('up');`;
          const options = { signal: abort.signal, stopSignal: 'INT', onLine: () => abort.abort() } as const;
          const result = await host.exec([process.execPath, '-e', program], options);
          expect(result).toMatchObject({ code: null, ended: 'aborted', stdout: 'up\ntold\n' });
        });

        test.concurrent('of a program that ignores the signal, which it gets first; then it is killed', async () => {
          const sleep = longSleep();
          const traps = 'trap "echo got INT" INT; trap "echo got TERM" TERM';
          const stubborn = `${traps}; (trap "" INT; ${sleep}) & while :; do sleep 0.1; done`;
          const result = await host.exec(['sh', '-c', stubborn], { timeoutMs: 1000, stopSignal: 'INT' });
          expect(result).toMatchObject({ code: null, ended: 'timeout', stdout: 'got INT\n' });
          expect(processesWith(sleep)).toEqual([]);
        });

        test.concurrent('of a program that keeps making new processes', async () => {
          const sleep = longSleep();
          const program = `trap "" TERM; while :; do setsid ${sleep} & sleep 0.02; done`;
          const result = await host.exec(['sh', '-c', program], { timeoutMs: 500 });
          expect(result.ended).toBe('timeout');
          expect(processesWith(sleep)).toEqual([]);
        });

        test('but what leaves on purpose, without the mark and in a session of its own; it does not hold the call up', async () => {
          const sleep = longSleep();
          const file = join(dir, 'has-left');
          const leave = `env -u POSTMORTEM_PLUGIN_EXEC setsid sh -c 'echo left; : > "${file}"; exec ${sleep}' &`;
          const whenLeft = `until [ -e "${file}" ]; do sleep 0.05; done;`;
          const ended = await host.exec(['sh', '-c', `${leave} ${whenLeft} exit 3`]);
          expect(ended).toMatchObject({ code: 3, ended: 'exited', stdout: 'left\n' });
          const stopped = await host.exec(['sh', '-c', `${leave} ${longSleep()}`], { timeoutMs: 1000 });
          expect(stopped).toMatchObject({ code: null, ended: 'timeout', stdout: 'left\n' });
          const left = processesWith(sleep);
          expect(left).toHaveLength(2);
          for (const pid of left) process.kill(pid);
        });

        // The guard has the first part of our mark among its arguments; grep finds itself, too, but has ended by then.
        const killGuard =
          'for file in $(grep -ls "${POSTMORTEM_PLUGIN_EXEC%-*-}" /proc/[0-9]*/cmdline); do ' +
          'kill -9 $(echo "$file" | tr -dc 0-9); done';

        test('even if the guard on the host is killed by what it stops', async () => {
          const sleep = longSleep();
          const [killer, up] = [join(dir, 'killer'), join(dir, 'killer-is-up')];
          writeFileSync(killer, `trap '${killGuard}; exec ${sleep}' TERM\n: > "${up}"\nwhile :; do sleep 0.1; done\n`);
          await host.exec(['sh', '-c', `setsid sh "${killer}" & until [ -e "${up}" ]; do sleep 0.05; done`]);
          rmSync(up);
          expect([processesWith(sleep), processesWith(killer)]).toEqual([[], []]);
        });

        test('even if the guard on the host was killed', async () => {
          const sleep = longSleep();
          await host.exec(['sh', '-c', `setsid ${sleep} & ${killGuard}`]);
          expect(processesWith(sleep)).toEqual([]);
        });

        test('and calls do not stop each other', async () => {
          const other = host.exec(['sh', '-c', 'cat > /dev/null; sleep 1; echo done'], { stdin: 'x' });
          await host.exec(['sh', '-c', longSleep()], { timeoutMs: 200 });
          expect(await other).toMatchObject({ code: 0, stdout: 'done\n' });
        });
      });

      describe('keeps files', () => {
        test('whose bytes come back as they were written', async () => {
          await fc.assert(
            fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
              const path = join(dir, 'bytes');
              await host.writeFile(path, bytes);
              expect(await host.readFile(path)).toEqual(Buffer.from(bytes));
            }),
            { numRuns: 20 },
          );
        });

        test('with any name, and only the owner may read them unless told otherwise', async () => {
          const path = join(dir, ` -n '"$(id)"\n\\é`);
          await host.writeFile(path, 'a\n');
          expect(statSync(path).mode & 0o777).toBe(0o600);
          await host.writeFile(path, 'b\n', { mode: 0o644 });
          expect(statSync(path).mode & 0o777).toBe(0o644);
          expect(readFileSync(path, 'utf8')).toBe('b\n');
          expect((await host.readFile(path)).toString()).toBe('b\n');
        });

        test('that replace a link instead of following it, and leave nothing beside them', async () => {
          const folder = join(dir, 'links');
          mkdirSync(folder);
          writeFileSync(join(folder, 'target'), 'untouched');
          symlinkSync('target', join(folder, 'link'));
          await host.writeFile(join(folder, 'link'), 'new');
          expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('untouched');
          expect(lstatSync(join(folder, 'link')).isFile()).toBe(true);
          expect(readdirSync(folder).sort()).toEqual(['link', 'target']);
        });

        test('of many megabytes', async () => {
          const path = join(dir, 'large');
          const content = 'x'.repeat(5_000_000);
          await host.writeFile(path, content);
          expect((await host.readFile(path)).length).toBe(content.length);
          const error = await host.readFile(path, { maxBytes: 4_999_999 }).catch((thrown: unknown) => thrown);
          const message = expect.stringContaining(`${path} on ${host.name} is larger than 4999999 bytes`);
          expect(error).toMatchObject({ name: 'UserError', message });
          expect((await host.readFile(path, { maxBytes: 5_000_000 })).length).toBe(5_000_000);
        });

        test('and says which one cannot be read or written, and why', async () => {
          const missing = join(dir, 'no', 'file');
          const read = await host.readFile(missing).catch((thrown: unknown) => thrown);
          const message = expect.stringMatching(/^cannot read .*no\/file on .*: .*no such file/i);
          expect(read).toMatchObject({ name: 'UserError', message });
          await expect(host.readFile(dir)).rejects.toThrow(/Is a directory/);
          await expect(host.writeFile(missing, '')).rejects.toThrow(/^cannot write .*no\/file on /);
          await expect(host.writeFile(dir, '')).rejects.toThrow(/it is a folder/);
        });

        test('also in the home directory', async () => {
          const home = (await host.exec(['sh', '-c', 'echo "$HOME"'])).stdout.trim();
          expect(await expandHome(host, '~/code/infra')).toBe(`${home}/code/infra`);
          expect(await expandHome(host, '~')).toBe(home);
          expect(await expandHome(host, '/srv/~/x')).toBe('/srv/~/x');
          await expect(expandHome(host, '~wizard/code')).rejects.toThrow(/home of another user/);
        });
      });

      test('is closed once and for all, and what still runs is stopped', async () => {
        const other = await open();
        const sleep = longSleep();
        const running = other.exec(['sh', '-c', `setsid ${sleep} & ${sleep}`]).catch((thrown: unknown) => thrown);
        await vi.waitFor(() => expect(processesWith(sleep)).not.toEqual([]));
        await Promise.all([other.close(), other.close()]);
        await other.close();
        expect(processesWith(sleep)).toEqual([]);
        await running;
        const error = await other.exec(['git', 'status']).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining('before running git') });
      });
    });
  },
);
