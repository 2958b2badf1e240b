/** Markdown in, post-mortem out. Pure: the same text gives the same answer. */
import { actionHash, listHash, normaliseAction, textHashOf } from './identity.ts';
import { dateOf, titleByLines, titleOf } from './header.ts';
import { isFollowUpTable, mayHoldOpenAction, shapeOf, type TableShape } from './shape.ts';
import { languageOf, type Language } from './language.ts';
import { MarkdownDocument } from './document.ts';
import { mayHoldOpenRow } from './open-words.ts';
import { nestingCap } from './scanner.ts';
import { readRow, type TodoDraft } from './rows.ts';
import { outlineOf, type Block, type ListItem, type Outline } from './outline.ts';
import { placesOf, type Place } from './place.ts';
import { readBullet } from './bullets.ts';
import { readFollowUp } from './follow-up.ts';
import type { FollowUpRow, PostMortem, Problem, SourceRange, Todo } from './model.ts';
import type { Table } from './table.ts';

export interface ParseOptions {
  /**
   * - `all` (default): every action item, as lint, digest and site need them
   * - `open`: only the open rows of action tables, which is all that can be automated, equal to those of `all`. Lists are not read, of
   *   the Follow-up table only refusals; a document in which no cell is an open status is not looked into, and has no problems.
   */
  readonly want?: 'open' | 'all';
}

/**
 * Reads a document.
 * @param text the document, a BOM and any line endings included
 * @param file its path as it shall appear in TODOs and problems: relative to the repository, `/` separators
 */
export function parsePostMortem(text: string, file: string, options: ParseOptions = {}): PostMortem {
  if (options.want === 'open' && !mayHoldOpenRow(text)) {
    const document = new MarkdownDocument(text, file, { blocks: [], definitions: [], tooDeepLine: null });
    const title = titleByLines(document);
    return { file, title, date: dateOf(document, title), todos: [], followUp: [], problems: [] };
  }
  return read(text, file, outlineOf(text), options);
}

/** The same from an outline made elsewhere (`whole.ts`). */
export function read(text: string, file: string, outline: Outline, options: ParseOptions = {}): PostMortem {
  const document = new MarkdownDocument(text, file, outline);
  const title = titleOf(document);
  const slice = (range: SourceRange): string => document.slice(range);
  const mayBeOpen = outline.blocks.some((block) => block.kind === 'table' && mayHoldOpenAction(block.table, slice));
  if (options.want === 'open' && !mayBeOpen) {
    return { file, title, date: dateOf(document, title), todos: [], followUp: [], problems: [] };
  }
  return { file, title, date: dateOf(document, title), ...new Reading(document, options.want ?? 'all').run() };
}

class Reading {
  private readonly document: MarkdownDocument;
  private readonly want: 'open' | 'all';
  private readonly places: readonly Place[];
  private readonly listsActions: boolean;
  private readonly todos: Todo[] = [];
  private readonly followUp: FollowUpRow[] = [];
  private readonly problems: Problem[] = [];
  /** How often an action was seen, and where first. */
  private readonly seen = new Map<string, { readonly count: number; readonly line: number }>();
  private readonly todoItems = new Set<ListItem>();
  private language: Language | null = null;

  constructor(document: MarkdownDocument, want: 'open' | 'all') {
    const { blocks } = document.outline;
    this.document = document;
    this.want = want;
    this.places = placesOf(document);
    // Only list items ask for it.
    const isListed = (kind: Block['kind'], index: number): boolean =>
      (kind === 'item' || kind === 'table') && this.places[index]?.section === 'actions';
    this.listsActions = want === 'all' && blocks.some(({ kind }, index) => isListed(kind, index));
  }

  run(): Pick<PostMortem, 'todos' | 'followUp' | 'problems'> {
    this.readBlocks(this.tables());
    this.reportNesting();
    return { todos: this.todos, followUp: this.followUp, problems: this.problems };
  }

  /** Every table with its place, and its shape when it is an action table. */
  private tables(): FoundTable[] {
    return this.document.outline.blocks.flatMap((block, index) => {
      const place = this.places[index];
      if (block.kind !== 'table' || place === undefined) {
        return [];
      }
      const isLog = isFollowUpTable(block.table, place.section);
      const shape = isLog ? null : shapeOf(block.table, place.section, (range) => this.document.slice(range));
      return [{ table: block.table, place, shape, isLog }];
    });
  }

