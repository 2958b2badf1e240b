import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine, quote } from '../../src/host/quote.ts';
import { runs } from './runs.ts';

/** The shells a login on a host can end in, as far as they are here; each once, whatever /bin/sh is. */
const INSTALLED = ['/bin/sh', '/bin/bash', '/bin/dash', '/usr/bin/zsh', '/bin/busybox', '/usr/bin/ksh'].filter((path) => existsSync(path));
const SHELLS = INSTALLED.filter((path, index) => INSTALLED.findIndex((other) => realpathSync(other) === realpathSync(path)) === index);

/** What shells act on, one character at a time, and words of it. */
const SPECIAL = [...`'"\\\`$(){}[]<>|&;!*?~#=%^,:@+-/ \t\n\r\v\f\b\u0001\u001b\u007f\u0085\u00a0\u2028\u202e\ufeff`];
const PIECES = [...SPECIAL, "'\\''", '$(id)', '`id`', '${IFS}', '$((1/0))', '!!', '~root', '=ls', '-n', '--', '\\n', '\\0', '%s', 'a=b', '*', '\\\n', "$'\\x41'", 'é', '追', '🚀', '\ud83d'];

const word = fc
  .oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom('', '-', '-e', '=', '=ls', '~', '.', 'x'.repeat(20_000)),
  )
  .map((text) => text.replaceAll('\0', ''));

describe.each(SHELLS)('any words, through %s', (shell) => {
  const through = (line: string): string => {
    const words = shell.endsWith('busybox') ? ['sh', '-c', line] : ['-c', line];
    return execFileSync(shell, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: '/usr/bin:/bin' } });
  };

  test('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        // Half a surrogate pair has no bytes of its own.
        const sent = words.map((text) => Buffer.from(text).toString());
        expect(through(commandLine(['printf', '%s\\0', ...words, 'end']))).toBe([...sent, 'end', ''].join('\0'));
      }),
      runs(150),
    );
  });

  test('also twice, as a word of a command that a shell runs for a shell', () => {
    fc.assert(
      fc.property(word, (text) => {
        const inner = commandLine(['printf', '%s', text]);
        expect(through(commandLine([shell, ...(shell.endsWith('busybox') ? ['sh'] : []), '-c', inner]))).toBe(Buffer.from(text).toString());
      }),
      runs(60),
    );
  });
});

test('a NUL, which no argument can hold, is refused wherever it stands', () => {
  fc.assert(
    fc.property(word, word, (before, after) => {
      expect(() => quote(`${before}\0${after}`)).toThrow(RangeError);
      expect(() => commandLine(['printf', before, `${after}\0`])).toThrow(RangeError);
    }),
    runs(300),
  );
});
