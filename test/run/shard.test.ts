import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyFollowUp } from '../../src/postmortem/edit.ts';
import { decide } from '../../src/postmortem/classify.ts';
import type { DecidedTodo } from '../../src/postmortem/model.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { RunShard, shardOf } from '../../src/run/shard.ts';
import { postMortem } from '../support/homelab.ts';

const STACKS = Array.from({ length: 40 }, (_, i) => `stacks/s${i}`);
const FILE = 'docs/post-mortems/2026-01-10-x.md';

/** The shards of a whole. */
function shards(count: number): RunShard[] {
  return Array.from({ length: count }, (_, i) => new RunShard({ index: i + 1, count }, STACKS));
}

/** The only TODO of a document with one row. */
function item(action: string, details = '', text = postMortem('2026-01-10', 'X', [{ action, details }])): DecidedTodo {
  const parsed = parsePostMortem(text, FILE);
  const [todo] = parsed.todos;
  if (todo === undefined) throw new Error('no TODO');
  return { todo, postMortem: parsed, decision: decide(todo, parsed, { safeTypes: ['Config'], retry: 'never' }) };
}

describe('every TODO', () => {
  const texts = fc.oneof(fc.string(), fc.constantFrom(...STACKS), fc.constantFrom('s1 and s2', 'alert on errors'));

  test('is taken by exactly one shard, whatever it says', () => {
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 1, max: 30 }), (action, details, count) => {
        const { todo, postMortem: parsed } = item('Tidy up');
        const takers = shards(count).filter((shard) => shard.takes({ todo: { ...todo, action, details, id: action }, postMortem: parsed }));
        expect(takers).toHaveLength(1);
      }),
    );
  });

  test('of one stack is in one shard: the one that may change the stack', () => {
    for (const stack of STACKS) {
      const name = stack.slice('stacks/'.length);
      const todos = [item(`Raise the replicas of ${name}`), item('Add an alert', `in ${stack}/main.tf`), item(`Tune ${name}`, 'for s1')];
      const owners = shards(5).filter((shard) => shard.judge([stack], item('Tidy up')).kind === 'own');
      expect(owners).toHaveLength(1);
      for (const todo of todos) expect(shards(5).filter((shard) => shard.takes(todo))).toEqual([expect.objectContaining({ name: owners[0]?.name })]);
    }
  });

  test('is taken by a run without the setting', () => {
    const whole = new RunShard(null, []);
    expect(whole.name).toBeNull();
    expect(whole.takes(item('Raise the replicas of s1'))).toBe(true);
    expect(whole.judge(STACKS, item('Tidy up'))).toEqual({ kind: 'own' });
    expect(whole.reports({ file: FILE })).toBe(true);
    expect(whole.rotated(['a', 'b'])).toEqual(['a', 'b']);
    expect(whole.lockWaitSeconds).toBe(0);
    expect(whole.rivals).toBe(0);
  });
});

test('who a stack belongs to depends on its path and the number of shards only: it never changes', () => {
  // Other versions of the plugin, and pipelines of other commits, must come to the same.
  expect(['stacks/dns', 'stacks/web', 'stacks/monitoring'].map((stack) => [shardOf(stack, 4), shardOf(stack, 5)])).toEqual([[1, 4], [4, 5], [2, 4]]);
  const [many, few] = [new RunShard({ index: 2, count: 5 }, STACKS), new RunShard({ index: 2, count: 5 }, [])];
  for (const stack of STACKS) expect(many.judge([stack], item('Tidy up')).kind).toBe(few.judge([stack], item('Tidy up')).kind);
});

