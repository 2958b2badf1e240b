/** Rules on the Follow-up Implementation table. */
import { actionHash } from './identity.ts';
import { cellSpot, type LintDocument } from './lint-document.ts';
import { columnOf } from './shape.ts';
import { quoted, tableOf, type Finding, type LintOptions, type Rule } from './lint-rule.ts';

function example(...rows: readonly string[]): string {
  const plan = tableOf('Action | Status', 'Add an alert for full disks | Done');
  return `${plan}\n\n## Follow-up Implementation\n\n${tableOf('Date | Action | Commit | Implemented By', ...rows)}`;
}

const good = example('2026-04-15 | Add an alert for full disks | `35646841` | anna');

export const followUpRules: readonly Rule[] = [
  {
    id: 'done-without-follow-up',
    level: 'info',
    about: 'A row is Done, but neither it nor the Follow-up table of the document says where that happened.',
    bad: example(),
    good,
    check: doneWithoutRow,
  },
  {
    id: 'commit-not-in-history',
    level: 'error',
    about: 'The Follow-up table names a commit that is not in the history of the repository.',
    bad: example('2026-04-15 | Add an alert for full disks | `badbadb4` | anna'),
    good,
    check: commitsNotInHistory,
  },
];

/** Done and nothing more: `Done (PR #12)` says where. */
const bareDone = /^[^\p{L}]*(?:done|completed?|fixed|implemented|resolved|shipped|merged|deployed)[^\p{L}\p{N}]*$/iu;

function doneWithoutRow({ postMortem, rows, logs }: LintDocument): Finding[] {
  const written = new Set(postMortem.followUp.map(({ action }) => actionHash(action)));
  const remedy = 'Add a row with the commit to the Follow-up table, or name the commit behind the status: Done (PR #12).';
  return rows
    .filter(({ todo, shape }) => logs.length > 0 && shape.misnamed === null && todo.state === 'closed' && bareDone.test(todo.statusRaw ?? ''))
    .filter(({ todo }) => !written.has(actionHash(todo.action)) && !written.has(actionHash(`[${todo.priority}] ${todo.action}`)))
    .map(({ row, shape, todo }) => {
      const message = `${quoted(todo.action)} is done, but nothing says where`;
      return { spot: cellSpot(row, shape.status), message, remedy };
    });
}

const commitId = /\b[0-9a-f]{7,40}\b/gi;

function commitsNotInHistory({ logs, markdown }: LintDocument, { commitExists }: LintOptions): Finding[] {
  const remedy = 'Write the id the commit has now: a rebase or squash gives it a new one.';
  return logs.flatMap((table) => {
    const column = columnOf(table, 'commit');
    return table.rows.flatMap((row) => {
      const cell = column === null ? undefined : row.cells[column];
      const ids = cell === undefined ? null : markdown.plain(markdown.slice(cell.content)).match(commitId);
      return (ids ?? [])
        .filter((id) => commitExists?.(id.toLowerCase()) === false)
        .map((id) => ({ spot: cellSpot(row, column), message: `the commit ${id} is not in the history`, remedy }));
    });
  });
}
