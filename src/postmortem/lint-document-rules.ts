/** Rules on a post-mortem as a whole, and on its Follow-up table. */
import { cellSpot, type LintDocument } from './lint-document.ts';
import { columnOf } from './shape.ts';
import { isPlaceholder } from './placeholder.ts';
import { actionHash } from './identity.ts';
import { lineOffsets } from './lines.ts';
import { quoted, type Finding, type LintOptions, type Rule } from './lint-rule.ts';
import { readDate } from './header.ts';
import type { SectionKind } from './sections.ts';
import type { Spot } from './document.ts';

export const documentRules: readonly Rule[] = [
  {
    id: 'no-prevention-plan',
    level: 'error',
    about: 'The post-mortem has no action item at all. One that really needs none says so: "No action items" in its Prevention Plan.',
    bad: '# Post-Mortem: DNS outage\n\n**Date**: 2026-04-14\n\n## Summary\n\nDNS was down.',
    good: '# Post-Mortem: DNS outage\n\n**Date**: 2026-04-14\n\n## Prevention Plan\n\nNo action items',
    check: preventionPlan,
  },
  {
    id: 'placeholder',
    level: 'warning',
    about: 'A placeholder of the template was left in.',
    bad: '| Action | Status |\n|---|---|\n| <action> | TODO |',
    good: '| Action | Status |\n|---|---|\n| Add an alert for full disks | TODO |',
    check: placeholders,
  },
  {
    id: 'date-missing',
    level: 'warning',
    about: 'Neither the header, the title nor the file name has a date; no item can be overdue then.',
    bad: '# Post-Mortem: DNS outage\n\n## Prevention Plan\n\n- [x] Add an alert for full disks',
    good: '# Post-Mortem: DNS outage\n\n**Date**: 2026-04-14\n\n## Prevention Plan\n\n- [x] Add an alert for full disks',
    exampleFile: 'docs/post-mortems/dns-outage.md',
    check: ({ postMortem }) =>
      postMortem.date === null
        ? [{ spot: { line: 1, column: 1 }, message: 'the post-mortem has no date', remedy: 'Write a line "**Date**: YYYY-MM-DD" below the title, and name the file YYYY-MM-DD-what-happened.md.' }]
        : [],
  },
  {
    id: 'date-contradiction',
    level: 'error',
    about: 'The header gives another date than the file name.',
    bad: '# Post-Mortem: DNS outage\n\n**Date**: 2025-04-14\n\n## Prevention Plan\n\n- [x] Add an alert for full disks',
    good: '# Post-Mortem: DNS outage\n\n**Date**: 2026-04-14\n\n## Prevention Plan\n\n- [x] Add an alert for full disks',
    check: dateContradiction,
  },
  {
    id: 'nesting-too-deep',
    level: 'warning',
    about: 'Lists and quotes are nested more than 32 deep; what is deeper is read as text.',
    bad: `${'> '.repeat(40)}- Add an alert for full disks`,
    good: '- [x] Add an alert for full disks',
    check: 'parser',
  },
  {
    id: 'done-without-follow-up',
    level: 'info',
    about: 'A row is Done, but neither it nor the Follow-up table of the document says where that happened.',
    bad: '| Action | Status |\n|---|---|\n| Add an alert for full disks | Done |\n\n## Follow-up Implementation\n\n| Date | Action | Commit | Implemented By |\n|---|---|---|---|',
    good:
      '| Action | Status |\n|---|---|\n| Add an alert for full disks | Done |\n\n## Follow-up Implementation\n\n| Date | Action | Commit | Implemented By |\n|---|---|---|---|\n| 2026-04-15 | Add an alert for full disks | `35646841` | anna |',
    check: doneWithoutFollowUp,
  },
  {
    id: 'commit-not-in-history',
    level: 'error',
    about: 'The Follow-up table names a commit that is not in the history of the repository.',
    bad: '| Action | Status |\n|---|---|\n| Add an alert for full disks | Done |\n\n## Follow-up Implementation\n\n| Date | Action | Commit | Implemented By |\n|---|---|---|---|\n| 2026-04-15 | Add an alert for full disks | `badbadba` | anna |',
    good:
      '| Action | Status |\n|---|---|\n| Add an alert for full disks | Done |\n\n## Follow-up Implementation\n\n| Date | Action | Commit | Implemented By |\n|---|---|---|---|\n| 2026-04-15 | Add an alert for full disks | `35646841` | anna |',
    check: commitsNotInHistory,
  },
];

const plans: ReadonlySet<SectionKind> = new Set<SectionKind>(['actions', 'measures', 'prevention']);

function preventionPlan({ postMortem, markdown, places }: LintDocument): Finding[] {
  if (postMortem.todos.length > 0) {
    return [];
  }
  const { blocks } = markdown.outline;
  const inPlan = blocks.filter((_, index) => plans.has(places[index]?.section ?? 'unknown'));
  const saysNone = inPlan.some((block) => (block.kind === 'paragraph' || block.kind === 'item') && isPlaceholder(markdown.plain(markdown.join(block.lines)).replace(/[.!]$/, '')));
  if (saysNone) {
    return [];
  }
  const heading = inPlan.find((block) => block.kind === 'heading');
  const remedy = 'Add "## Prevention Plan" with a table | Priority | Action | Type | Details | Status |; if nothing is to be done, write "No action items" there.';
  return heading?.kind === 'heading'
    ? [{ spot: { line: heading.line, column: 1 }, message: `no action item was found below ${quoted(markdown.plain(heading.text))}`, remedy }]
    : [{ spot: { line: 1, column: 1 }, message: 'the post-mortem has no Prevention Plan', remedy }];
}