test('stacks fall into the shards evenly', () => {
  const counts = Array.from({ length: 20 }, () => 0);
  for (let i = 0; i < 20_000; i++) {
    const at = shardOf(`stacks/service-${i}`, 20) - 1;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(900);
  expect(Math.max(...counts)).toBeLessThan(1100);
});

describe('a change', () => {
  const [own, foreign, third] = [1, 2, 3].map((shard) => STACKS.filter((stack) => shardOf(stack, 5) === shard)) as [string[], string[], string[]];
  const [shard] = shards(5) as [RunShard, ...RunShard[]];
  const [a = '', b = ''] = own;
  const [c = '', d = ''] = foreign;
  const [e = ''] = third;

  test('of own stacks, or of none, may be applied', () => {
    expect(shard.judge([a, b], item('Tidy up'))).toEqual({ kind: 'own' });
    expect(shard.judge([], item('Tidy up'))).toEqual({ kind: 'own' });
  });

  test("of another shard's stacks is handed over to it", () => {
    expect(shard.judge([c, d], item('Tidy up'))).toEqual({
      kind: 'hand-over',
      stacks: [c, d],
      reason: `changes ${c}, ${d}, which shard 2/5 works on: its next run takes it`,
    });
  });

  test.each([
    ['own and foreign', [a, c]],
    ['foreign of two shards', [c, e]],
  ])('of %s stacks is nobody\'s: a person decides', (_, stacks) => {
    const verdict = shard.judge(stacks, item('Tidy up'));
    expect(verdict.kind).toBe('refused');
    expect(verdict).toHaveProperty('reason', expect.stringMatching(/^changes \S+ \(shard \d\/5\) and \S+ \(shard \d\/5\): split the TODO, or run it without shard$/));
  });

  test('that was handed over once and is wrong again is left to a person', () => {
    const text = postMortem('2026-01-10', 'X', [{ action: 'Add an alert' }]);
    const first = item('', '', text);
    const written = applyFollowUp(text, FILE, [{ kind: 'handed-over', todo: first.todo, stacks: [a] }]).text;
    const verdict = shard.judge([c], item('', '', written));
    expect(verdict.kind).toBe('refused');
    expect(verdict).toHaveProperty('reason', expect.stringContaining(`after an earlier run changed ${a}: write the folder of its stack into the details`));
  });
});

describe('a TODO that was handed over', () => {
  const text = postMortem('2026-01-10', 'X', [{ action: 'Add an alert on errors of s1' }]);
  const stack = STACKS.find((each) => shardOf(each, 5) !== shardOf('stacks/s1', 5)) ?? '';
  const hand = (to: string) => applyFollowUp(text, FILE, [{ kind: 'handed-over', todo: item('', '', text).todo, stacks: [to, 'stacks/z_z'] }]).text;

  test('says so in its row, is not refused for it, and is in the shard of the stack, whatever it names', () => {
    const written = hand(stack);
    expect(written).toMatch(new RegExp(`\\| — \\| Add an alert on errors of s1 \\| P1 \\| Config \\| — \\| Waits for the shard of ${stack}, stacks/z_z <!-- todo:[0-9a-f]{12} --> \\|`));
    const read = item('', '', written);
    expect(read.decision.kind).toBe('implement');
    expect(shards(5).filter((shard) => shard.takes(read)).map(({ name }) => name)).toEqual([`${shardOf(stack, 5)}/5`]);
    expect(shards(5)[0]?.assign(read.todo, read.postMortem).because).toBe(`changes ${stack}`);
  });

  test('goes by its words again when a person has edited it', () => {
    const read = item('', '', hand(stack).replace('| Config |  |', '| Config | in stacks/s2 |'));
    expect(shards(5).filter((shard) => shard.takes(read)).map(({ name }) => name)).toEqual([`${shardOf('stacks/s2', 5)}/5`]);
  });

  test('has one row in the end: that of its commit', () => {
    const written = hand(stack);
    const { todo } = item('', '', written);
    const done = { kind: 'done', todo, date: '2026-01-11', commit: { id: 'a'.repeat(40), url: null }, implementedBy: 'x' } as const;
    const ended = applyFollowUp(written, FILE, [done]).text;
    expect(ended).not.toContain('Waits for');
    expect(parsePostMortem(ended, FILE).followUp).toHaveLength(1);
    expect(ended).toMatch(/errors of s1 \| Config \|  \| Done \|/);
  });

  test('does not count as refused when it is written by hand for a row that is none', () => {
    const read = item('', '', hand(stack).replace(/todo:[0-9a-f]{12}/, 'todo:000000000000'));
    expect(shards(5)[0]?.assign(read.todo, read.postMortem).because).toBe('names stacks/s1');
  });
});

test('neighbouring shards try the hosts in turn', () => {
  const first = shards(5).map((shard) => shard.rotated(['a', 'b'])[0]);
  expect(first).toEqual(['a', 'b', 'a', 'b', 'a']);
  expect(shards(3)[2]?.rotated(['a', 'b', 'c', 'd'])).toEqual(['c', 'd', 'a', 'b']);
  expect(shards(3)[2]?.rotated([])).toEqual([]);
});

test('a problem of a document is reported by one shard', () => {
  for (let i = 0; i < 50; i++) expect(shards(7).filter((shard) => shard.reports({ file: `docs/${i}.md` }))).toHaveLength(1);
});
