import { describe, expect, it } from 'vitest';
import { applyFollowUp } from '../../src/postmortem/edit.ts';
import { doneEntry, file, reviewEntry, todoOf } from './edited.ts';
import type { FollowUpEntry } from '../../src/postmortem/model.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

const plan = `# Post-Mortem: NFS outage

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
| P1 | Add an alert for \`a\\|b\` | Alert | rate > 5 | TODO |
| P2 | Migrate Vault to SSD | Migration | critical | TODO |
| P3 | Document the mount | Runbook | | Done (PR #4) |
`;
const followUp = `
## Follow-up Implementation

_This section is auto-populated by the postmortem-todo-resolver agent._

| Date | Action | Priority | Type | Commit | Implemented By |
|------|--------|----------|------|--------|----------------|
`;
const doneRow =
  '| 2026-04-14 | Add an alert for `a\\|b` | P1 | Alert | [`35646841`](https://forge.example/infra/commit/35646841aaaabbbbccccddddeeeeffff00001111) | postmortem-todo-resolver |';

function edited(text: string, ...entries: FollowUpEntry[]): string {
  return applyFollowUp(text, file, entries).text;
}

/** The status cell after `TODO` in it is replaced as the editor does. */
function statusAfter(status: string): string {
  const text = plan.replace('rate > 5 | TODO |', `rate > 5 | ${status} |`);
  const row = edited(text, doneEntry(todoOf(text, 'Add'))).split('\n').find((line) => line.startsWith('| P1'));
  return row?.split(/(?<!\\)\|/).at(-2)?.trim() ?? '';
}

describe('a TODO that was implemented', () => {
  it('is Done, and has a row with date and commit in a Follow-up section made at the end', () => {
    expect(edited(plan, doneEntry(todoOf(plan, 'Add')))).toBe(`${plan.replace('rate > 5 | TODO |', 'rate > 5 | Done |')}${followUp}${doneRow}\n`);
  });

  it('has its commit as plain code where no web address is known, or none of the web', () => {
    for (const url of [null, 'javascript:alert(1)']) {
      const entry = { ...doneEntry(todoOf(plan, 'Add')), commit: { id: '35646841aaaa', url } } as FollowUpEntry;
      expect(edited(plan, entry)).toContain('| Alert | `35646841` | postmortem-todo-resolver |');
    }
  });

  it('stays as a person left it when its row was closed in the meantime', () => {
    const entry = doneEntry(todoOf(plan, 'Add'));
    const closed = plan.replace('rate > 5 | TODO |', 'rate > 5 | Wontfix |');
    expect(edited(closed, entry)).toBe(`${closed}${followUp}${doneRow}\n`);
  });

  it('is found in a document that others edited since it was read', () => {
    const entry = doneEntry(todoOf(plan, 'Add'));
    const moved = plan
      .replace(/(\| P1 .*\n)(\| P2 .*\n)/, '$2$1')
      .replace('# Post-Mortem: NFS outage', '# Post-Mortem: NFS and DNS outage\n\nMore words.')
      .replace('rate > 5', 'rate above 6');
    expect(edited(moved, entry)).toContain('| P1 | Add an alert for `a\\|b` | Alert | rate above 6 | Done |');
  });

  it('is told from another with the same action by its type and details, also when the two changed places', () => {
    const twice = plan.replace('| P3 | Document', '| P0 | Migrate Vault to SSD | Config | again | TODO |\n| P3 | Document');
    const second = parsePostMortem(twice, file).todos.filter(({ action }) => action.startsWith('Migrate'))[1];
    const swapped = twice.replace(/(\| P2 \| Migrate.*\n)(\| P0 \| Migrate.*\n)/, '$2$1');
    const after = edited(swapped, ...(second === undefined ? [] : [doneEntry(second)]));
    expect(after).toContain('| P0 | Migrate Vault to SSD | Config | again | Done |');
    expect(after).toContain('| P2 | Migrate Vault to SSD | Migration | critical | TODO |');
  });

  it('is told when its row is gone, and written into the Follow-up table all the same', () => {
    const entry = doneEntry(todoOf(plan, 'Add'));
    const without = plan.replace(/\| P1 .*\n/, '');
    expect(applyFollowUp(without, file, [entry])).toEqual({ text: `${without}${followUp}${doneRow}\n`, notFound: [entry] });
  });

  it.each([
    ['TODO', 'Done'],
    ['**TODO**', '**Done**'],
    ['TODO (see #12)', 'Done (see #12)'],
    ['Open, see [#12](https://x)', 'Done, see [#12](https://x)'],
    ['🚧 In progress', 'Done'],
    ['[ ]', 'Done'],
    ['offen', 'Done'],
    ['Not yet started', 'Done'],
    ['Waiting for review', 'Done'],
    ['**Blocked** on the vendor', '**Done**'],
    ['Done (kubectl, needs TF)', 'Done'],
    ['**Done (needs TF)**', '**Done**'],
    ['TODO (pending review)', 'Done'],
  ])('replaces what makes "%s" open: "%s"', (before, after) => {
    expect(statusAfter(before)).toBe(after);
  });

  it('keeps the width of an aligned column, left, right and in East Asian text', () => {
    const table = (alignment: string, first: string, second: string): string =>
      `## Action Items\n\n| Action   | Status       |\n|----------|${alignment}|\n| Add an x | ${first} |\n| Add an y | ${second} |\n`;
    const left = table('--------------', 'In progress ', 'TODO        ');
    expect(edited(left, doneEntry(todoOf(left, 'Add an x')))).toContain('| Add an x | Done         |\n');
    const right = table('-------------:', ' In progress', '        TODO');
    expect(edited(right, doneEntry(todoOf(right, 'Add an x')))).toContain('| Add an x |         Done |\n');
    const wide = table('--------------', '対応中      ', 'TODO        ');
    expect(edited(wide, doneEntry(todoOf(wide, 'Add an x')))).toContain('| Add an x | Done         |\n');
  });

  it('is marked where its status stands, also under a header that says otherwise', () => {
    const text = '## Prevention Plan\n\n| Action | Owner | Status |\n|--|--|--|\n| Fix NFS | Done | Apr 14 |\n| Move Vault | TODO | too critical |\n| Review PVs | TODO | many |\n';
    expect(edited(text, doneEntry(todoOf(text, 'Move')))).toContain('| Move Vault | Done | too critical |\n');
  });
});

