/** Markdown in, post-mortem out. Pure: same text, same answer. */
import { actionHash, refusalMarker, textHashOf } from './identity.ts';
import { headingPriority, prefixPriority } from './priority.ts';
import { readBullet, type ListPlace } from './bullets.ts';
import { inferType } from './infer.ts';
import { isFollowUpTable, readRow, shapeOf, type TableShape } from './rows.ts';
import type { FollowUpRow, PostMortem, Priority, Problem, SourceRange, Todo } from './model.ts';
import { isPlaceholder } from './placeholder.ts';
import { languageOf, type Language } from './language.ts';
import { outlineOf, type Block, type Heading, type ListItem, type Outline, type Paragraph } from './outline.ts';
import { plainText } from './plain.ts';
import { roleOf } from './columns.ts';
import { sectionBelow, type SectionKind } from './sections.ts';
import type { Table, TableRow } from './table.ts';

/** Cells longer than this (UTF-16 units) are reported instead of read. */
export const cellCap = 16 * 1024;

/**
 * Reads a document.
 * @param text the document, a BOM and any line endings included
 * @param file its path as it shall appear in TODOs and problems: relative to the repository, `/` separators
 */
export function parsePostMortem(text: string, file: string): PostMortem {
  return read(text, file, outlineOf(text));
}

/** The same from an outline made elsewhere: the differential test hands in the one made from mdast. */
export function read(text: string, file: string, outline: Outline): PostMortem {
  return new Reading(text, file, outline).run();
}

interface Section {
  readonly heading: string;
  readonly level: number;
  readonly kind: SectionKind;
}

/** A bold line or one that ends in a colon right above a list or table: a heading in all but name. */
interface Label {
  readonly text: string;
  /** Whether it is short enough to name a section. */
  readonly names: boolean;
  readonly owner: string | null;
}

class Reading {
  private readonly text: string;
  private readonly file: string;
  private readonly outline: Outline;
  private readonly todos: Todo[] = [];
  private readonly followUp: FollowUpRow[] = [];
  private readonly problems: Problem[] = [];
  private readonly seen = new Map<string, number>();
  private readonly todoItems = new Set<ListItem>();
  private readonly listsActions: boolean;
  private sections: Section[] = [];
  private label: Label | null = null;
  private language: Language | null = null;

  constructor(text: string, file: string, outline: Outline) {
    this.text = text;
    this.file = file;
    this.outline = outline;
    this.listsActions = this.hasActionSection();
  }

  run(): PostMortem {
    const { blocks } = this.outline;
    for (const [index, block] of blocks.entries()) {
      if (block.kind === 'heading') {
        this.enterSection(block);
      } else if (block.kind === 'table') {
        this.readTable(block.table);
      } else if (block.kind === 'paragraph') {
        this.readParagraph(block, blocks[index + 1]);
      } else {
        this.readItem(block, index);
      }
    }
    const { todos, followUp, problems } = this;
    return { file: this.file, title: this.title(), date: this.date(), todos, followUp, problems };
  }

  private readItem(item: ListItem, index: number): void {
    const bullet = readBullet(item, this.markdownOf(item.lines), this.listPlace(item, index), (markdown) => this.plain(markdown));
    if (bullet === null) {
      return;
    }
    this.todoItems.add(item);
    const found = bullet.priority === null ? this.headingPriority() : { ...bullet.priority, from: 'prefix' as const };
    this.add({
      line: item.line,
      column: item.column,
      source: bullet.source,
      action: bullet.action,
      actionMarkdown: bullet.markdown,
      priority: found.priority ?? 'P2',
      priorityFrom: found.from,
      priorityRaw: found.raw,
      type: null,
      typeFrom: null,
      details: '',
      owner: bullet.owner,
      statusRaw: bullet.statusRaw,
      state: bullet.state,
      statusRange: null,
    });
  }

  private listPlace(item: ListItem, index: number): ListPlace {
    const children: string[] = [];
    for (let at = index + 1; children.length < item.children && at < this.outline.blocks.length; at++) {
      const block = this.outline.blocks[at];
      if (block?.kind === 'item' && block.parent === item) {
        children.push(this.plain(this.markdownOf(block.lines)));
      }
    }
    const titles = this.sections.map(({ heading }) => heading).reverse();
    return {
      section: this.kind(),
      titles: this.label === null ? titles : [this.label.text, ...titles],
      listsActions: this.listsActions,
      owner: this.label?.owner ?? null,
      children,
      language: () => (this.language ??= languageOf(this.text)),
      inTodo: item.parent !== null && this.todoItems.has(item.parent),
    };
  }

