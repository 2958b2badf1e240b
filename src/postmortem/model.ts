/**
 * The domain: a post-mortem, its TODOs, the decision on each and what came of it.
 * Plain data; positions are UTF-16 offsets into the document's text (BOM included), lines and columns are 1-based.
 */

/** `[start, end)` in UTF-16 code units of the document's text. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

/** Where a TODO was written. Only table rows may be automated; the others are tracked. */
export type TodoSource = 'table' | 'tasklist' | 'bullet';

/** What the status says. An unknown word, or none, is `unknown` and never open. */
export type TodoState = 'open' | 'closed' | 'unknown';

export type Priority = 'P0' | 'P1' | 'P2' | 'P3';

/** One action item of a post-mortem. */
export interface Todo {
  /** Path of the post-mortem + hash of its normalised action (design 4). Survives re-ordering and edits of other cells. */
  readonly id: string;
  /** Path as given to the parser, with `/` separators, relative to the repository. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly source: TodoSource;
  /** Plain text: markdown stripped, one line. */
  readonly action: string;
  /** The action as written (inside the cell's padding). */
  readonly actionMarkdown: string;
  readonly priority: Priority;
  readonly priorityFrom: 'column' | 'prefix' | 'heading' | 'default';
  /** The cell's or prefix's text, `null` when empty or absent. */
  readonly priorityRaw: string | null;
  /** The type as written, or the inferred one of a legacy table; `null` when there is none. */
  readonly type: string | null;
  readonly typeFrom: 'column' | 'inferred' | null;
  /** Plain text of the details cell; empty when there is none. */
  readonly details: string;
  readonly owner: string | null;
  readonly statusRaw: string | null;
  readonly state: TodoState;
  /** The status word inside its cell (table rows only): what the editor replaces. */
  readonly statusRange: SourceRange | null;
  /** Hash of action, type and details: changes when a person edits the row's text, not when the status changes. */
  readonly textHash: string;
}

/** One row of the Follow-up Implementation table. */
export interface FollowUpRow {
  readonly line: number;
  readonly date: string;
  /** Plain text of the action cell. */
  readonly action: string;
  readonly commit: string;
  readonly implementedBy: string;
  /** The `textHash` of the TODO at the time a review row was written, `null` on rows people wrote. */
  readonly textHash: string | null;
}

/** Something a person should look at, tied to a place in a document. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly level: 'error' | 'warning' | 'info';
  /** Stable kebab-case id, e.g. `broken-table-row`. */
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

/** A parsed document. */
export interface PostMortem {
  readonly file: string;
  readonly title: string;
  /** `YYYY-MM-DD` from the header, else from the file name, else `null`. */
  readonly date: string | null;
  /** All action items in document order, also closed and unknown ones. */
  readonly todos: readonly Todo[];
  readonly followUp: readonly FollowUpRow[];
  /** Rows that could not be read as a TODO, and what else the parser stumbled over. */
  readonly problems: readonly Problem[];
}

/** What is to be done with an open TODO, always with the reason. */
export type Decision =
  | { readonly kind: 'implement'; readonly reason: string }
  | { readonly kind: 'review'; readonly reason: string }
  | { readonly kind: 'skip'; readonly reason: string };

export interface DecidedTodo {
  readonly todo: Todo;
  readonly postMortem: PostMortem;
  readonly decision: Decision;
}

/** What is written into the post-mortem for one TODO. */
export type FollowUpEntry =
  | {
      readonly kind: 'done';
      readonly todo: Todo;
      /** `YYYY-MM-DD` */
      readonly date: string;
      readonly commit: { readonly id: string; readonly url: string | null };
      readonly implementedBy: string;
    }
  | { readonly kind: 'review'; readonly todo: Todo; readonly reason: string }
  /** Of another run than the one that found out: that of the shard which works on these stacks. */
  | { readonly kind: 'handed-over'; readonly todo: Todo; readonly stacks: readonly string[] };
