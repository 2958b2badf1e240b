import { describe, expect, test } from 'vitest';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import type { Todo } from '../../src/postmortem/model.ts';

const header = ['| Priority | Action | Type | Details | Status |', '|---|---|---|---|---|'];
const row = '| P1 | Add an alert | Alert | On high load | TODO |';

function documentOf(...lines: string[]): string {
  return ['# Post-mortem', '', '## Prevention Plan', '', ...lines, ''].join('\n');
}

function parse(text: string) {
  return parsePostMortem(text, 'docs/post-mortems/2026-01-02-x.md');
}

function only(text: string): Todo {
  const { todos } = parse(text);
  expect(todos).toHaveLength(1);
  return todos[0] as Todo;
}

function rules(text: string): string[] {
  return parse(text).problems.map(({ rule, line }) => `${line} ${rule}`);
}

describe('lines and bytes', () => {
  test('a BOM is no part of the first line', () => {
    expect(only(`\ufeff${documentOf(...header, row)}`).line).toBe(7);
    expect(only(`\ufeff${header.join('\n').replace('|', '|')}\n${row}\n`).action).toBe('Add an alert');
  });

  test.each([
    ['CRLF', '\r\n'],
    ['a lone CR', '\r'],
    ['LF', '\n'],
  ])('%s ends a line, and counts as one', (_, ending) => {
    const text = documentOf(...header, row).replaceAll('\n', ending);
    const todo = only(text);
    expect(todo.line).toBe(7);
    expect(text.slice(todo.statusRange?.start, todo.statusRange?.end)).toBe('TODO');
  });

  test('no newline at the end of the file', () => {
    expect(only(documentOf(...header, row).trimEnd()).statusRaw).toBe('TODO');
  });

  test('tabs around cells and before list items', () => {
    expect(only(documentOf('|\tPriority\t|\tAction\t|\tStatus\t|', '|---|---|---|', '|\tP0\t|\tAdd an alert\t|\tTODO\t|'))).toMatchObject({ priority: 'P0', state: 'open' });
    expect(only(documentOf('-\t[ ]\tAdd an alert'))).toMatchObject({ source: 'tasklist', action: 'Add an alert' });
  });

  test('full-width bars are text, so nothing is taken for a row of cells', () => {
    expect(parse(documentOf('｜ Action ｜ Status ｜', '｜---｜---｜', '｜ Add an alert ｜ TODO ｜')).todos).toEqual([]);
  });

  test('right-to-left text with marks keeps its words, direction overrides are dropped', () => {
    const todo = only(documentOf('| פעולה | סטטוס |', '|---|---|', '| להוסיף התראה\u200f \u202eevil\u202c | פתוח |'));
    expect(todo.action).toBe('להוסיף התראה\u200f evil');
    expect(todo.state).toBe('open');
  });

  test('front matter is no section, and gives the date', () => {
    const text = `---\ntitle: The outage\ndate: 2025-12-24\nitems:\n- [ ] not a task\n---\n\n${documentOf(...header, row)}`;
    expect(parse(text)).toMatchObject({ date: '2025-12-24', title: 'Post-mortem' });
    expect(only(text).action).toBe('Add an alert');
  });
});