/** `<title>`, `{{ date }}`, `YYYY-MM-DD`: what a template holds and no author writes. Tags and links in `<>` are none. */
const leftOver = /<[a-z]+(?: [a-z/ -]+| or [a-z ]+)?>|\{\{[^{}]*\}\}|\b(?:YYYY-MM-DD|HH:MM|TBD|TBA)\b|(?<!\.)…(?=$)|_{4,}|\[(?:name|title|date|owner|action|service|description|link)[^\]]*\](?!\()/;
const htmlTag = /<\/?(?:a|b|br|code|del|details|div|em|hr|i|img|kbd|li|ol|p|pre|s|small|span|strong|sub|summary|sup|table|td|th|tr|u|ul)>/gi;

/** Rows the parser left out as placeholders, and header cells and headings nobody filled in. */
function placeholders({ postMortem, markdown, tables }: LintDocument): Finding[] {
  const remedy = 'Write what belongs there, or delete it.';
  const found: Finding[] = postMortem.problems.filter(({ rule }) => rule === 'placeholder').flatMap(({ line, column, message }) => {
    const row = tables.flatMap(({ table }) => table.rows).find((each) => each.line === line);
    return row !== undefined && leftOver.test(withoutTags(markdown.slice(row.range))) ? [{ spot: { line, column }, message, remedy }] : [];
  });
  const actionTables = new Set(tables.map(({ table }) => table));
  for (const block of markdown.outline.blocks) {
    if (block.kind === 'heading' && leftOver.test(withoutTags(block.text))) {
      found.push({ spot: { line: block.line, column: 1 }, message: `the heading ${quoted(block.text)} holds a placeholder`, remedy });
    } else if (block.kind === 'table' && block.table.columns.length === 2 && !actionTables.has(block.table)) {
      for (const row of block.table.rows) {
        const cell = row.cells[1];
        const text = cell === undefined ? '' : markdown.slice(cell.content);
        if (text.length < 60 && leftOver.test(withoutTags(text))) {
          found.push({ spot: cellSpot(row, 1), message: `${quoted(text)} is a placeholder`, remedy });
        }
      }
    }
  }
  return found;
}

function withoutTags(text: string): string {
  return text.replaceAll(/`[^`]*`/g, '').replaceAll(htmlTag, '');
}

function dateContradiction({ postMortem, markdown }: LintDocument): Finding[] {
  const fileDate = readDate((markdown.file.split('/').at(-1) ?? '').replaceAll('_', '-'));
  if (fileDate === null || postMortem.date === null || postMortem.date === fileDate) {
    return [];
  }
  const offsets = lineOffsets(markdown.text);
  for (let index = 0; index < offsets.length && (offsets[index] ?? 0) < 4000; index += 2) {
    const start = offsets[index] ?? 0;
    const line = markdown.text.slice(start, Math.min(offsets[index + 1] ?? start, start + 200));
    if (readDate(line) === postMortem.date) {
      const isRange = line.replaceAll('/', '-').includes(fileDate);
      const message = `the header says ${postMortem.date}, the file name ${fileDate}`;
      return isRange ? [] : [{ spot: { line: index / 2 + 1, column: Math.max(0, line.search(/\d/)) + 1 }, message, remedy: 'Correct the date that is wrong, or rename the file.' }];
    }
  }
  return [];
}

function doneWithoutFollowUp({ postMortem, rows, logs }: LintDocument): Finding[] {
  const written = new Set(postMortem.followUp.map(({ action }) => actionHash(action)));
  if (logs.length === 0) {
    return [];
  }
  return rows
    .filter(({ todo, shape }) => shape.misnamed === null && todo.state === 'closed' && /^[^\p{L}]*(?:done|completed?|fixed|implemented|resolved|shipped|merged|deployed)[^\p{L}\p{N}]*$/iu.test(todo.statusRaw ?? '') && !written.has(actionHash(todo.action)))
    .map(({ row, shape, todo }) => ({
      spot: cellSpot(row, shape.status),
      message: `${quoted(todo.action)} is done, but nothing says where`,
      remedy: 'Add a row with the commit to the Follow-up table, or name the commit behind the status: Done (PR #12).',
    }));
}

function commitsNotInHistory({ logs, markdown }: LintDocument, { commitExists }: LintOptions): Finding[] {
  if (commitExists === undefined) {
    return [];
  }
  return logs.flatMap((table) => {
    const column = columnOf(table, 'commit');
    return table.rows.flatMap((row) => {
      const cell = column === null ? undefined : row.cells[column];
      const ids = cell === undefined ? [] : (markdown.plain(markdown.slice(cell.content)).match(/\b(?=[0-9a-f]*\d|[a-f]{7})[0-9a-f]{7,40}\b/gi) ?? []);
      const spot: Spot = cellSpot(row, column);
      return ids
        .filter((id) => commitExists(id.toLowerCase()) === false)
        .map((id) => ({ spot, message: `the commit ${id} is not in the history`, remedy: 'Write the id the commit has now: a rebase or squash gives it a new one.' }));
    });
  });
}
