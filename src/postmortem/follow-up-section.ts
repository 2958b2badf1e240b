/** Where the Follow-up Implementation table stands, or is to stand. */
import { columnsOf, templateHeader, type FollowUpColumn } from './follow-up-rows.ts';
import { frontMatterOf, lineOffsets } from './lines.ts';
import { lineEnd, lineEndingOf } from './source-edits.ts';
import type { Block, Heading, Outline } from './outline.ts';
import { plainText } from './plain.ts';
import { sectionOf } from './sections.ts';
import type { Table } from './table.ts';

export interface FollowUpTable {
  readonly table: Table;
  readonly columns: readonly (FollowUpColumn | null)[];
}

/** The tables that can take our rows: those of the Follow-up section first. */
export function followUpTables(outline: Outline): FollowUpTable[] {
  const inSection: FollowUpTable[] = [];
  const elsewhere: FollowUpTable[] = [];
  let level: number | null = null;
  for (const block of outline.blocks) {
    if (block.kind === 'heading') {
      level = isFollowUpHeading(block, outline) ? block.level : level !== null && block.level > level ? level : null;
    }
    const columns = block.kind === 'table' ? columnsOf(block.table) : null;
    if (block.kind === 'table' && columns !== null) {
      (level === null ? elsewhere : inSection).push({ table: block.table, columns });
    }
  }
  return [...inSection, ...elsewhere];
}

/**
 * The document with a table of these rows, once for each place it could stand at, best first: at the end of the Follow-up section
 * there is, else in a section made at the document's end. The others are for documents whose end is hidden in code or a comment that
 * never closes, or where a second heading would change the meaning of the first. The caller takes the first that reads back well.
 */
export function* withFollowUpTable(text: string, outline: Outline, rows: readonly string[]): Generator<string> {
  const eol = lineEndingOf(text);
  const table = [...templateHeader, ...rows].join(eol);
  const offsets = lineOffsets(text);
  const headings = outline.blocks.filter((block) => block.kind === 'heading').flatMap((heading) => topLevel(text, offsets, heading));
  const index = headings.findIndex(({ heading }) => isFollowUpHeading(heading, outline));
  const section = headings[index];
  if (section !== undefined) {
    const next = headings[index + 1]?.start ?? text.length;
    yield insertedBelow(text, section.start + text.slice(section.start, next).trimEnd().length, eol, table);
    yield insertedBelow(text, section.end, eol, table);
  }
  const made = newSection('##', eol, table);
  yield appended(text, eol, made);
  yield appended(text, eol, newSection('#', eol, table));
  const visible = Math.max(0, ...headings.map(({ end }) => end), ...outline.blocks.map(endOf));
  yield insertedBelow(text, visible, eol, made);
  const first = frontMatterOf(text)?.end ?? (text.startsWith('\ufeff') ? 1 : 0);
  yield `${text.slice(0, first)}${frontMatterOf(text) === null ? '' : eol + eol}${made}${eol}${eol}${text.slice(first)}`;
  for (const end of endings(text)) {
    yield appended(text, eol, [end, '', made].join(eol));
  }
}

/** What ends code or a comment that never ends by itself. */
function endings(text: string): string[] {
  const fence = (mark: string, runs: RegExp): string => mark.repeat(Math.max(3, ...[...text.matchAll(runs)].map(([run]) => run.length)));
  return [fence('`', /`{4,}/g), fence('~', /~{4,}/g), '-->'];
}

/** Where a table, item or paragraph ends; 0 for a heading. */
function endOf(block: Block): number {
  return block.kind === 'table' ? block.table.range.end : block.kind === 'heading' ? 0 : (block.lines.at(-1)?.end ?? 0);
}

function newSection(level: string, eol: string, table: string): string {
  return [`${level} Follow-up Implementation`, '', '_This section is auto-populated by the postmortem-todo-resolver agent._', '', table].join(eol);
}

function isFollowUpHeading(heading: Heading, outline: Outline): boolean {
  return sectionOf(plainText(heading.text, outline.definitions)) === 'follow-up-log';
}

/** Puts a table below the line that ends behind `at`, with blank lines around it. */
function insertedBelow(text: string, at: number, eol: string, table: string): string {
  const end = lineEnd(text, at);
  const rest = text.slice(end);
  const isFollowed = /^(?:\r\n|\n|\r)[ \t]*[^\s]/.test(rest);
  return `${text.slice(0, end)}${eol}${eol}${table}${isFollowed ? eol : ''}${rest}`;
}

/** Puts a section at the end. Whether a file ends with a line ending is the author's habit and stays. */
function appended(text: string, eol: string, section: string): string {
  const content = text.replace(/^\ufeff/, '');
  if (content === '') {
    return text + section + eol;
  }
  const endsLine = /[\r\n]$/.test(content);
  const lastLine = /(?:^|[\r\n])([^\r\n]*)(?:\r\n|\n|\r)?$/.exec(content)?.[1] ?? '';
  return text + (endsLine ? '' : eol) + (lastLine.trim() === '' ? '' : eol) + section + (endsLine ? eol : '');
}

/** A heading's lines, when it starts at the margin: not in a quote or list item, where what is added would fall into it. */
function topLevel(text: string, offsets: readonly number[], heading: Heading): { heading: Heading; start: number; end: number }[] {
  const start = (offsets[(heading.line - 1) * 2] ?? 0) + (heading.line === 1 && text.startsWith('\ufeff') ? 1 : 0);
  const first = text.slice(start, offsets[(heading.line - 1) * 2 + 1]);
  if (/^#{1,6}(?:[ \t]|$)/.test(first)) {
    return [{ heading, start, end: start + first.length }];
  }
  if (/^(?:[\s>]|[*+-][ \t]|\d{1,9}[.)][ \t])/.test(first)) {
    return [];
  }
  let index = heading.line * 2;
  while (index < offsets.length && !/^ {0,3}(?:=+|-+)[ \t]*$/.test(text.slice(offsets[index], offsets[index + 1]))) {
    index += 2;
  }
  return [{ heading, start, end: offsets[index + 1] ?? text.length }];
}
