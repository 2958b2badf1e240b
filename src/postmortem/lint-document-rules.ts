/** Rules on a post-mortem as a whole. */
import { cellSpot, type LintDocument } from './lint-document.ts';
import { documentOf, quoted, tableOf, type Finding, type Rule } from './lint-rule.ts';
import { isPlaceholder } from './placeholder.ts';
import { lineOffsets } from './lines.ts';
import { readDate } from './header.ts';
import type { SectionKind } from './sections.ts';

const plan = ['', '## Prevention Plan', '', '- [x] Add an alert for full disks'];

export const documentRules: readonly Rule[] = [
  {
    id: 'no-prevention-plan',
    level: 'error',
    about: 'The post-mortem has no action item at all. One that really needs none says so: "No action items" in its Prevention Plan.',
    bad: documentOf('**Date**: 2026-04-14', '', '## Summary', '', 'DNS was down.'),
    good: documentOf('**Date**: 2026-04-14', '', '## Prevention Plan', '', 'No action items'),
    check: noPreventionPlan,
  },
  {
    id: 'placeholder',
    level: 'warning',
    about: 'A placeholder of the template was left in.',
    bad: tableOf('Action | Status', '<action> | TODO'),
    good: tableOf('Action | Status', 'Add an alert for full disks | TODO'),
    check: placeholders,
  },
  {
    id: 'date-missing',
    level: 'warning',
    about: 'Neither the header, the title nor the file name has a date; no item can be overdue then.',
    bad: documentOf(...plan),
    good: documentOf('**Date**: 2026-04-14', ...plan),
    exampleFile: 'docs/post-mortems/dns-outage.md',
    check: dateMissing,
  },
  {
    id: 'date-contradiction',
    level: 'error',
    about: 'The header gives another date than the file name.',
    bad: documentOf('**Date**: 2025-04-14', ...plan),
    good: documentOf('**Date**: 2026-04-14', ...plan),
    exampleFile: 'docs/post-mortems/2026-04-14-dns-outage.md',
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
];

const planKinds: ReadonlySet<SectionKind> = new Set<SectionKind>(['actions', 'measures', 'prevention']);

function noPreventionPlan({ postMortem, markdown, places }: LintDocument): Finding[] {
  const inPlan = markdown.outline.blocks.filter((_, index) => planKinds.has(places[index]?.section ?? 'unknown'));
  const texts = inPlan.flatMap((block) => (block.kind === 'paragraph' || block.kind === 'item' ? [markdown.plain(markdown.join(block.lines))] : []));
  const saysNone = texts.some((text) => isPlaceholder(text.replace(/[.!]$/, '')));
  if (postMortem.todos.length > 0 || saysNone) {
    return [];
  }
  const heading = inPlan.find((block) => block.kind === 'heading');
  const columns = '| Priority | Action | Type | Details | Status |';
  const below = heading === undefined ? '' : quoted(markdown.plain(heading.text));
  return [
    {
      spot: { line: heading?.line ?? 1, column: 1 },
      message: heading === undefined ? 'the post-mortem has no Prevention Plan' : `no action item was found below ${below}`,
      remedy: `Add "## Prevention Plan" with a table ${columns}; if nothing is to be done, write "No action items" there.`,
    },
  ];
}

/** `<title>`, `{{ date }}`, `YYYY-MM-DD`: what a template holds and no author writes. */
const leftOver = new RegExp(
  [
    '<[a-z]+(?: [a-z/ -]+)?>',
    '\\{\\{[^{}]*\\}\\}',
    '\\b(?:YYYY-MM-DD|HH:MM|TBD|TBA)\\b',
    '(?<!\\.)…$',
    '_{4,}',
    '\\[(?:name|title|date|owner|action|service|description|link)[^\\]]*\\](?!\\()',
  ].join('|'),
);
const htmlTags = /<\/?(?:a|b|br|code|del|details|div|em|hr|i|img|kbd|li|ol|p|pre|s|small|span|strong|sub|summary|sup|table|td|th|tr|u|ul)>/gi;

function holdsPlaceholder(markdown: string): boolean {
  return leftOver.test(markdown.slice(0, 500).replaceAll(/`[^`]*`/g, '').replaceAll(htmlTags, ''));
}

/** Rows the parser left out as placeholders, and headings and header fields nobody filled in. */
function placeholders({ postMortem, markdown, tables }: LintDocument): Finding[] {
  const remedy = 'Write what belongs there, or delete it.';
  const rows = new Map(tables.flatMap(({ table }) => table.rows.map((row) => [row.line, row])));
  const found: Finding[] = postMortem.problems.flatMap(({ rule, line, column, message }) => {
    const row = rule === 'placeholder' ? rows.get(line) : undefined;
    return row !== undefined && holdsPlaceholder(markdown.slice(row.range)) ? [{ spot: { line, column }, message, remedy }] : [];
  });
  const actionTables = new Set(tables.map(({ table }) => table));
  for (const block of markdown.outline.blocks) {
    if (block.kind === 'heading' && holdsPlaceholder(block.text)) {
      found.push({ spot: { line: block.line, column: 1 }, message: `the heading ${quoted(block.text)} holds a placeholder`, remedy });
    }
    const fields = block.kind === 'table' && block.table.columns.length === 2 && !actionTables.has(block.table) ? block.table.rows : [];
    for (const row of fields) {
      const text = row.cells[1] === undefined ? '' : markdown.slice(row.cells[1].content);
      if (text.length < 60 && holdsPlaceholder(text)) {
        found.push({ spot: cellSpot(row, 1), message: `${quoted(text)} is a placeholder`, remedy });
      }
    }
  }
  return found;
}

function dateMissing({ postMortem }: LintDocument): Finding[] {
  const remedy = 'Write a line "**Date**: YYYY-MM-DD" below the title, and name the file YYYY-MM-DD-what-happened.md.';
  return postMortem.date === null ? [{ spot: { line: 1, column: 1 }, message: 'the post-mortem has no date', remedy }] : [];
}

/** Where the date of the header is looked for, in UTF-16 units from the top. */
const headerLength = 4000;

function dateContradiction({ postMortem: { date }, markdown: { text, file } }: LintDocument): Finding[] {
  const fileDate = readDate((file.split('/').at(-1) ?? '').replaceAll('_', '-'));
  if (fileDate === null || date === null || date === fileDate) {
    return [];
  }
  const offsets = lineOffsets(text.slice(0, headerLength));
  for (let index = 0; index < offsets.length; index += 2) {
    const line = text.slice(offsets[index], Math.min(offsets[index + 1] ?? 0, (offsets[index] ?? 0) + 200));
    if (readDate(line) === date) {
      const isOneOfSeveralDays = line.replaceAll('/', '-').includes(fileDate);
      const spot = { line: index / 2 + 1, column: line.search(/\d/) + 1 };
      const message = `the header says ${date}, the file name ${fileDate}`;
      return isOneOfSeveralDays ? [] : [{ spot, message, remedy: 'Correct the date that is wrong, or rename the file.' }];
    }
  }
  return [];
}
