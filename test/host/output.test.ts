import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Capture, LineSplitter, Preamble, textOf } from '../../src/host/output.ts';

/** A text and the same bytes cut into chunks anywhere, also inside characters. */
const chunked = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n', 'é', '漢', '🙂', '') }).chain((text) => {
  const bytes = Buffer.from(text);
  return fc.array(fc.nat(bytes.length)).map((cuts) => {
    const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    return { text, chunks: at.slice(1).map((end, index) => bytes.subarray(at[index], end)) };
  });
});

describe('lines', () => {
  test('are the same however the stream is cut, and lose nothing', () => {
    fc.assert(
      fc.property(chunked, ({ text, chunks }) => {
        const lines: string[] = [];
        const splitter = new LineSplitter((line) => lines.push(line));
        for (const chunk of chunks) splitter.push(chunk);
        splitter.end();
        const expected = text.split('\n').map((line) => line.replace(/\r$/, ''));
        expect(lines).toEqual(text.endsWith('\n') || text === '' ? expected.slice(0, -1) : expected);
      }),
    );
  });

  test('of more than 1 MiB arrive cut, and the next one is whole again', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.push(Buffer.from(`${'x'.repeat(2 ** 21)}\nnext\n`));
    splitter.push(Buffer.from('y'.repeat(2 ** 20)));
    splitter.push(Buffer.from('z\nlast'));
    splitter.end();
    expect(lines).toEqual(['x'.repeat(2 ** 20), 'next', 'y'.repeat(2 ** 20), 'last']);
  });
});

describe('captured output', () => {
  test('is the first bytes, and says when more came', () => {
    const capture = new Capture(5);
    capture.push(Buffer.from('abc'));
    expect(capture.truncated).toBe(false);
    capture.push(Buffer.from('def'));
    capture.push(Buffer.from('ghi'));
    expect(capture.bytes().toString()).toBe('abcde');
    expect(capture.truncated).toBe(true);
  });

  test('that fits exactly is not truncated', () => {
    const capture = new Capture(3);
    capture.push(Buffer.from('abc'));
    capture.push(Buffer.alloc(0));
    expect(capture.truncated).toBe(false);
  });

  test('leaves out a character cut in half at its end', () => {
    expect(textOf(Buffer.from('aé漢').subarray(0, 5))).toBe('aé');
  });
});

describe('the preamble', () => {
  test('is found behind what a login shell prints, wherever the stream is cut', () => {
    fc.assert(
      fc.property(chunked, fc.nat(200), ({ text }, cut) => {
        const stream = Buffer.from(`Welcome!${text}m-1- 4711\nown ${text}`);
        const preamble = new Preamble('m-1-');
        const own = Buffer.concat([preamble.take(stream.subarray(0, cut)), preamble.take(stream.subarray(cut))]);
        expect(preamble.word).toBe('4711');
        expect(own.toString()).toBe(`own ${text}`);
        expect(preamble.before()).toBe(`Welcome!${text}`);
      }),
    );
  });

  test('that never comes lets nothing through', () => {
    const preamble = new Preamble('m-1-');
    expect(preamble.take(Buffer.from('This account is not available.\n'))).toHaveLength(0);
    expect(preamble.word).toBeNull();
    expect(preamble.before()).toContain('not available');
  });
});