describe('tables', () => {
  test('without outer pipes', () => {
    expect(only(documentOf('Action | Type | Status', '--- | --- | ---', 'Add an alert | Alert | TODO'))).toMatchObject({ type: 'Alert', state: 'open' });
  });

  test('without a blank line before them', () => {
    const todo = only(documentOf('These are the actions:', '| Action | Type | Status |', '|---|---|---|', '| Add an alert | Alert | TODO |'));
    expect(todo.line).toBe(8);
  });

  test('in a quote, in a list item, and inside <details>', () => {
    expect(only(documentOf(...[...header, row].map((line) => `> ${line}`))).column).toBe(3);
    expect(only(documentOf('- The plan:', '', ...[...header, row].map((line) => `  ${line}`))).column).toBe(3);
    expect(only(documentOf('<details>', '<summary>Plan</summary>', '', ...header, row, '', '</details>')).action).toBe('Add an alert');
  });

  test('two under one heading are both read', () => {
    const todos = parse(documentOf(...header, row, '', 'And later:', '', ...header, row.replace('an alert', 'a dashboard'))).todos;
    expect(todos.map(({ action }) => action)).toEqual(['Add an alert', 'Add a dashboard']);
  });

  test('a row that is short has the missing cells empty, and is reported if its status or type is missing', () => {
    const text = documentOf(...header, '| P1 | Add an alert | Alert |');
    expect(only(text)).toMatchObject({ type: 'Alert', statusRaw: null, state: 'unknown' });
    expect(rules(text)).toEqual(['7 broken-table-row']);
    expect(rules(documentOf('| Action | Status | Link |', '|---|---|---|', '| Add an alert | TODO |'))).toEqual([]);
  });

  test('a row that is long is not read when its cells cannot be told apart, and is reported', () => {
    const text = documentOf(...header, '| P1 | Run a | b on the host | Alert | On load | TODO |');
    expect(parse(text).todos).toEqual([]);
    expect(parse(text).problems[0]).toMatchObject({ line: 7, level: 'error', rule: 'broken-table-row', file: 'docs/post-mortems/2026-01-02-x.md' });
  });

  test('an escaped pipe is text, also in a code span', () => {
    expect(only(documentOf(...header, '| P1 | Watch a\\|b and `c\\|d` | Alert | x | TODO |')).action).toBe('Watch a|b and c|d');
    expect(only(documentOf(...header, '| P1 | Watch `c\\|d` | Alert | x | TODO |')).action).toBe('Watch c|d');
  });

  test('an unescaped pipe in a code span cuts the row for a renderer: it is read as meant, and reported', () => {
    const text = documentOf(...header, '| P1 | Alert on `rate(a|b)` | Alert | x | TODO |');
    expect(only(text)).toMatchObject({ action: 'Alert on rate(a|b)', type: 'Alert', state: 'open' });
    expect(rules(text)).toEqual(['7 broken-table-row']);
  });

  test('rows cut off by a blank line or a comment are read and reported', () => {
    const blank = documentOf(...header, row, '', row.replace('an alert', 'a dashboard'));
    expect(parse(blank).todos.map(({ line }) => line)).toEqual([7, 9]);
    expect(rules(blank)).toEqual(['9 broken-table-row']);
    const comment = documentOf(...header, '<!-- | P? | template | Type | x | TODO | -->', row);
    expect(only(comment).line).toBe(8);
    expect(rules(comment)).toEqual(['8 broken-table-row']);
  });

  test('a table without an alignment row, or with one that does not fit, is read and reported', () => {
    for (const alignment of [[], ['|---|---|']]) {
      const text = documentOf(header[0] ?? '', ...alignment, row);
      expect(only(text)).toMatchObject({ action: 'Add an alert', state: 'open' });
      expect(rules(text)).toContain('5 broken-table');
      expect(rules(text)).toContain(`${6 + alignment.length} broken-table-row`);
    }
  });

  test('a table of an unknown shape under "Action Items" is mentioned', () => {
    expect(rules('# X\n\n## Action Items\n\n| Foo | Bar |\n|---|---|\n| a | b |\n')).toEqual(['5 unknown-table']);
  });

  test('placeholder rows and empty rows are no TODOs', () => {
    const rows = ['<action>', '…', '...', '-', '', '[Action 1]', 'TBD', '{action}', '_______', 'None'];
    const text = documentOf(...header, ...rows.map((action) => `| P1 | ${action} | Alert | x | TODO |`), '| P1 | Add an alert | Alert | x | YYYY-MM-DD |');
    expect(parse(text).todos).toEqual([]);
    expect(parse(text).problems.map(({ rule }) => rule)).toEqual(Array(rows.length + 1).fill('placeholder'));
  });

  test('rows in code and comments are no rows', () => {
    const text = documentOf('```md', ...header, row, '```', '', '<!--', ...header, row, '-->', '', ...[...header, row].map((line) => `    ${line}`));
    expect(parse(text).todos).toEqual([]);
  });

  test('the Follow-up Implementation table holds no TODOs, its rows and refusal markers are read', () => {
    const text = documentOf(
      '## Follow-up Implementation',
      '',
      '| Date | Action | Priority | Type | Commit | Implemented By |',
      '|---|---|---|---|---|---|',
      '| 2026-01-03 | Add an alert | P1 | Alert | [`abc1234`](https://example.org/c/abc1234) | postmortem-todo-resolver |',
      '| — | Move the disk | P2 | Config | — | Needs human review: it destroys a disk <!-- todo:0123456789ab --> |',
    );
    expect(parse(text).todos).toEqual([]);
    expect(parse(text).followUp).toEqual([
      { line: 9, date: '2026-01-03', action: 'Add an alert', commit: 'abc1234', implementedBy: 'postmortem-todo-resolver', textHash: null },
      { line: 10, date: '—', action: 'Move the disk', commit: '—', implementedBy: 'Needs human review: it destroys a disk', textHash: '0123456789ab' },
    ]);
  });
});