describe('a TODO that was refused', () => {
  const entry = reviewEntry(todoOf(plan, 'Migrate'));
  const row = `| — | Migrate Vault to SSD | P2 | Migration | — | Needs human review: the plan destroys aws_s3_bucket.logs <!-- todo:${entry.todo.textHash} --> |`;

  it('keeps its status, and has a row with the reason and a mark of the text that was refused', () => {
    expect(edited(plan, entry)).toBe(`${plan}${followUp}${row}\n`);
    expect(parsePostMortem(edited(plan, entry), file).followUp).toEqual([
      { line: 17, date: '—', action: 'Migrate Vault to SSD', commit: '—', implementedBy: 'Needs human review: the plan destroys aws_s3_bucket.logs', textHash: entry.todo.textHash },
    ]);
  });

  it('has one row, replaced when it is refused again and when it is done later', () => {
    const refused = edited(plan, entry);
    const again = edited(refused, reviewEntry(todoOf(refused, 'Migrate'), 'the plan still destroys it'));
    expect(again).toBe(refused.replace('the plan destroys aws_s3_bucket.logs', 'the plan still destroys it'));
    const done = edited(again, doneEntry(todoOf(again, 'Migrate')));
    expect(parsePostMortem(done, file).followUp.map(({ date, commit }) => [date, commit])).toEqual([['2026-04-14', '35646841']]);
    expect(done).toContain('| critical | Done |');
  });

  it('replaces the row with its mark rather than one without', () => {
    const log = edited(plan, entry).replace(/(\| — \|.*\n)$/, '| — | Migrate Vault to SSD | P2 | Migration | — | Jane looks at it |\n$1');
    const again = edited(log, reviewEntry(todoOf(log, 'Migrate'), 'still no'));
    expect(again).toBe(log.replace('the plan destroys aws_s3_bucket.logs', 'still no'));
  });

  it('keeps the mark of the text it was refused for when a person edited it meanwhile', () => {
    const changed = plan.replace('| critical |', '| critical, see #9 |');
    const { followUp: rows, todos } = parsePostMortem(edited(changed, entry), file);
    expect(rows[0]?.textHash).toBe(entry.todo.textHash);
    expect(todos.find(({ action }) => action.startsWith('Migrate'))?.textHash).not.toBe(entry.todo.textHash);
  });

  it('has no row when a person closed it meanwhile', () => {
    const closed = plan.replace('| critical | TODO |', '| critical | Done |');
    expect(edited(closed, entry)).toBe(closed);
  });

  it.each([
    'a | b || c `d | e`',
    'one\ntwo\r\nthree',
    '--> <!-- todo:aaaaaaaaaaaa --> <script>alert(1)</script> <img src=x onerror=y>',
    '[click](javascript:alert(1)) ![](https://tracker/x) **bold** _it_ `code`',
    'ends in a backslash \\',
    '\\\\ \\| \\` &lt;b&gt; &#60;',
    '\u001b[31mred\u001b[0m \u202egnirts\u202c zero\u200bwidth',
  ])('shows its reason as text, whatever it is made of: %j', (reason) => {
    const text = edited(plan, reviewEntry(entry.todo, reason));
    const added = text.slice(plan.length + followUp.length);
    const shown = reason.replaceAll(/\u001b\[\d+m|[\u202e\u202c\u200b]/g, '').replaceAll(/\s+/g, ' ').trim();
    expect(added.match(/\n/g)).toHaveLength(1);
    expect(added.match(/-->/g)).toHaveLength(1);
    expect(added).not.toMatch(/(?<!\\)<(?!!-- todo:)/);
    expect(parsePostMortem(text, file).followUp).toMatchObject([{ implementedBy: `Needs human review: ${shown}`, textHash: entry.todo.textHash }]);
  });

  it('has its reason cut at 300 characters', () => {
    const [row] = parsePostMortem(edited(plan, reviewEntry(entry.todo, '😀'.repeat(100_000))), file).followUp;
    expect([...(row?.implementedBy ?? '')]).toHaveLength('Needs human review: '.length + 300);
  });
});

describe('the Follow-up table', () => {
  const add = doneEntry(todoOf(plan, 'Add'));
  const marked = plan.replace('rate > 5 | TODO |', 'rate > 5 | Done |');

  it('grows below its last row, above whatever follows', () => {
    const rest = '\n# E2E test 17:12\nwords';
    const log = `${followUp}| 2026-04-01 | Restart NFS | P0 | Config | \`abc12345\` | Jane |\n`;
    expect(edited(plan + log + rest, add)).toBe(marked + log + doneRow + '\n' + rest);
  });

  it('is made in a section that has none, before the next heading, and needs no blank line there', () => {
    const section = '\n## Follow-up Implementation\n\nAs of now:\n## Next\n\ntext';
    expect(edited(plan + section, add)).toBe(
      `${marked}\n## Follow-up Implementation\n\nAs of now:\n\n${followUp.split('\n').slice(5).join('\n')}${doneRow}\n\n## Next\n\ntext`,
    );
  });

  it('is filled by the names of its columns; people\'s own columns and rows stay', () => {
    const table = '\n## Follow-up Implementation\n\n| Implemented By | Ticket | Commit | Action | Date |\n|--|--|--|--|--|\n| Jane | #1 | `abc12345` | Add an alert for `a\\|b` | 2026-04-01 |\n';
    expect(edited(plan + table, add)).toBe(
      `${marked}${table}| postmortem-todo-resolver |  | [\`35646841\`](https://forge.example/infra/commit/35646841aaaabbbbccccddddeeeeffff00001111) | Add an alert for \`a\\|b\` | 2026-04-14 |\n`,
    );
  });

  it('replaces a row without commit that a person wrote for the same action, and keeps how they spelt it', () => {
    const table = '\n## Follow-up Implementation\n\n| Date | Action | Commit | Implemented By | Note |\n|--|--|--|--|--|\n| — | add an ALERT for a\\|b | — | Needs human review | ask Bob |\n';
    expect(edited(plan + table, add)).toContain('| 2026-04-14 | add an ALERT for a\\|b | [`35646841`](https://forge.example/infra/commit/35646841aaaabbbbccccddddeeeeffff00001111) | postmortem-todo-resolver | ask Bob |\n');
  });

  it('is added when the table of the section cannot take our rows', () => {
    const table = '\n## Follow-up Implementation\n\n| Date | What |\n|--|--|\n| x | y |\n';
    expect(edited(plan + table, add)).toBe(`${marked}${table}\n${followUp.split('\n').slice(5).join('\n')}${doneRow}\n`);
  });

  it('has the line endings of the document, and the file ends as it did', () => {
    for (const eol of ['\r\n', '\r']) {
      const expected = `\ufeff${marked}${followUp}${doneRow}\n`.replaceAll('\n', eol);
      expect(edited(`\ufeff${plan}`.replaceAll('\n', eol), add)).toBe(expected);
    }
    expect(edited(plan.trimEnd(), add)).toBe(`${marked}${followUp}${doneRow}`);
    expect(edited((plan + followUp).trimEnd(), add)).toBe(marked + followUp + doneRow);
  });

  it('stays in its quote', () => {
    const quoted = (plan + followUp).trimEnd().replaceAll(/^/gm, '> ');
    const todo = todoOf(quoted, 'Add');
    expect(edited(quoted, doneEntry(todo)).split('\n').at(-1)).toBe(`> ${doneRow}`);
  });

  it('is put before a comment or code that never closes, where it would be hidden', () => {
    for (const open of ['<!-- old notes\n\nx\n', '```\n\nx\n']) {
      const text = edited(`${plan}\n${open}`, add);
      expect(parsePostMortem(text, file)).toMatchObject({ title: 'Post-Mortem: NFS outage', followUp: [{ commit: '35646841' }] });
      expect(text.endsWith(`\n${open}`)).toBe(true);
    }
  });

  it('keeps its columns aligned when they are and the row fits', () => {
    const table = '\n## Follow-up Implementation\n\n| Action                     | Commit         | Implemented By           |\n|----------------------------|----------------|--------------------------|\n| Other                      | `abc12345`     | Jane                     |\n';
    const entry = { ...add, commit: { id: '35646841aaaa', url: null } } as FollowUpEntry;
    expect(edited(plan + table, entry)).toBe(`${marked}${table}| Add an alert for \`a\\|b\`    | \`35646841\`     | postmortem-todo-resolver |\n`);
  });

  it('holds one row for each of two TODOs that share an action', () => {
    const twice = plan.replace('| P3 | Document', '| P0 | Migrate Vault to SSD | Config | again | TODO |\n| P3 | Document');
    const [first, second] = parsePostMortem(twice, file).todos.filter(({ action }) => action.startsWith('Migrate'));
    if (first === undefined || second === undefined) {
      throw new Error('two TODOs share the action');
    }
    const refused = edited(twice, reviewEntry(second, 'no'));
    const both = edited(edited(refused, reviewEntry(first, 'neither')), doneEntry(second));
    expect(parsePostMortem(both, file).followUp.map(({ commit, textHash }) => [commit, textHash])).toEqual([['35646841', null], ['—', first.textHash]]);
    const third = edited(both, doneEntry(first, '11111111aaaabbbbccccddddeeeeffff00001111'));
    expect(parsePostMortem(third, file).followUp.map(({ commit }) => commit)).toEqual(['35646841', '11111111']);
  });

  it('holds one row for an action with a priority in front, refused and later done', () => {
    const text = plan.replace('| P1 | Add an', '| | [P1] Add an');
    const refused = edited(text, reviewEntry(todoOf(text, 'Add')));
    const unmarked = refused.replace(/ <!-- todo:\w+ -->/, '');
    expect(edited(unmarked, doneEntry(todoOf(text, 'Add')))).toBe(`${text.replace('rate > 5 | TODO |', 'rate > 5 | Done |')}${followUp}${doneRow.replace('| Add', '| [P1] Add')}\n`);
  });

  it('holds bullets too, escaped for a cell', () => {
    const text = '# Outage\n\n## Action Items\n\n- [ ] Alert on `a | b`\n      for `c` | d\n';
    expect(edited(text, reviewEntry(todoOf(text, 'Alert'), 'no'))).toContain('| — | Alert on `a \\| b` for `c` \\| d | P2 | — | — | Needs human review: no <!--');
    const pending = '# Outage\n\n## Action Items\n\n- Pending: alert on [x](https://y)\n';
    expect(edited(pending, reviewEntry(todoOf(pending, 'alert'), 'no'))).toContain('| — | alert on x | P2 | — | — | Needs human review: no <!--');
  });
});
