import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventReader } from '../../src/agent/events.ts';

const WORKTREE = '/home/wizard/code/infra.worktree';

function reader(): {
  readonly reader: EventReader;
  readonly shown: string[];
  readonly take: (...events: readonly unknown[]) => void;
} {
  const shown: string[] = [];
  const made = new EventReader({ worktree: WORKTREE, tools: ['Read', 'Edit'], show: (line) => shown.push(line) });
  return { reader: made, shown, take: (...events) => events.forEach((event) => made.line(JSON.stringify(event))) };
}

const uses = (name: string, input: unknown, id = 'toolu_1') => ({
  type: 'assistant',
  message: { content: [{ type: 'tool_use', id, name, input }] },
});
const fails = (content: unknown, id = 'toolu_1') => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, content, is_error: true }] },
});
const init = (fields: object = {}) => ({
  type: 'system',
  subtype: 'init',
  tools: ['Read', 'Edit', 'StructuredOutput'],
  permissionMode: 'dontAsk',
  claude_code_version: '2.1.197',
  model: 'm',
  ...fields,
});

describe('progress lines', () => {
  it.each([
    ['Read', { file_path: `${WORKTREE}/stacks/web/main.tf` }, 'reads stacks/web/main.tf'],
    ['Edit', { file_path: `${WORKTREE}/stacks/web/main.tf`, new_string: 'content' }, 'edits stacks/web/main.tf'],
    ['Write', { file_path: '/etc/cron.d/x', content: 'content' }, 'writes /etc/cron.d/x'],
    ['Grep', { pattern: 'terraform_\ndata', path: `${WORKTREE}/stacks` }, 'searches for "terraform_ data" in stacks'],
    ['Glob', { pattern: '**/*.tf' }, 'looks for files **/*.tf'],
    ['Bash', { command: 'terraform fmt \u001b[31mx' }, 'runs: terraform fmt x'],
    ['StructuredOutput', { summary: 'content' }, 'answers'],
    ['Elsewhere', { x: 'content' }, 'asks for Elsewhere'],
    ['Read', 'no object', 'reads '],
  ])('say what %s does', (name, input, line) => {
    const { shown, take } = reader();
    take(uses(name, input));
    expect(shown).toEqual([line]);
  });

  it.each([
    "Permission to use Edit has been denied because Claude Code is running in don't ask mode. IMPORTANT: ...",
    '<tool_use_error>File is in a directory that is denied by your permission settings.</tool_use_error>',
    `Permission to edit ${WORKTREE}/x has been denied.`,
    '<tool_use_error>Error: No such tool available: Edit. Edit exists but is not enabled in this context.</tool_use_error>',
    [{ type: 'text', text: 'Permission to use Edit has been denied.' }],
  ])('say that a call was denied: %j', (content) => {
    const { shown, take } = reader();
    take(uses('Edit', { file_path: `${WORKTREE}/stacks/vault/main.tf` }), fails(content));
    expect(shown[1]).toBe('was denied: Edit stacks/vault/main.tf');
  });

  it('say that a call failed without showing what it printed', () => {
    const { shown, take } = reader();
    take(uses('Edit', { file_path: `${WORKTREE}/a.tf` }), fails('String to replace not found: planted text'));
    expect(shown).toEqual(['edits a.tf', 'did not succeed: Edit a.tf']);
  });

  it.each([
    [529, 'waits: the API is overloaded, retry 2 of 4'],
    [429, 'waits: the API limits the rate, retry 2 of 4'],
    [500, 'waits: the API answers 500, retry 2 of 4'],
    [null, 'waits: the API cannot be reached, retry 2 of 4'],
  ])('say what a retry after %s waits for', (error_status, line) => {
    const { shown, take } = reader();
    take({ type: 'system', subtype: 'api_retry', attempt: 2, max_retries: 4, error_status });
    expect(shown).toEqual([line]);
  });

  it('end after many steps, so that a log stays readable', () => {
    const { shown, take } = reader();
    for (let i = 0; i < 2_000; i += 1) take(uses('Read', { file_path: `/${i}` }, `id${i}`));
    expect(shown.length).toBeLessThan(600);
    expect(shown.at(-1)).toMatch(/not shown/);
  });
});

