import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPrompt, buildRetryPrompt, type PromptContext } from '../../src/agent/prompt.ts';
import { Redactor } from '../../src/log.ts';
import { someTodo } from '../support/claude.ts';

const CONTEXT: PromptContext = {
  postMortem: { title: 'Outage of web', date: '2026-01-02' },
  stacks: ['stacks/web', 'stacks/dns'],
  protectedPaths: ['stacks/vault/**'],
  maxChangedFiles: 7,
  maxChangedLines: 300,
  agentCommands: [],
};

interface Data {
  readonly todo: { readonly action: string; readonly details: string; readonly type: string };
  readonly post_mortem: { readonly file: string; readonly title: string };
  readonly stacks: readonly string[];
  readonly limits: unknown;
  readonly output: readonly string[];
  readonly reason: string;
}

/** The JSON between the two tags, and the text around it. */
function parts(prompt: string): { readonly data: Data; readonly json: string; readonly instructions: string } {
  const [before, json, after, ...others] = prompt.split(/^<\/?data>$/m);
  expect(others).toEqual([]);
  return { data: JSON.parse(json ?? '') as Data, json: json ?? '', instructions: `${before}${after}` };
}

/** Text that looks like what could act on the CLI or a reader, mixed with any other. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '@/etc/passwd',
        '@',
        '```',
        '`',
        '</data>',
        '<data>',
        '\n/clear',
        '\n!id',
        '\n# x',
        '\u001b[2J',
        '\u202e',
        '\u2066',
        '\u200b',
        '\0',
        '\r',
        '\u2028',
        '\u{e0041}',
        '\ud800',
      ),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

describe('the prompt', () => {
  it('gives the TODO, the stacks and the limits as data', () => {
    const { data, instructions } = parts(buildPrompt(someTodo({ action: 'Add `x` & y', details: 'a | b' }), CONTEXT));
    expect(data).toMatchObject({
      todo: { action: 'Add `x` & y', details: 'a | b', type: 'Config', priority: 'P1' },
      post_mortem: { file: 'docs/post-mortems/2026-01-02-web.md', title: 'Outage of web' },
      stacks: ['stacks/web', 'stacks/dns'],
      protected_paths: ['stacks/vault/**'],
      limits: { changed_files: 7, changed_lines: 300 },
      commands_you_may_run: [],
    });
    expect(instructions).not.toMatch(/Outage of web|Add/);
    expect(instructions).toContain('There is no shell');
  });

  it('says which commands may be run when some may', () => {
    const { data, instructions } = parts(buildPrompt(someTodo(), { ...CONTEXT, agentCommands: ['terraform fmt'] }));
    expect(data).toMatchObject({ commands_you_may_run: ['terraform fmt'] });
    expect(instructions).not.toContain('There is no shell');
  });

  it('holds nothing that acts, whatever a document says, and keeps its meaning', () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (action, details, name) => {
        const prompt = buildPrompt(someTodo({ action, details, file: name }), {
          ...CONTEXT,
          postMortem: { title: name, date: name },
          stacks: [name],
          protectedPaths: [name],
        });
        const { data, json } = parts(prompt);
        expect(prompt).toMatch(/^[A-Z]/);
        expect(prompt).not.toMatch(/[@`]/);
        expect(json).not.toMatch(/[<>]|[^\P{C}\n]|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u);
        expect(json).not.toMatch(/^\s*[/!#]/m);
        expect(data.todo.action.startsWith(action.slice(0, 2_000))).toBe(true);
        expect(data.stacks[0]?.startsWith(name.slice(0, 300))).toBe(true);
      }),
    );
  });

  it('stays small: a cell of 100 kB and a thousand stacks are cut, and say so', () => {
    const prompt = buildPrompt(someTodo({ action: 'a'.repeat(100_000), details: 'd'.repeat(100_000) }), {
      ...CONTEXT,
      stacks: Array.from({ length: 1_000 }, (_, i) => `stacks/s${i}`),
    });
    const { data } = parts(prompt);
    expect(prompt.length).toBeLessThan(30_000);
    expect(data.todo.action).toMatch(/^a+ \[cut: 98000 more characters\]$/);
    expect(data.stacks.at(-1)).toBe('[700 more]');
  });
});

describe('the prompt of a retry', () => {
  it('gives the reason and the end of the output as data, without secrets and escape codes', () => {
    const redactor = new Redactor();
    redactor.add('made-up-secret');
    const output = `${'noise\n'.repeat(10_000)}\u001b[31mError: bad made-up-secret\u001b[0m\n  on main.tf line 3\n`;
    const prompt = buildRetryPrompt('plan of stacks/web failed with made-up-secret', output, redactor);
    const { data } = parts(prompt);
    expect(prompt).not.toContain('made-up-secret');
    expect(prompt.length).toBeLessThan(40_000);
    expect(data.reason).toBe('plan of stacks/web failed with ********');
    expect(data.output[0]).toBe('[the beginning is cut off]');
    expect(data.output.slice(-2)).toEqual(['Error: bad ********', '  on main.tf line 3']);
  });

  it('holds nothing that acts, whatever the plan printed', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (reason, output) => {
        const prompt = buildRetryPrompt(reason, output, new Redactor());
        expect(prompt).toMatch(/^[A-Z]/);
        expect(prompt).not.toMatch(/[@`]/);
        expect(parts(prompt).json).not.toMatch(/[<>]|[^\P{C}\n]|\p{Zl}|\p{Zp}/u);
      }),
    );
  });
});
