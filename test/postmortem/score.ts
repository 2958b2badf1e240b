/** Scores the parser against labelled documents: ../shared/corpus, by the rules of its LABELLING.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Todo, TodoSource } from '../../src/postmortem/model.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

export const corpus = new URL('../../../shared/corpus/', import.meta.url);
export const corpusIsHere = existsSync(corpus);

export interface Label {
  readonly line: number;
  readonly action: string;
  readonly priority: string | null;
  readonly type: string | null;
  readonly owner: string | null;
  readonly status_raw: string | null;
  readonly open: boolean | null;
  readonly source: TodoSource;
}

export interface Labelled {
  readonly name: string;
  readonly text: string;
  readonly labels: readonly Label[];
}

/** Every document that has labels. */
export function labelledDocuments(): Labelled[] {
  return ['infra', 'public'].flatMap((part) =>
    readdirSync(new URL(`${part}/labels/`, corpus)).map((file) => {
      const name = file.replace(/\.json$/, '');
      return {
        name: `${part}/${name}`,
        text: readFileSync(new URL(`${part}/docs/${name}.md`, corpus), 'utf8'),
        labels: JSON.parse(readFileSync(new URL(`${part}/labels/${file}`, corpus), 'utf8')) as Label[],
      };
    }),
  );
}

export interface Tally {
  labelled: number;
  found: number;
  right: number;
  /** Of the right ones, how many agree in each field. */
  open: number;
  priority: number;
  type: number;
  owner: number;
  text: number;
}

export function emptyTally(): Tally {
  return { labelled: 0, found: 0, right: 0, open: 0, priority: 0, type: 0, owner: 0, text: 0 };
}

export type Tallies = Record<TodoSource, Tally>;

export interface Miss {
  readonly document: string;
  readonly line: number;
  readonly what: string;
}

const openOf = { open: true, closed: false, unknown: null };

/** Letters and digits only, so that quotes, dashes and spacing do not count. */
export function tolerant(text: string | null): string {
  return (text ?? '').normalize('NFKC').toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** Compares the TODOs of one document with its labels, by line, and adds what differs to `misses`. */
export function scoreDocument({ name, text, labels }: Labelled, tallies: Tallies, misses: Miss[]): void {
  const { todos } = parsePostMortem(text, `${name}.md`);
  const byLine = new Map(todos.map((todo) => [todo.line, todo]));
  for (const todo of todos) {
    tallies[todo.source].found++;
    if (!labels.some(({ line }) => line === todo.line)) {
      misses.push({ document: name, line: todo.line, what: `not an item (${todo.source}): ${todo.action.slice(0, 90)}` });
    }
  }
  for (const label of labels) {
    const tally = tallies[label.source];
    tally.labelled++;
    const todo = byLine.get(label.line);
    if (todo === undefined) {
      misses.push({ document: name, line: label.line, what: `missed (${label.source}): ${label.action.slice(0, 90)}` });
    } else {
      tallies[todo.source].right++;
      compareFields(name, todo, label, tally, misses);
    }
  }
}

function compareFields(document: string, todo: Todo, label: Label, tally: Tally, misses: Miss[]): void {
  const compare = (field: 'open' | 'priority' | 'type' | 'owner' | 'text', ours: unknown, theirs: unknown): void => {
    if (ours === theirs) {
      tally[field]++;
    } else {
      misses.push({ document, line: label.line, what: `${field} is ${String(ours).slice(0, 120)}, labelled ${String(theirs).slice(0, 120)}` });
    }
  };
  compare('open', openOf[todo.state], label.open);
  compare('priority', tolerant(todo.priorityFrom === 'default' ? null : todo.priorityRaw), tolerant(label.priority));
  compare('type', tolerant(todo.typeFrom === 'column' ? todo.type : null), tolerant(label.type));
  compare('owner', tolerant(todo.owner), tolerant(label.owner));
  compare('text', tolerant(todo.action), tolerant(label.action));
}

/** `0.987`, or a dash where there is nothing to divide by. */
export function ratio(part: number, whole: number): string {
  return whole === 0 ? '    -' : (part / whole).toFixed(3);
}
