import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventReader } from '../../src/agent/events.ts';
import type { StreamSummary } from '../../src/agent/events.ts';
import { judge } from '../../src/agent/result.ts';
import { LineSplitter } from '../../src/host/output.ts';
import type { ExecResult } from '../../src/host/host.ts';
import { runs } from './runs.ts';

const WORKTREE = '/home/x/infra.worktree';
const TOOLS = ['Read', 'Edit', 'Write', 'Grep', 'Glob'];
const LIMITS = { sessionId: 'the-session', claudePath: 'claude', budgetUsd: 2, timeoutMs: 1_800_000, idleTimeoutMs: 300_000 };
const ANSWER = { status: 'done', summary: 'sets the input', files: ['stacks/web/main.tf'] };
const INIT = { type: 'system', subtype: 'init', tools: TOOLS, permissionMode: 'dontAsk', model: 'm', claude_code_version: '2.1.330' };
const SUCCESS = { type: 'result', subtype: 'success', is_error: false, num_turns: 3, total_cost_usd: 0.25, structured_output: ANSWER };

type Fields = Readonly<Record<string, unknown>>;

/** An event with some of its fields replaced by anything, or gone. */
function bent(event: Fields): fc.Arbitrary<Fields> {
  const value = fc.oneof(
    fc.constantFrom<unknown>(true, false, 'true', 'false', 0, 1, -1, 1e308, '0.25', null, '', 'success', 'error_max_budget_usd', 'error_max_turns', 'dontAsk', [], {}, ANSWER, { ...ANSWER, status: 'cannot' }, { ...ANSWER, files: 'all' }, { ...ANSWER, approved: true }, JSON.stringify(ANSWER), ['Bash'], [...TOOLS, 'StructuredOutput']),
    fc.jsonValue({ maxDepth: 2 }),
  );
  return fc.array(fc.tuple(fc.constantFrom(...Object.keys(event), 'extra'), fc.oneof(value, fc.constant(undefined))), { maxLength: 2 }).map((changes) => ({ ...event, ...Object.fromEntries(changes) }));
}

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('\u001b[2J\u001b]0;x\u0007', 'a\nb\r\nc', '\u202eevil', 'x'.repeat(5_000), '../../etc/passwd', `${WORKTREE}/stacks/web/main.tf`, 'Permission to use Bash has been denied', '{"type":"result"}'));
const toolUse = fc.record({ type: fc.constant('tool_use'), id: fc.oneof(fc.constantFrom('t1', 't2', '__proto__'), fc.jsonValue()), name: fc.oneof(fc.constantFrom(...TOOLS, 'Bash', 'StructuredOutput', 'mcp__x'), text), input: fc.oneof(fc.record({ file_path: text, pattern: text, command: text }, { requiredKeys: [] }), fc.jsonValue()) });
const toolResult = fc.record({ type: fc.constant('tool_result'), tool_use_id: fc.oneof(fc.constantFrom('t1', 't2', '__proto__'), fc.jsonValue()), is_error: fc.oneof(fc.boolean(), fc.jsonValue()), content: fc.oneof(text, fc.array(fc.oneof(fc.record({ text }), fc.jsonValue())), fc.jsonValue()) });
const step = fc.record({ type: fc.constantFrom('assistant', 'user'), message: fc.oneof(fc.record({ content: fc.array(fc.oneof(toolUse, toolResult, fc.jsonValue()), { maxLength: 4 }) }), fc.jsonValue()) });
const other = fc.oneof(fc.record({ type: fc.constantFrom('system', 'stream_event', 'toString'), subtype: fc.constantFrom('api_retry', 'compact', '__proto__'), attempt: fc.jsonValue(), error_status: fc.jsonValue() }), fc.record({ type: fc.jsonValue() }));

const eventLine = fc.oneof({ arbitrary: bent(SUCCESS), weight: 3 }, { arbitrary: fc.constant(SUCCESS), weight: 2 }, { arbitrary: bent(INIT), weight: 1 }, { arbitrary: fc.constant(INIT), weight: 2 }, step, other).map((event) => JSON.stringify(event));
const line = fc.oneof(
  { arbitrary: eventLine, weight: 8 },
  fc.tuple(eventLine, fc.nat()).map(([json, at]) => json.slice(0, at % json.length)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '  ', '{', '{}', '[]', 'null', '{"type":"result"', `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`, '\u0000', 'Warning: x'),
);
const lines = fc.array(line.map((json) => json.replaceAll(/[\r\n]/g, ' ')), { maxLength: 12 });