  private readParagraph(paragraph: Paragraph, next: Block | undefined): void {
    if (paragraph.item !== null) {
      return;
    }
    this.label = null;
    const markdown = this.markdownOf(paragraph.lines);
    const bold = /^(?:\*\*[^*]+\*\*|__[^_]+__)\s*[:：]?\s*(?:\([^)]*\)\s*[:：]?)?$/.test(markdown.trim());
    if (markdown.length > 200 || (!bold && !/[:：]\**$/.test(markdown.trim())) || next === undefined || next.kind === 'heading') {
      return;
    }
    const text = this.plain(markdown);
    this.label = { text, names: bold || text.split(' ').length <= 6, owner: null };
  }

  private enterSection(heading: Heading): void {
    const text = this.plain(heading.text);
    this.label = null;
    this.sections = this.sections.filter(({ level }) => level < heading.level);
    const parent = this.sections.at(-1);
    const kind = this.isTitle(heading) ? 'unknown' : sectionBelow(parent?.kind ?? 'unknown', text);
    this.sections.push({ heading: text, level: heading.level, kind });
  }

  /** The document's name rather than a section: its first heading, when that is the only one of level 1. */
  private isTitle(heading: Heading): boolean {
    const headings = this.outline.blocks.filter((block) => block.kind === 'heading');
    return heading.level === 1 && headings[0] === heading && headings.length > 1 && headings.every((other) => other === heading || other.level > 1);
  }

  private hasActionSection(): boolean {
    let found = false;
    for (const block of this.outline.blocks) {
      if (block.kind === 'heading') {
        this.enterSection(block);
      } else if (block.kind !== 'paragraph') {
        found ||= this.kind() === 'actions';
      }
    }
    this.sections = [];
    return found;
  }

  private kind(): SectionKind {
    const section = this.sections.at(-1)?.kind ?? 'unknown';
    return this.label?.names === true ? sectionBelow(section, this.label.text) : section;
  }

  private markdownOf(lines: readonly SourceRange[]): string {
    return lines.map((line) => this.slice(line)).join(' ');
  }

  private readTable(table: Table): void {
    const place = { section: this.kind(), headings: this.sections.map(({ heading }) => heading) };
    if (isFollowUpTable(table, place)) {
      this.readFollowUp(table);
      return;
    }
    const shape = shapeOf(table, place, (range) => this.slice(range));
    for (const row of shape === null ? [] : table.rows) {
      this.readRow(row, shape as TableShape);
    }
  }

  private readRow(row: TableRow, shape: TableShape): void {
    const reading = readRow(row, shape, (range) => this.slice(range));
    const action = reading === null ? '' : this.plain(this.slice(reading.action));
    if (reading === null || isPlaceholder(action)) {
      const what = reading === null ? 'has no action' : `holds the placeholder "${action.slice(0, 40)}"`;
      this.report(row, 'info', 'placeholder', `the row ${what}`, 'Write what is to be done, or delete the row.');
      return;
    }
    if (row.cells.length > shape.columns) {
      this.report(row, 'error', 'broken-table-row', `the row has ${row.cells.length} cells, its header ${shape.columns}`, 'Write a | inside a cell as \\|.');
      return;
    }
    const prefix = prefixPriority(action);
    const cell = (range: SourceRange | null): string | null => (range === null ? null : this.plain(this.slice(range)) || null);
    const priority = reading.priorityRaw !== null
        ? { priority: reading.priority, raw: cell(reading.priorityRaw), from: 'column' as const }
        : prefix !== null
          ? { priority: prefix.priority, raw: prefix.raw, from: 'prefix' as const }
          : this.headingPriority();
    const type = cell(reading.type);
    const inferred = shape.type === null ? inferType(action) : null;
    this.add({
      line: row.line,
      column: row.column,
      source: 'table',
      action,
      actionMarkdown: this.slice(reading.action),
      priority: priority.priority ?? 'P2',
      priorityFrom: priority.priority === null ? 'default' : priority.from,
      priorityRaw: priority.raw,
      type: type ?? inferred,
      typeFrom: type !== null ? 'column' : inferred !== null ? 'inferred' : null,
      details: reading.details.map((range) => this.plain(this.slice(range))).join('; '),
      owner: cell(reading.owner),
      statusRaw: cell(reading.status),
      state: reading.state,
      statusRange: reading.statusWord,
    });
  }

  private readFollowUp(table: Table): void {
    const column = (role: string): number => table.columns.findIndex((name) => roleOf(name) === role);
    const [date, action, commit, implementer] = [column('due'), column('action'), column('commit'), column('implementer')];
    for (const row of table.rows) {
      const raw = (index: number): string => {
        const range = row.cells[index]?.content;
        return range === undefined ? '' : this.slice(range);
      };
      this.followUp.push({
        line: row.line,
        date: this.plain(raw(date)),
        action: this.plain(raw(action)),
        commit: this.plain(raw(commit)),
        implementedBy: this.plain(raw(implementer)),
        textHash: refusalMarker.exec(raw(implementer))?.[1] ?? null,
      });
    }
  }

  private headingPriority(): { priority: Priority | null; raw: string | null; from: 'heading' | 'default' } {
    const heading = this.sections.at(-1)?.heading ?? '';
    const priority = headingPriority(heading);
    return { priority, raw: priority, from: priority === null ? 'default' : 'heading' };
  }

  private add(todo: Omit<Todo, 'id' | 'file' | 'textHash'>): void {
    const hash = `${this.file}#${actionHash(todo.action)}`;
    const count = (this.seen.get(hash) ?? 0) + 1;
    this.seen.set(hash, count);
    this.todos.push({
      ...todo,
      id: count === 1 ? hash : `${hash}-${count}`,
      file: this.file,
      textHash: textHashOf(todo.action, todo.type, todo.details),
    });
  }

  private report(row: TableRow, level: Problem['level'], rule: string, message: string, remedy: string): void {
    this.problems.push({ file: this.file, line: row.line, column: row.column, level, rule, message, remedy });
  }

  private slice(range: SourceRange): string {
    return this.text.slice(range.start, range.end);
  }

  private plain(markdown: string): string {
    return plainText(markdown, this.outline.definitions);
  }

  private title(): string {
    const heading = this.outline.blocks.find((block) => block.kind === 'heading' && block.level === 1) ?? this.outline.blocks.find((block) => block.kind === 'heading');
    return heading?.kind === 'heading' ? this.plain(heading.text) : (this.file.split('/').at(-1) ?? this.file).replace(/\.[a-z]+$/i, '');
  }

  private date(): string | null {
    return /\b(\d{4}-\d{2}-\d{2})\b/.exec(this.file)?.[1] ?? null;
  }
}