  private readBlocks(tables: readonly FoundTable[]): void {
    const { blocks } = this.document.outline;
    const children = this.want === 'all' ? childrenOf(blocks) : new Map<ListItem, ListItem[]>();
    const next = tables.values();
    for (const [index, block] of blocks.entries()) {
      const place = this.places[index];
      if (block.kind === 'table') {
        this.readTable(next.next().value);
      } else if (block.kind === 'item' && place !== undefined && this.want === 'all') {
        this.readItem(block, place, children.get(block) ?? []);
      }
    }
  }

  private readTable(found: FoundTable | undefined): void {
    if (found === undefined) {
      return;
    }
    const { document, want } = this;
    const { table, place, shape } = found;
    if (found.isLog) {
      this.followUp.push(...readFollowUp(document, table, want));
    }
    if (shape === null) {
      this.reportUnknownTable(found);
      return;
    }
    if (!table.wellFormed) {
      const message = 'the table has no alignment row that fits its header: it is shown as text';
      const remedy = 'Put |---|---| with one cell per column below the header.';
      this.problems.push(document.problem(table.header, 'warning', 'broken-table', message, remedy));
    }
    if (shape.misnamed !== null) {
      const [named, holder] = [table.columns[shape.misnamed] ?? '', table.columns[shape.status ?? -1] ?? ''];
      const message = `the column "${named}" does not hold the statuses, "${holder}" does`;
      const remedy = 'Name the columns after what they hold.';
      this.problems.push(document.problem(table.header, 'warning', 'header-contradicts-cells', message, remedy));
    }
    for (const row of table.rows) {
      const { draft, problems } = readRow(document, table, row, shape, place, want);
      this.problems.push(...problems);
      if (draft !== null) {
        this.add(draft);
      }
    }
  }

  private readItem(item: ListItem, place: Place, children: readonly ListItem[]): void {
    const { document } = this;
    const bullet = readBullet(item, {
      document,
      place,
      listsActions: this.listsActions,
      children: () => children.map(({ lines }) => document.plain(document.join(lines))),
      language: () => (this.language ??= languageOf(document.text)),
      inTodo: item.parent !== null && this.todoItems.has(item.parent),
    });
    if (bullet !== null) {
      this.todoItems.add(item);
      this.add(bullet);
    }
  }

  private add(draft: TodoDraft): void {
    const { file } = this.document;
    const { action, type, details, source } = draft;
    const key = `${source === 'table' ? 'row' : 'item'} ${normaliseAction(action)}`;
    const earlier = this.seen.get(key);
    const count = (earlier?.count ?? 0) + 1;
    this.seen.set(key, { count, line: earlier?.line ?? draft.line });
    if (count > 1) {
      const message = `the same action stands in line ${earlier?.line ?? 0}`;
      const remedy = 'Delete one of them, or say how they differ.';
      this.problems.push(this.document.problem(draft, 'warning', 'duplicate-action', message, remedy));
    }
    if (this.want === 'all' || draft.state === 'open') {
      const id = `${file}#${source === 'table' ? actionHash(action) : listHash(action)}`;
      this.todos.push({ id: count === 1 ? id : `${id}-${count}`, file, ...draft, textHash: textHashOf(action, type, details) });
    }
  }

  /** Nothing listed under "Action Items" goes by unnoticed. */
  private reportUnknownTable({ table, place, isLog }: FoundTable): void {
    if (!isLog && place.section === 'actions' && table.rows.length > 0) {
      const title = place.titles[0] ?? '';
      const message = `no column of this table under "${title}" names the action: its ${table.rows.length} rows are not read`;
      const remedy = 'Name the columns as in the template: Priority, Action, Type, Details, Status.';
      this.problems.push(this.document.problem(table.header, 'info', 'unknown-table', message, remedy));
    }
  }

  private reportNesting(): void {
    const line = this.document.outline.tooDeepLine;
    if (line !== null) {
      const message = `lists and quotes deeper than ${nestingCap} are read as text`;
      this.problems.push(this.document.problem({ line, column: 1 }, 'warning', 'nesting-too-deep', message, 'Flatten the list.'));
    }
  }
}

interface FoundTable {
  readonly table: Table;
  readonly place: Place;
  readonly shape: TableShape | null;
  readonly isLog: boolean;
}

function childrenOf(blocks: readonly Block[]): Map<ListItem, ListItem[]> {
  const children = new Map<ListItem, ListItem[]>();
  for (const block of blocks) {
    if (block.kind === 'item' && block.parent !== null) {
      const siblings = children.get(block.parent);
      if (siblings === undefined) {
        children.set(block.parent, [block]);
      } else {
        siblings.push(block);
      }
    }
  }
  return children;
}
