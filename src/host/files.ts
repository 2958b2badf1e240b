import { UserError } from '../errors.ts';
import type { ExecOptions, Host } from './host.ts';
import type { RawResult } from './call.ts';

type RunBytes = (argv: readonly string[], options: ExecOptions) => Promise<RawResult>;

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/** The tools' messages are read below: they must be the English ones. */
const IN_ENGLISH = { LC_ALL: 'C' };

/** The file is opened by the shell, so that a name such as `-` is nothing special. */
const READ = 'exec head -c "$2" < "$1"';

/**
 * The size is compared because a connection that dies looks like the end of the input: half a file must not replace a
 * whole one.
 */
const WRITE = `
umask 077
if [ -d "$1" ]; then
  echo "it is a folder" >&2
  exit 1
fi
new=$1.new.$$
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT PIPE TERM
cat > "$new" || exit 1
if [ "$(wc -c < "$new")" -ne "$3" ]; then
  echo "the content did not arrive as a whole" >&2
  exit 1
fi
chmod "$2" "$new" && mv -f "$new" "$1"
`;

/** `Host.readFile` over any way to run a program: no SFTP is needed on the host. */
export async function readFileOver(run: RunBytes, hostName: string, path: string, maxBytes = DEFAULT_MAX_BYTES): Promise<Buffer> {
  const limits = { maxOutputBytes: maxBytes + 1, env: IN_ENGLISH };
  const result = await run(['sh', '-c', READ, 'sh', path, String(maxBytes + 1)], limits);
  if (result.code !== 0) throw failed(`cannot read ${path} on ${hostName}`, result);
  if (result.stdout.length > maxBytes) {
    throw new UserError(
      `${path} on ${hostName} is larger than ${maxBytes} bytes`,
      'Check what the file is: nothing that is read there should be so large.',
    );
  }
  return result.stdout;
}

/** `Host.writeFile` over any way to run a program. The content goes over standard input. */
export async function writeFileOver(
  run: RunBytes,
  hostName: string,
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const bytes = Buffer.from(content);
  const command = ['sh', '-c', WRITE, 'sh', path, mode.toString(8), String(bytes.length)];
  const result = await run(command, { stdin: bytes, env: IN_ENGLISH });
  if (result.code !== 0) throw failed(`cannot write ${path} on ${hostName}`, result);
}

/** Turns what sh, cat and mv say into a message; theirs begins with the tool and often the path again. */
function failed(what: string, result: RawResult): UserError {
  const said = result.stderr.toString().trim().split('\n').at(-1) ?? '';
  const reason = said.split(': ').at(-1) || `ended by ${result.ended === 'exited' ? `exit code ${result.code}` : result.ended}`;
  if (/No space left|quota exceeded/i.test(said)) {
    return new UserError(
      `${what}: the disk is full (${reason})`,
      'Make room there (df -h, df -i), then start the pipeline again.',
    );
  }
  return new UserError(`${what}: ${reason}`, 'Check that the path exists there and that the user may use it.');
}

/**
 * A path whose `~` or leading `~/` stands for the home directory of the user on the host.
 * @throws UserError for `~somebody/...`, or when the host knows no home directory
 */
export async function expandHome(host: Host, path: string): Promise<string> {
  if (!path.startsWith('~')) return path;
  if (path !== '~' && !path.startsWith('~/')) {
    throw new UserError(
      `the path ${path} names the home of another user`,
      'Write it in full, or with ~/ for the home of the user who logs in.',
    );
  }
  const { stdout } = await host.exec(['sh', '-c', 'printf %s "$HOME"']);
  if (!stdout.startsWith('/')) {
    throw new UserError(`${host.name} knows no home directory for the user`, `Write the path in full instead of ${path}.`);
  }
  return stdout.replace(/\/+$/, '') + path.slice(1);
}
