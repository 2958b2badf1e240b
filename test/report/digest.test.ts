import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/log.ts';
import type { DecidedTodo, Decision, Todo } from '../../src/postmortem/model.ts';
import { buildDigest } from '../../src/report/digest.ts';
import { digestJson, digestLines, digestMessage } from '../../src/report/digest-views.ts';
import { blockProblems } from '../fakes/slack.ts';
import { postMortem, todo } from '../support/reports.ts';

const today = '2026-06-01';
const limits = { P0: 14, P1: 30, P2: 90 };

/** An open TODO of a post-mortem of a date. */
function item(action: string, date: string | null, kind: Decision['kind'], change: Partial<Todo> = {}): DecidedTodo {
  const file = `docs/post-mortems/${date ?? 'undated'}-x.md`;
  return {
    todo: todo({ action, file, owner: null, ...change }),
    postMortem: postMortem({ file, date }),
    decision: { kind, reason: kind === 'implement' ? 'type Alert is safe' : 'type Architecture is not safe' },
  };
}

const items = [
  item('P3 old', '2025-06-01', 'review', { priority: 'P3' }),
  item('P0 fresh', '2026-05-25', 'implement', { priority: 'P0' }),
  item('P1 overdue by 10', '2026-04-22', 'review', { priority: 'P1', owner: 'anna' }),
  item('P0 overdue by 3', '2026-05-15', 'implement', { priority: 'P0' }),
  item('P1 without a date', null, 'review', { priority: 'P1' }),
  item('P1 younger', '2026-05-20', 'review', { priority: 'P1' }),
  item('P1 older', '2026-05-10', 'review', { priority: 'P1' }),
];
const build = (open: readonly DecidedTodo[] = items) =>
  buildDigest(
    open,
    open.map((each) => each.postMortem),
    limits,
    today,
  );
const links = {
  repository: 'ops/infra',
  fileUrl: (path: string, line: number) => `https://git.example.com/ops/infra/src/branch/main/${path}#L${line}`,
};

describe('the digest', () => {
  it('begins with the longest overdue, then goes by priority and age', () => {
    expect(build().items.map(({ decided }) => decided.todo.action)).toEqual([
      'P1 overdue by 10',
      'P0 overdue by 3',
      'P0 fresh',
      'P1 older',
      'P1 younger',
      'P1 without a date',
      'P3 old',
    ]);
  });

  it('counts what is overdue, what waits for a person, and what nobody owns', () => {
    expect(build()).toMatchObject({
      postMortems: 7,
      overdue: 2,
      awaitingPeople: 5,
      withoutOwner: 4,
      byPriority: { P0: 2, P1: 4, P2: 0, P3: 1 },
    });
  });

  it('takes an item as overdue from the day after its limit, never without a limit or a date', () => {
    const days = (date: string | null, priority: Todo['priority']) =>
      build([item('a', date, 'review', { priority })]).items[0]?.overdueDays;
    expect([
      days('2026-05-18', 'P0'),
      days('2026-05-17', 'P0'),
      days('2020-01-01', 'P3'),
      days(null, 'P0'),
      days('2026-07-01', 'P0'),
    ]).toEqual([null, 1, null, null, null]);
  });

  it('counts rows whose status nobody understands', () => {
    const unclear = postMortem({
      todos: [
        todo({ state: 'unknown', statusRaw: 'perhaps' }),
        todo({ state: 'unknown', statusRaw: null }),
        todo({ state: 'closed' }),
      ],
    });
    expect(buildDigest([], [unclear], limits, today).unclear).toBe(1);
  });

  it('is a table for the log, and one line when nothing is open', () => {
    const lines = digestLines(build()).join('\n');
    expect(lines).toMatch(/^Prio +Age +Overdue +Where/);
    expect(lines).toMatch(/P1 +40 d +10 d over +2026-04-22-x\.md:42 +P1 overdue by 10 +anna +a person: /);
    expect(lines).toMatch(/P0 +7 d +2026-05-25-x\.md:42 +P0 fresh +- +the next run/);
    expect(lines).toMatch(
      /Post-mortems: 7 open action items in 7 documents, 2 P0, 4 P1, 1 P3, 2 overdue, 5 for a person, 4 without an owner$/,
    );
    expect(digestLines(build([]))).toEqual(['Post-mortems: no open action items']);
  });

  it('is data for programs', () => {
    expect(digestJson(build(), new Redactor())).toMatchObject({
      open: 7,
      overdue: 2,
      items: expect.arrayContaining([
        expect.objectContaining({ action: 'P1 overdue by 10', age_days: 40, overdue_days: 10, owner: 'anna', awaits: 'person' }),
      ]),
    });
  });
});

describe('the digest in Slack', () => {
  it('groups what is overdue, what waits for a person and what the next run does, with links', () => {
    const message = digestMessage(build(), links, new Redactor());
    const text = JSON.stringify(message.blocks);
    expect(blockProblems(message)).toEqual([]);
    expect(text.indexOf('*Overdue*')).toBeLessThan(text.indexOf('*Waiting for a person*'));
    expect(text.indexOf('*Waiting for a person*')).toBeLessThan(text.indexOf('*For the next run*'));
    expect(text).toContain(
      '10 days overdue - owner anna - <https://git.example.com/ops/infra/src/branch/main/docs/post-mortems/2026-04-22-x.md#L42|2026-04-22-x.md:42>',
    );
    expect(text).toContain('no owner');
  });

  it('stays valid and counts the rest with a thousand items, and with nothing open', () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      item(`Number ${i}: ${'<!channel> & "quotes" '.repeat(20)}`, '2026-01-01', 'review', { priority: 'P1' }),
    );
    const message = digestMessage(build(many), links, new Redactor());
    expect(blockProblems(message)).toEqual([]);
    const shown = [...JSON.stringify(message.blocks).matchAll(/Number \d+/g)].length;
    expect(shown).toBeGreaterThan(3);
    expect(JSON.stringify(message.blocks)).toContain(`and ${1000 - shown} more`);
    expect(JSON.stringify(message)).not.toContain('<!channel>');
    expect(blockProblems(digestMessage(build([]), { ...links, repository: null }, new Redactor()))).toEqual([]);
  });

  it('masks secrets', () => {
    const redactor = new Redactor();
    redactor.add('hunter2hunter2');
    const message = digestMessage(build([item('Change hunter2hunter2', '2026-01-01', 'review')]), links, redactor);
    expect(JSON.stringify(message)).not.toContain('hunter2');
  });
});
