import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escaped, link } from '../../src/report/slack-text.ts';

const wild = fc.string({
  unit: fc.constantFrom('&', '<', '>', 'a', ' ', '|', '\u{1f9d1}\u200d\u{1f680}', 'e\u0301', '\ud800', '@channel'),
  maxLength: 300,
});

describe('text for Slack', () => {
  it('is never longer than asked, never cut inside an entity or a character', () => {
    fc.assert(
      fc.property(wild, fc.integer({ min: 10, max: 200 }), (text, max) => {
        const cut = escaped(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.replaceAll(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        expect(cut).toBe(cut.replaceAll(/\p{Surrogate}/gu, '?'));
      }),
    );
  });

  it('is whole when it fits, and ends in dots when it was cut', () => {
    expect(escaped('a & b', 9)).toBe('a &amp; b');
    expect(escaped('a & bc', 9)).toBe('a...');
    expect(escaped('', 9)).toBe('');
  });

  it('links only to addresses of a bearable length', () => {
    expect(link('https://x.example/a', 'b', 10)).toBe('<https://x.example/a|b>');
    expect(link(`https://x.example/${'a'.repeat(1000)}`, 'b', 10)).toBe('b');
    expect(link('no address', 'b', 10)).toBe('b');
  });
});
