/** Rules on action tables as a whole. */
import { cellSpot, type ActionTable } from './lint-document.ts';
import type { Rule } from './lint-rule.ts';
import { roleOf, type ColumnRole } from './columns.ts';

/** The columns of the template's Prevention Plan, in its order. */
export const templateColumns = [
  { name: 'Priority', role: 'priority' },
  { name: 'Action', role: 'action' },
  { name: 'Type', role: 'type' },
  { name: 'Details', role: 'details' },
  { name: 'Status', role: 'status' },
] as const satisfies readonly { name: string; role: ColumnRole }[];

/** The names of the template's columns that a table lacks. One that stands under another name is not lacking. */
export function missingColumns({ table, shape }: ActionTable): string[] {
  const roles = new Set(table.columns.map(roleOf));
  return templateColumns.filter(({ role }) => role !== 'action' && !roles.has(role) && !(role === 'status' && shape.status !== null)).map(({ name }) => name);
}

export const tableRules: readonly Rule[] = [
  {
    id: 'no-status-column',
    level: 'error',
    about: 'An action table has no Status column, so that nobody can tell what is open; its items are never implemented.',
    bad: '| Action | Type |\n|---|---|\n| Add an alert for full disks | Alert |',
    good: '| Action | Type | Status |\n|---|---|---|\n| Add an alert for full disks | Alert | TODO |',
    check: (document) =>
      document.tables
        .filter(({ shape, rows }) => shape.status === null && rows.some(({ todo }) => todo.statusRaw === null && todo.state === 'unknown'))
        .map(({ table }) => ({
          spot: table.header,
          message: 'the action table has no Status column',
          remedy: 'Add a column Status with TODO, In progress or Done in every row.',
        })),
  },
  {
    id: 'missing-column',
    level: 'info',
    about: 'An action table lacks the columns Priority, Type or Details of the template. `fix: true` adds them.',
    bad: '| Action | Status |\n|---|---|\n| Add an alert for full disks | TODO |',
    good: '| Priority | Action | Type | Details | Status |\n|---|---|---|---|---|\n| P2 | Add an alert for full disks | Alert | at 90 % | TODO |',
    check: (document) =>
      document.tables.flatMap((table) => {
        const missing = missingColumns(table).filter((name) => name !== 'Status');
        const lacks = `the action table has no column${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`;
        return missing.length === 0 || table.rows.length === 0 ? [] : [{ spot: table.table.header, message: lacks, remedy: 'Add what the template has, or run lint with fix: true.' }];
      }),
  },
  {
    id: 'header-contradicts-cells',
    level: 'warning',
    about: 'The status stands in another column than the one named Status.',
    bad: '| Action | Owner | Status |\n|---|---|---|\n| Move Vault off NFS | TODO | too critical for NFS |',
    good: '| Action | Status | Details |\n|---|---|---|\n| Move Vault off NFS | TODO | too critical for NFS |',
    check: (document) =>
      document.tables.flatMap(({ table, shape }) => {
        const named = shape.misnamed ?? -1;
        const [name, holder] = [named, shape.status].map((column) => document.cellText(table.header, column));
        const isNamedSo = shape.status !== null && roleOf(table.columns[shape.status] ?? '') === 'status';
        if (shape.status === null || (isNamedSo && shape.misnamed === null)) {
          return [];
        }
        const message = shape.misnamed === null ? `the column ${holder} holds the statuses` : `the column ${name} does not hold the statuses, ${holder} does`;
        return [{ spot: cellSpot(table.header, shape.misnamed ?? shape.status), message, remedy: 'Name the columns after what they hold.' }];
      }),
  },
  {
    id: 'broken-table',
    level: 'warning',
    about: 'A table has no alignment row that fits its header, so that it is shown as text.',
    bad: '| Action | Status |\n|---|\n| Add an alert for full disks | TODO |',
    good: '| Action | Status |\n|---|---|\n| Add an alert for full disks | TODO |',
    check: 'parser',
  },
  {
    id: 'broken-table-row',
    level: 'error',
    about: 'A row has more or fewer cells than the header, is cut by an unescaped | or cut off from its table; it is never implemented.',
    bad: '| Action | Status |\n|---|---|\n| Alert on rate(errors|5m) | too high | TODO |',
    good: '| Action | Status |\n|---|---|\n| Alert on rate(errors\\|5m) too high | TODO |',
    check: 'parser',
  },
  {
    id: 'oversized-cell',
    level: 'error',
    about: 'A cell is longer than 16 KiB; its row is not read.',
    bad: `| Action | Status |\n|---|---|\n| Fix ${'this and '.repeat(2000)} | TODO |`,
    good: '| Action | Status |\n|---|---|\n| Fix what the [log](log.txt) shows | TODO |',
    check: 'parser',
  },
  {
    id: 'unknown-table',
    level: 'info',
    about: 'A table among the action items has no column that names the action; its rows are not read.',
    bad: '| Foo | Bar |\n|---|---|\n| Add an alert | full disks |',
    good: '| Action | Status |\n|---|---|\n| Add an alert for full disks | TODO |',
    check: 'parser',
  },
];