const exec = fc.record<ExecResult>({
  code: fc.oneof({ arbitrary: fc.constant(0), weight: 5 }, fc.constantFrom(1, 126, 127, 137, null)),
  ended: fc.oneof({ arbitrary: fc.constant('exited' as const), weight: 5 }, fc.constantFrom('timeout', 'idle', 'output', 'signal', 'aborted')),
  stdout: fc.constant(''),
  stderr: text,
  truncated: fc.boolean(),
});

/** Reads a stream that arrives in pieces cut at any byte; what was shown, and the summary. */
function read(stream: Buffer, cuts: readonly number[]): { readonly summary: StreamSummary; readonly shown: readonly string[] } {
  const shown: string[] = [];
  const reader = new EventReader({ worktree: WORKTREE, tools: TOOLS, show: (each) => void shown.push(each) });
  const splitter = new LineSplitter((each) => reader.line(each));
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  for (const [index, from] of places.slice(0, -1).entries()) splitter.push(stream.subarray(from, places[index + 1]));
  splitter.end();
  return { summary: reader.summary, shown };
}

/** Design 6, "result", and no more: what must be true of a call before it counts as answered. */
function mayCount(printed: readonly string[], { code, ended }: ExecResult): boolean {
  const events = printed.flatMap((each): Fields[] => {
    try {
      const value: unknown = JSON.parse(each);
      return typeof value === 'object' && value !== null ? [value as Fields] : [];
    } catch {
      return [];
    }
  });
  const { subtype, is_error, num_turns, total_cost_usd, structured_output } = events.findLast(({ type }) => type === 'result') ?? {};
  const { status, summary, files, reason, ...more } = (structured_output ?? {}) as Fields;
  const isAnswer = (status === 'done' || status === 'already-done') && typeof summary === 'string' && Array.isArray(files) && files.every((file) => typeof file === 'string') && ['string', 'undefined'].includes(typeof reason) && Object.keys(more).length === 0;
  const hasCost = typeof total_cost_usd === 'number' && Number.isFinite(total_cost_usd) && total_cost_usd >= 0;
  const inits = events.filter(({ type, subtype: kind }) => type === 'system' && kind === 'init');
  const isGiven = (tool: unknown) => [...TOOLS, 'StructuredOutput', 'DeferredToolPlaceholder'].includes(String(tool));
  const isHeld = inits.length > 0 && inits.every(({ permissionMode, tools }) => permissionMode === 'dontAsk' && Array.isArray(tools) && tools.every(isGiven));
  const isSuccess = subtype === 'success' && is_error === false && typeof num_turns === 'number' && num_turns > 0;
  return code === 0 && ended === 'exited' && isSuccess && isAnswer && hasCost && isHeld;
}

describe('what an agent prints', () => {
  test('is read the same wherever it is cut, without an error, and shown as single printable lines', () => {
    fc.assert(
      fc.property(lines, fc.array(fc.nat(), { maxLength: 20 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), (printed, cuts, ending, endsLine) => {
        const stream = Buffer.from(printed.join(ending) + (endsLine ? ending : ''));
        const whole = read(stream, []);
        expect(read(stream, cuts)).toEqual(whole);
        expect(read(stream, [...stream.keys()].slice(0, 300))).toEqual(whole);
        for (const shown of whole.shown) {
          expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\n]/u);
          expect(shown.length).toBeLessThan(400);
        }
      }),
      runs(400),
    );
  });

  test('counts as an answer exactly when exit code, last result, structured answer, cost and tools all say so', () => {
    let answered = 0;
    fc.assert(
      fc.property(lines, fc.boolean(), exec, (printed, endsWell, end) => {
        const all = endsWell ? [JSON.stringify(INIT), ...printed, JSON.stringify(SUCCESS)] : printed;
        const { summary } = read(Buffer.from(`${all.join('\n')}\n`), []);
        const result = judge(end, summary, LIMITS);
        expect(result.kind === 'answered', JSON.stringify([all, end, result])).toBe(mayCount(all, end));
        if (result.kind === 'answered') answered += 1;
        else expect(result.costUsd === null || (Number.isFinite(result.costUsd) && result.costUsd >= 0)).toBe(true);
      }),
      runs(1_500),
    );
    // Else the property would say nothing.
    expect(answered).toBeGreaterThan(10);
  });

  test('never gives a reason that is more than one short printable line', () => {
    fc.assert(
      fc.property(lines, exec, (printed, end) => {
        const result = judge(end, read(Buffer.from(printed.join('\n')), []).summary, LIMITS);
        const said = 'reason' in result ? [result.reason] : result.kind === 'answered' ? [result.answer.summary, ...result.answer.files] : [];
        for (const shown of said) {
          expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
          expect(shown.length).toBeLessThan(600);
        }
      }),
      runs(600),
    );
  });
});