describe('the event stream', () => {
  it('takes the last of two results', () => {
    const { reader: read, take } = reader();
    take({ type: 'result', n: 1 }, uses('Read', {}), { type: 'result', n: 2 });
    expect(read.summary.result).toEqual({ type: 'result', n: 2 });
  });

  it('counts what is no event, and goes on', () => {
    const { reader: read, take } = reader();
    for (const line of [
      'Warning: something',
      '',
      '  ',
      '[1]',
      '"x"',
      'null',
      `{"type":"result","x":"${'y'.repeat(1024 * 1024)}`,
    ])
      read.line(line);
    take(init());
    expect(read.summary).toMatchObject({ unreadableLines: 5, started: true, result: null, breach: null });
  });

  it.each([
    ['a tool nobody gave it', { tools: ['Read', 'Bash'] }, /Bash/],
    ['no list of tools', { tools: undefined }, /tools it was not given/],
    ['a tool that is no name', { tools: [{ toString: 1 }] }, /tools it was not given/],
    ['another permission mode', { permissionMode: 'bypassPermissions' }, /dontAsk/],
  ])('is a breach when Claude Code starts with %s', (_, fields, reason) => {
    const { reader: read, take } = reader();
    take(init(fields));
    expect(read.summary.breach).toMatch(reason);
  });

  it('keeps little, however much comes', () => {
    const { reader: read, take } = reader();
    for (let i = 0; i < 5_000; i += 1) {
      take(uses('Edit', { file_path: `/${'p'.repeat(2_000)}${i}`, new_string: 'c'.repeat(2_000) }, `id${'i'.repeat(150)}${i}`));
    }
    const kept = inspect(read, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, showHidden: true });
    expect(kept.length).toBeLessThan(100_000);
  });

  it('survives any bytes and any JSON, and shows only clean single lines', () => {
    const anything = fc.jsonValue({ maxDepth: 3 });
    const block = fc.record(
      {
        type: fc.constantFrom('tool_use', 'tool_result', 'text'),
        id: fc.oneof(fc.constantFrom('a', 'b'), anything),
        tool_use_id: fc.oneof(fc.constantFrom('a', 'b'), anything),
        name: fc.oneof(fc.constantFrom('Read', 'Bash', 'Grep', '__proto__'), fc.string({ unit: 'binary' })),
        input: fc.oneof(
          anything,
          fc.record({ file_path: fc.string({ unit: 'binary' }), command: fc.string({ unit: 'binary' }), pattern: anything }),
        ),
        content: anything,
        is_error: fc.boolean(),
      },
      { requiredKeys: ['type'] },
    );
    const event = fc.record(
      {
        type: fc.constantFrom('assistant', 'user', 'system', 'result'),
        subtype: fc.oneof(fc.constantFrom('init', 'api_retry'), anything),
        message: fc.oneof(anything, fc.record({ content: fc.array(block) })),
        tools: anything,
        attempt: anything,
        claude_code_version: fc.string({ unit: 'binary' }),
      },
      { requiredKeys: ['type'] },
    );
    const line = fc.oneof(
      event.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('utf8')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const { reader: read, shown } = reader();
        for (const one of lines) read.line(one);
        for (const one of shown) {
          expect(one.length).toBeLessThan(400);
          // eslint-disable-next-line no-control-regex
          expect(one).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('survives deep nesting', () => {
    const { reader: read } = reader();
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const field of ['tools', 'message', 'permissionMode'])
      read.line(`{"type":"system","subtype":"init","${field}":${deep}}`);
    read.line(
      `{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"x","is_error":true,"content":${deep}}]}}`,
    );
    expect(read.summary.started).toBe(true);
  });
});
