/** Rules on action tables as a whole. */
import { cellSpot, type ActionTable, type LintDocument } from './lint-document.ts';
import { roleOf, type ColumnRole } from './columns.ts';
import { tableOf, type Finding, type Rule } from './lint-rule.ts';

const good = tableOf('Priority | Action | Type | Details | Status', 'P2 | Add an alert for full disks | Alert | at 90 % | TODO');

export const tableRules: readonly Rule[] = [
  {
    id: 'no-status-column',
    level: 'error',
    about: 'An action table has no Status column, so that nobody can tell what is open; its items are never implemented.',
    bad: tableOf('Action | Type', 'Add an alert for full disks | Alert'),
    good,
    check: noStatusColumn,
  },
  {
    id: 'missing-column',
    level: 'info',
    about: 'An action table lacks the columns Priority, Type or Details of the template. `fix: true` adds them.',
    bad: tableOf('Action | Status', 'Add an alert for full disks | TODO'),
    good,
    check: lackingColumns,
  },
  {
    id: 'header-contradicts-cells',
    level: 'warning',
    about: 'The status stands in another column than the one named Status.',
    bad: tableOf('Action | Owner | Status', 'Move Vault off NFS | TODO | too critical for NFS'),
    good: tableOf('Action | Status | Details', 'Move Vault off NFS | TODO | too critical for NFS'),
    check: misnamedColumns,
  },
  {
    id: 'broken-table',
    level: 'warning',
    about: 'A table has no alignment row that fits its header, so that it is shown as text.',
    bad: '| Action | Status |\n| --- |\n| Add an alert for full disks | TODO |',
    good,
    check: 'parser',
  },
  {
    id: 'broken-table-row',
    level: 'error',
    about: 'A row has more or fewer cells than the header, is cut by an unescaped | or cut off from its table; it is never implemented.',
    bad: tableOf('Action | Status', 'Alert on rate(errors | 5m) | too high | TODO'),
    good: tableOf('Action | Status', 'Alert on rate(errors \\| 5m) too high | TODO'),
    check: 'parser',
  },
  {
    id: 'oversized-cell',
    level: 'error',
    about: 'A cell is longer than 16 KiB; its row is not read.',
    bad: tableOf('Action | Status', `Fix ${'this and '.repeat(2000)} | TODO`),
    good: tableOf('Action | Status', 'Fix what the [log](log.txt) shows | TODO'),
    check: 'parser',
  },
  {
    id: 'unknown-table',
    level: 'info',
    about: 'A table among the action items has no column that names the action; its rows are not read.',
    bad: tableOf('Foo | Bar', 'Add an alert | full disks'),
    good,
    check: 'parser',
  },
];

/** The columns of the template's Prevention Plan that can be lacking, in its order. */
const templateColumns = [
  { name: 'Priority', role: 'priority' },
  { name: 'Type', role: 'type' },
  { name: 'Details', role: 'details' },
  { name: 'Status', role: 'status' },
] as const satisfies readonly { name: string; role: ColumnRole }[];

export type TemplateColumn = (typeof templateColumns)[number]['name'];

/** The names of the template's columns that a table lacks. */
export function missingColumns(table: ActionTable): TemplateColumn[] {
  const roles = new Set(table.table.columns.map(roleOf));
  return templateColumns.filter(({ role }) => (role === 'status' ? lacksStatus(table) : !roles.has(role))).map(({ name }) => name);
}

/** Whether no column holds the statuses, also under another name, and a row is without one. */
function lacksStatus({ shape, rows }: ActionTable): boolean {
  return shape.status === null && rows.some(({ todo }) => todo.statusRaw === null && todo.state === 'unknown');
}

function noStatusColumn({ tables }: LintDocument): Finding[] {
  return tables.filter(lacksStatus).map(({ table }) => ({
    spot: table.header,
    message: 'the action table has no Status column',
    remedy: 'Add a column Status with TODO, In progress or Done in every row.',
  }));
}

function lackingColumns({ tables }: LintDocument): Finding[] {
  return tables.flatMap((table) => {
    const missing = missingColumns(table).filter((name) => name !== 'Status');
    const message = `the action table has no column${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`;
    const remedy = 'Add what the template has, or run lint with fix: true.';
    return missing.length === 0 || table.rows.length === 0 ? [] : [{ spot: table.table.header, message, remedy }];
  });
}

function misnamedColumns(document: LintDocument): Finding[] {
  return document.tables.flatMap(({ table, shape: { status, misnamed } }) => {
    const isNamedSo = status !== null && misnamed === null && roleOf(table.columns[status] ?? '') === 'status';
    if (status === null || isNamedSo) {
      return [];
    }
    const [name, holder] = [misnamed, status].map((column) => document.cellText(table.header, column));
    const message = misnamed === null ? `the column ${holder} holds the statuses` : `the column ${name} does not hold the statuses, ${holder} does`;
    return [{ spot: cellSpot(table.header, misnamed ?? status), message, remedy: 'Name the columns after what they hold.' }];
  });
}