describe('cells', () => {
  test.each([
    ['a <br> is a space', 'Add<br>an alert<br/>now', 'Add an alert now'],
    ['strikethrough inside', 'Add ~~two~~ one alert', 'Add two one alert'],
    ['reference links', 'Add [an alert][doc]', 'Add an alert'],
    ['links and images', 'See [the docs](https://a.example/x_y) ![icon](i.png)', 'See the docs icon'],
    ['autolinks keep the address', 'Follow <https://a.example/1>', 'Follow https://a.example/1'],
    ['footnotes', 'Add an alert[^1] soon', 'Add an alert soon'],
    ['emoji and shortcodes', 'Add :rocket: an alert 🚀', 'Add :rocket: an alert 🚀'],
    ['emphasis in words', 'Set *max_open_files* to `a_b`', 'Set max_open_files to a_b'],
    ['entities', 'Alert on a &lt; b &amp; c', 'Alert on a < b & c'],
    ['terminal escapes', 'Add \u001b[31man\u001b[0m alert\u0007', 'Add an alert'],
    ['comments', 'Add an alert <!-- really? -->', 'Add an alert'],
  ])('%s', (_, cell, plain) => {
    expect(only(`${documentOf(...header, `| P1 | ${cell} | Alert | x | TODO |`)}\n[doc]: https://example.org\n[^1]: note\n`).action).toBe(plain);
  });

  test('a struck-through action is closed whatever its status says', () => {
    expect(only(documentOf(...header, '| P1 | ~~Add an alert~~ | Alert | x | TODO |'))).toMatchObject({ action: 'Add an alert', state: 'closed' });
  });

  test('a cell of 100 kB is reported, not read', () => {
    const text = documentOf(...header, `| P1 | ${'[a]('.repeat(25_000)} | Alert | x | TODO |`, row);
    expect(only(text).line).toBe(8);
    expect(rules(text)).toEqual(['7 oversized-cell']);
  });
});

describe('headings and identity', () => {
  test('a setext heading begins a section', () => {
    expect(only('The outage\n==========\n\nAction items\n------------\n\n- Add an alert\n')).toMatchObject({ source: 'bullet', line: 7 });
  });

  test('duplicate actions are both kept, with identities of their own and a warning', () => {
    const text = documentOf(...header, row, row.replace('TODO', 'Done'), row.replace('an alert', 'AN  ALERT'));
    const ids = parse(text).todos.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe(`${ids[0]}-2`);
    expect(rules(text)).toEqual(['8 duplicate-action', '9 duplicate-action']);
  });

  test('an identity survives other rows, other cells and a list that repeats the action', () => {
    const before = only(documentOf(...header, row)).id;
    const after = parse(documentOf('- [ ] Add an alert', '', ...header, row.replace('Alert', 'Config').replace('TODO', 'Done'))).todos;
    expect(after.find(({ source }) => source === 'table')?.id).toBe(before);
    expect(after.find(({ source }) => source === 'tasklist')?.id).not.toBe(before);
  });

  test('the text hash changes with action, type and details, not with the status', () => {
    const hash = (text: string): string => only(documentOf(...header, text)).textHash;
    expect(hash(row.replace('TODO', 'Done'))).toBe(hash(row));
    expect(new Set([hash(row), hash(row.replace('an alert', 'one')), hash(row.replace('Alert', 'Config')), hash(row.replace('high', 'low'))]).size).toBe(4);
    expect(hash(row)).toMatch(/^[0-9a-f]{12}$/);
  });

  test('a template in fenced code and prose about actions hold nothing', () => {
    expect(parse('# Runbook\n\n```markdown\n## Action items\n\n- [ ] Do it\n```\n\nWe took many actions | and none was a table.\n').todos).toEqual([]);
  });
});
