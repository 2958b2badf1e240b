import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Log, Redactor } from '../../src/log.ts';
import { runs } from './runs.ts';

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** One line of a secret, of letters that no encoding leaves as they are all of the time. */
const line = fc.string({ unit: fc.constantFrom(...LETTERS, '+', '/', '=', '%', '&', '"', '\\', ' ', 'é', '🚀'), minLength: 12, maxLength: 90 }).map((text) => `s${text.trim()}e`);
const secretOf = (most: number) => fc.array(line, { minLength: 1, maxLength: most });
const around = fc.string({ unit: fc.constantFrom(...LETTERS, ' ', '\n', ':', '"'), maxLength: 40 });

/** What a tool makes of a text before it prints it. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'JSON': (text) => JSON.stringify(text),
  'URL-encoded': encodeURIComponent,
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
};

/** How a part of a text is printed when all of it is; without the characters of base64 that hold some of its neighbours, too. */
function partOf(encoding: string, [before, part, after]: readonly [string, string, string]): string {
  const encode = ENCODINGS[encoding] ?? String;
  if (!encoding.startsWith('base64')) return encode(part).slice(encoding === 'JSON' ? 1 : 0, encoding === 'JSON' ? -1 : undefined);
  const [from, to] = [Buffer.byteLength(before), Buffer.byteLength(before + part)];
  return encode(before + part + after).slice(Math.ceil(from / 3) * 4 + 4, Math.floor(to / 3) * 4 - 4);
}

/** The parts of a text so many characters long. */
function partsOf(text: string, length: number): string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => text.slice(at, at + length));
}

test.each(Object.keys(ENCODINGS))('a known secret does not come through, whatever stands around it, %s, as a whole and line by line', (encoding) => {
  const encode = ENCODINGS[encoding] ?? String;
  fc.assert(
    fc.property(secretOf(4), secretOf(3), around, around, fc.nat(3), (lines, others, before, after, index) => {
      const redactor = new Redactor();
      for (const secret of [others, lines]) redactor.add(secret.join('\n'));
      const printed = lines[index % lines.length] ?? '';
      for (const text of [printed, lines.join('\n')]) {
        const [head = '', ...tail] = text.split(printed);
        const shown = redactor.redact(`${after} ${encode(`${before}${text}${after}`)} ${before}`);
        const encoded = partOf(encoding, [before + head, printed, tail.join(printed) + after]);
        for (const part of partsOf(encoded, Math.min(12, encoded.length))) expect(shown).not.toContain(part);
      }
    }),
    runs(150),
  );
});

test('nothing that a service gives out is too much or too odd for it', () => {
  const odd = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: fc.constantFrom('\ud800', '\udc00', '\u0000', '(', '[', '\\', '\n', 'a'), maxLength: 60 }), fc.constantFrom('(('.repeat(30_000), 'k3y'.repeat(10_000), 'line of a key\n'.repeat(500)));
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 6 }), odd, (secrets, text) => {
      const redactor = new Redactor();
      const lines: string[] = [];
      for (const secret of secrets) redactor.add(secret);
      new Log({ redactor, write: (shown) => void lines.push(shown) }).info(`${text}${secrets[0] ?? ''}`);
      expect(lines).toHaveLength(1);
    }),
    runs(30),
  );
});

test('as many secrets as there may be are all masked', () => {
  fc.assert(
    fc.property(fc.uniqueArray(line, { minLength: 100, maxLength: 300 }), (secrets) => {
      const redactor = new Redactor();
      for (const secret of secrets) redactor.add(secret);
      const shown = redactor.redact(secrets.join(' | '));
      expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    }),
    runs(8),
  );
});
