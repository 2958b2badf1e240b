import { describe, expect, test } from 'vitest';
import type { Setting } from '../../src/settings/schema.ts';
import { choice, daysByPriority, duration, flag, integer, knownHosts, lines, list, shard, text, usd } from '../../src/settings/values.ts';

type Schema = Pick<Setting<unknown, unknown>['schema'], 'safeParse'>;

/** What a value is read as; `{ refused }` with the reason when it is not. */
function read(schema: Schema, value: string): unknown {
  const result = schema.safeParse(value);
  return result.success ? result.data : { refused: result.error.issues.map(({ message }) => message).join() };
}

const REFUSED = { refused: expect.stringMatching(/\w/) };

describe('values as Woodpecker passes them', () => {
  test.each([
    ['a scalar', 'stacks/web', ['stacks/web']],
    ['scalars, joined by commas', 'a, b,c', ['a', 'b', 'c']],
    ['a trailing comma', 'a,,b,', ['a', 'b']],
    ['JSON, when the yml had a map or from_secret in the list', '["a","b, c"]', ['a', 'b, c']],
    ['JSON with other things than text', '[1,true,{"a":1}]', ['1', 'true', '{"a":1}']],
    ['a glob with braces', 'docs/{a,b}/*.md,stacks/*', ['docs/{a,b}/*.md', 'stacks/*']],
    ['an empty JSON list', '[]', []],
    ['JSON that is cut off', '["a"', REFUSED],
  ])('a list: %s', (_, value, expected) => expect(read(list(), value)).toEqual(expected));

  test.each([
    ['2/5', { index: 2, count: 5 }],
    [' 1 / 1 ', { index: 1, count: 1 }],
    ['27/27', { index: 27, count: 27 }],
    ['0/5', REFUSED],
    ['6/5', REFUSED],
    ['1/0', REFUSED],
    ['2', REFUSED],
    ['2/5/7', REFUSED],
    ['-1/5', REFUSED],
    ['1.5/5', REFUSED],
    ['${SHARD}', REFUSED],
  ])('a shard: %s', (value, expected) => expect(read(shard(), value)).toEqual(expected));

  test.each([
    ['true', true],
    ['True', true],
    ['yes', true],
    ['1', true],
    [' false ', false],
    ['off', false],
    ['0', false],
    ['ja', REFUSED],
    ['truefalse', REFUSED],
  ])('a flag: %s', (value, expected) => expect(read(flag(), value)).toEqual(expected));

  test.each([
    ['22', 22],
    [' 22 ', 22],
    ['0', REFUSED],
    ['65536', REFUSED],
    ['2.5', REFUSED],
    ['1e3', 1000],
    ['many', REFUSED],
    ['0x16', 22],
    ['NaN', REFUSED],
  ])('a whole number from 1 to 65535: %s', (value, expected) => expect(read(integer(1, 65_535), value)).toEqual(expected));

  test.each([
    ['5', 5],
    ['2.50', 2.5],
    ['$3', 3],
    ['3 USD', 3],
    ['0', REFUSED],
    ['-1', REFUSED],
    ['0.001', REFUSED],
    ['Infinity', REFUSED],
    ['NaN', REFUSED],
    ['five', REFUSED],
    ['5,50', REFUSED],
  ])('US dollars: %s', (value, expected) => expect(read(usd(), value)).toEqual(expected));

  test.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['45', 45_000],
    ['2d', 172_800_000],
    ['0', REFUSED],
    ['25d', REFUSED],
    ['soon', REFUSED],
    ['-5m', REFUSED],
    ['5m later', REFUSED],
    ['1.5', REFUSED],
  ])('a duration: %s', (value, expected) => expect(read(duration(), value)).toEqual(expected));

  test.each([
    ['a JSON map', '{"P0":7,"p1":"never"}', { P0: 7, P1: null }],
    ['pairs', 'P0=7, P2:90', { P0: 7, P2: 90 }],
    ['null for none', '{"P3":null}', { P3: null }],
    ['an unknown key', '{"P9":7}', REFUSED],
    ['no number', 'P0=soon', REFUSED],
    ['half a day', 'P0=0.5', REFUSED],
    ['broken JSON', '{"P0":', REFUSED],
    ['a word', 'soon', REFUSED],
    ['a key without a value', 'P0', REFUSED],
  ])('days by priority: %s', (_, value, expected) => expect(read(daysByPriority(['P0', 'P1', 'P2', 'P3']), value)).toEqual(expected));

  test('one of some words, in any case', () => {
    expect(read(choice(['ssh', 'local']), ' SSH ')).toBe('ssh');
    expect(read(choice(['ssh', 'local']), 'docker')).toEqual({ refused: 'is not one of ssh, local' });
  });

  test('text loses the white space around it and nothing else', () => {
    expect(read(text(), '  a "b" $c\\n  ')).toBe('a "b" $c\\n');
  });

  test('several lines: as they are, or as a list of them', () => {
    expect(read(lines(), 'one\ntwo\n')).toBe('one\ntwo\n');
    expect(read(lines(), '["one","two"]')).toBe('one\ntwo');
  });

  test('known_hosts lines: a list joined by commas, with commas between names and options in a line', () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDjRkhGYDbpIYvmgP1X3cjdYMUkCZzXkqzYbqDsxGBWx';
    const ecdsa = `ecdsa-sha2-nistp256 ${'A'.repeat(139)}=`;
    expect(read(knownHosts(), `a,192.0.2.1 ${key},b ${ecdsa},[c]:2222 ${key}`)).toBe(`a,192.0.2.1 ${key}\nb ${ecdsa}\n[c]:2222 ${key}`);
    expect(read(knownHosts(), `a ${key}\nb,c ${key} comment, with comma\n`)).toBe(`a ${key}\nb,c ${key} comment, with comma\n`);
  });
});
