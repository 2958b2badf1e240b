import { execFileSync } from 'node:child_process';

/** Why no key can be made here, for the title of a suite that is skipped; `null` when one can. */
export const sshKeygenMissing: string | null = missing();

/** Makes a key pair with ssh-keygen: `path` and `path.pub`; without passphrase and in OpenSSH's format if no option says else. */
export function makeKey(path: string, type: 'ed25519' | 'rsa' | 'ecdsa', ...options: readonly string[]): void {
  const passphrase = options.includes('-N') ? [] : ['-N', ''];
  const bits = type === 'rsa' && !options.includes('-b') ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, '-f', path, '-C', 'test', ...passphrase, ...options], { stdio: 'pipe' });
}

function missing(): string | null {
  try {
    execFileSync('ssh-keygen', ['-l', '-f', '/dev/null'], { stdio: 'pipe' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'skipped: no ssh-keygen is installed';
  }
  return null;
}
