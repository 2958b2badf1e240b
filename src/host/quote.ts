/**
 * One word for a POSIX shell, whatever it holds. The only place in the project where text meets a shell.
 * @throws RangeError on a NUL character, which no argument can hold
 */
export function quote(word: string): string {
  if (word.includes('\0')) {
    throw new RangeError('a command argument cannot hold a NUL character');
  }
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of quoted words. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
