import { describe, expect, test } from 'vitest';
import { actionCap, decide, queue } from '../../src/postmortem/classify.ts';
import { inferType } from '../../src/postmortem/infer.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import type { DecidedTodo, Decision } from '../../src/postmortem/model.ts';

const options = { safeTypes: ['Alert', 'Config', 'Monitor'], retry: 'never' } as const;

function decisions(text: string, file = 'x.md', retry: 'refused' | 'never' = 'never'): Decision[] {
  const postMortem = parsePostMortem(text, file);
  return postMortem.todos.map((todo) => decide(todo, postMortem, { ...options, retry }));
}

function tableOf(...rows: string[]): string {
  return `## Prevention Plan\n\n| Priority | Action | Type | Details | Status |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function decisionOn(type: string, status = 'TODO', action = 'Add a thing'): Decision {
  return decisions(tableOf(`| P1 | ${action} | ${type} | x | ${status} |`))[0] ?? { kind: 'skip', reason: 'no TODO' };
}

describe('an open row of an action table', () => {
  test.each(['Alert', 'alert', '**Config**', 'Alert + Config', 'Alert / Monitor', 'Alert, Config and Monitor'])('of type %s is implemented', (type) => {
    expect(decisionOn(type).kind).toBe('implement');
  });

  test.each([
    ['Architecture', 'type Architecture is not one of Alert, Config, Monitor'],
    ['Runbook + Config', 'type Runbook + Config is not one of Alert, Config, Monitor'],
    ['', 'no type'],
    ['Alret', 'an unknown type: Alret; did you mean Alert?'],
    ['Confg + Alert', 'an unknown type: Confg; did you mean Config?'],
    ['Alert?', 'type Alert? is safe'],
    ['Dance', 'type Dance is not one of Alert, Config, Monitor'],
    ['+', 'type + is not one of Alert, Config, Monitor'],
  ])('of type "%s" is decided with the reason: %s', (type, reason) => {
    expect(decisionOn(type).reason).toBe(reason);
  });

  test.each([
    ['In progress', 'its status says that a person has it: In progress'],
    ['Blocked on vendor', 'its status says that a person has it: Blocked on vendor'],
    ['Deferred', 'its status says that a person has it: Deferred'],
  ])('that is %s waits for that person', (status, reason) => {
    expect(decisionOn('Alert', status)).toEqual({ kind: 'review', reason });
  });

  test('with an essay for an action is reviewed', () => {
    expect(decisionOn('Alert', 'TODO', 'word '.repeat(actionCap / 4))).toEqual({ kind: 'review', reason: `the action is longer than ${actionCap} characters` });
  });

  test('that is broken is reviewed, whatever it says', () => {
    const cut = tableOf('| P1 | Alert on `a|b` | Alert | x | TODO |')[0] === undefined ? '' : tableOf('| P1 | Alert on `a|b` | Alert | x | TODO |');
    expect(decisions(cut)).toEqual([{ kind: 'review', reason: 'an unescaped | in a code span cuts the row' }]);
    expect(decisions(tableOf('| P1 | Add x | Alert | x | TODO |', '', '| P1 | Add y | Alert | y | TODO |')).map(({ kind }) => kind)).toEqual(['implement', 'review']);
  });

  test('that repeats another one is reviewed, the first is implemented', () => {
    const row = '| P1 | Add x | Alert | x | TODO |';
    expect(decisions(tableOf(row, row))).toEqual([
      { kind: 'implement', reason: 'type Alert is safe' },
      { kind: 'review', reason: 'the same TODO stands in line 5' },
    ]);
  });
});

describe('everything else', () => {
  test.each([
    ['Done', 'already closed: Done'],
    ['', 'no status'],
    ['Decided-to-adopt', 'an unknown status: Decided-to-adopt'],
  ])('a row with status "%s" is skipped: %s', (status, reason) => {
    expect(decisionOn('Alert', status)).toEqual({ kind: 'skip', reason });
  });

  test('lists are tracked, never automated', () => {
    expect(decisions('## Action items\n\n- [ ] Add an alert\n- TODO: add a monitor\n- [x] Done\n').map(({ reason }) => reason)).toEqual([
      'a task list item is tracked, never automated',
      'a bullet item is tracked, never automated',
      'already closed: [x]',
    ]);
  });
});

describe('a refused TODO', () => {
  const row = '| P1 | Move the disk | Config | now | TODO |';
  const hash = parsePostMortem(tableOf(row), 'x.md').todos[0]?.textHash ?? '';
  const log = (marker: string): string =>
    `\n## Follow-up Implementation\n\n| Date | Action | Priority | Type | Commit | Implemented By |\n|---|---|---|---|---|---|\n| — | Move the disk | P1 | Config | — | Needs human review: it destroys a disk ${marker} |\n`;

  test('waits for a person, who is told how to have it tried again', () => {
    expect(decisions(tableOf(row) + log(`<!-- todo:${hash} -->`))).toEqual([
      { kind: 'review', reason: 'was refused before: it destroys a disk; edit the row or set retry: true' },
    ]);
  });

  test('is tried again when its row was edited, when retry says so, and when a person wrote the log', () => {
    expect(decisions(tableOf(row.replace('now', 'later')) + log(`<!-- todo:${hash} -->`))[0]?.kind).toBe('implement');
    expect(decisions(tableOf(row) + log(`<!-- todo:${hash} -->`), 'x.md', 'refused')[0]?.kind).toBe('implement');
    expect(decisions(tableOf(row) + log(''))[0]?.kind).toBe('implement');
  });
});

