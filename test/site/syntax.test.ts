import { readFileSync, readdirSync } from 'node:fs';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, test } from 'vitest';
import { fullSyntax, syntaxFor } from '../../src/site/syntax.ts';
import { corpus, corpusIsHere } from '../postmortem/score.ts';

const isFull = (text: string): boolean => syntaxFor(text) === fullSyntax;

describe('a document gets all of the syntax where it uses it', () => {
  test.each(['~~gone~~', 'a note[^1]\n\n[^1]: here', 'see https://example.test/a', 'see www.example.test', 'ask a.b@example.test'])('%s', (text) => {
    expect(isFull(`# X\n\n${text}\n`)).toBe(true);
  });

  test.each(['~5h', '[a](https://example.test)', '<https://example.test>', '[a]: https://example.test', '`https://example.test`', '```\nhttps://example.test ~~x~~\n```', '| a | b |\n|---|---|\n| 1 | 2 |', '- [ ] a'])('and not where it does not: %s', (text) => {
    expect(isFull(`# X\n\n${text}\n`)).toBe(false);
  });
});

test.skipIf(!corpusIsHere)('both read real post-mortems alike (skipped where ../shared/corpus is absent)', () => {
  const texts = ['infra', 'public'].flatMap((part) => readdirSync(new URL(`${part}/docs/`, corpus)).map((name) => readFileSync(new URL(`${part}/docs/${name}`, corpus), 'utf8')));
  expect(texts.filter((text) => !isFull(text)).length).toBeGreaterThan(20);
  for (const text of texts) {
    expect(fromMarkdown(text, syntaxFor(text))).toEqual(fromMarkdown(text, fullSyntax));
  }
});