describe('the type of a legacy table is inferred from the words of the action', () => {
  test.each([
    ['Add PrometheusRule for NFS errors', 'Alert'],
    ['Alert on full disks', 'Alert'],
    ['Add Uptime Kuma TCP check', 'Monitor'],
    ['Ping the NAS', 'Monitor'],
    ['Manage exports in git', 'Config'],
    ['Set vers3=n in nfs.conf', 'Config'],
    ['Migrate Alertmanager to block storage', 'Migration'],
    ['Move the monitor to another host', 'Migration'],
    ['Review all alerts', 'Investigation'],
    ['Verify that the alert fires', 'Investigation'],
    ['Document the config options', 'Runbook'],
    ['Write a runbook for alerts', 'Runbook'],
    ['Buy a UPS', null],
    ['Alertmanager away from NFS', null],
    ['Remove the hard mounts', null],
    ['Reconfigure shipping', null],
  ])('%s: %s', (action, type) => {
    expect(inferType(action)).toBe(type);
  });

  test('only where there is no Type column at all', () => {
    const withColumn = decisions('## Plan\n\n| Action | Type | Status |\n|---|---|---|\n| Alert on full disks | | TODO |\n');
    const without = decisions('## Plan\n\n| Action | Status |\n|---|---|\n| Alert on full disks | TODO |\n');
    expect([...withColumn, ...without].map(({ reason }) => reason)).toEqual(['no type', 'type Alert (inferred from its words) is safe']);
  });
});

describe('the queue', () => {
  const decided = [
    ['b/2026-02-02-two.md', tableOf('| P2 | Late | Alert | x | TODO |', '| P0 | First of two | Alert | x | TODO |', '| P0 | Second of two | Alert | x | TODO |', '| P0 | Unsafe | Docs | x | TODO |')],
    ['a/no-date.md', tableOf('| P0 | Undated | Alert | x | TODO |')],
    ['c/2026-01-01-one.md', tableOf('| P2 | Old | Alert | x | TODO |', '| P1 | Urgent | Alert | x | TODO |')],
  ].flatMap(([file = '', text = '']): DecidedTodo[] => {
    const postMortem = parsePostMortem(text, file);
    return postMortem.todos.map((todo) => ({ todo, postMortem, decision: decide(todo, postMortem, options) }));
  });

  test('goes by priority, then by date with undated last, then by the order in the document; unsafe ones never block it', () => {
    const wanted = ['First of two', 'Second of two', 'Undated', 'Urgent', 'Old', 'Late'];
    expect(queue(decided).map(({ todo }) => todo.action)).toEqual(wanted);
    expect(queue(decided.toReversed()).map(({ todo }) => todo.action)).toEqual(wanted);
  });
});
