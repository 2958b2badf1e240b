import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { corpus, corpusIsHere, emptyTally, labelledDocuments, ratio, scoreDocument, type Label, type Miss, type Tallies } from './score.ts';
import { decide, queue } from '../../src/postmortem/classify.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import type { DecidedTodo } from '../../src/postmortem/model.ts';

const safeTypes = ['Alert', 'Config', 'Monitor'];
const options = { safeTypes, retry: 'never' } as const;
const sources = ['table', 'tasklist', 'bullet'] as const;
const emptyTallies = (): Tallies => ({ table: emptyTally(), tasklist: emptyTally(), bullet: emptyTally() });

describe.skipIf(!corpusIsHere)('real post-mortems with labels (skipped where ../shared/corpus is absent)', () => {
  const documents = corpusIsHere ? labelledDocuments() : [];
  const total = emptyTallies();
  const misses: Miss[] = [];
  const table: Record<string, string | number>[] = [];
  for (const document of documents) {
    const one = emptyTallies();
    scoreDocument(document, one, misses);
    const isEmpty = sources.every((source) => one[source].labelled + one[source].found === 0);
    if (isEmpty) {
      table.push({ document: document.name.slice(0, 60), source: 'none', labelled: 0, found: 0 });
    }
    for (const source of sources) {
      const { labelled, found, right, open } = one[source];
      for (const key of Object.keys(total[source]) as (keyof Tallies['table'])[]) {
        total[source][key] += one[source][key];
      }
      if (labelled + found > 0) {
        table.push({ document: document.name.slice(0, 60), source, labelled, found, precision: ratio(right, found), recall: ratio(right, labelled), open: ratio(open, right) });
      }
    }
  }

  test('are scored, document by document', () => {
    console.table(table);
    console.table(
      sources.map((source) => {
        const { labelled, found, right, open, priority, type, owner, text } = total[source];
        const fields = Object.entries({ open, priority, type, owner, text }).map(([field, count]) => [field, ratio(count, right)]);
        return { source, labelled, found, precision: ratio(right, found), recall: ratio(right, labelled), ...Object.fromEntries(fields) };
      }),
    );
    console.log(misses.map(({ document, line, what }) => `${document}:${line} ${what}`).join('\n'));
    expect(documents.length).toBeGreaterThan(0);
  });

  test('rows of tables: 0.99 precision and recall, 0.98 of the open flags, 0.99 of priorities, types and owners', () => {
    const { labelled, found, right, open, priority, type, owner } = total.table;
    expect(right / found).toBeGreaterThanOrEqual(0.99);
    expect(right / labelled).toBeGreaterThanOrEqual(0.99);
    expect(open / right).toBeGreaterThanOrEqual(0.98);
    expect(Math.min(priority, type, owner) / right).toBeGreaterThanOrEqual(0.99);
  });

  test('boxes of task lists: 0.98 precision, recall and open flags', () => {
    const { labelled, found, right, open } = total.tasklist;
    expect(Math.min(right / found, right / labelled, open / right)).toBeGreaterThanOrEqual(0.98);
  });

  test('bullets: 0.85 precision, recall and open flags', () => {
    const { labelled, found, right, open } = total.bullet;
    expect(Math.min(right / found, right / labelled, open / right)).toBeGreaterThanOrEqual(0.85);
  });

  test('nothing is chosen for automation but open rows of a safe type', () => {
    const wrong: string[] = [];
    for (const { name, text, labels } of documents) {
      const postMortem = parsePostMortem(text, name);
      for (const todo of postMortem.todos.filter((candidate) => decide(candidate, postMortem, options).kind === 'implement')) {
        const label = labels.find(({ line }) => line === todo.line);
        if (label?.open !== true || label.source !== 'table' || !(label.type === null || isSafe(label))) {
          wrong.push(`${name}:${todo.line}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every open row of a safe type is chosen, unless its status says that a person has it', () => {
    const missed: string[] = [];
    for (const { name, text, labels } of documents) {
      const postMortem = parsePostMortem(text, name);
      const chosen = new Set(postMortem.todos.filter((todo) => decide(todo, postMortem, options).kind === 'implement').map(({ line }) => line));
      const wanted = labels.filter((label) => label.source === 'table' && label.open === true && isSafe(label));
      missed.push(...wanted.filter(({ line }) => !chosen.has(line)).map(({ line, status_raw }) => `${name}:${line} ${status_raw ?? ''}`));
    }
    expect(missed).toEqual([]);
  });

  test('a document of unsafe TODOs does not block the next: 2026-04-14 holds nothing to do, the rows of 2026-05-25 are queued', () => {
    const decided = ['2026-04-14-nfs-fsid0-dns-vault-outage', '2026-05-25-immich-anca-elements-io-storm'].flatMap((name): DecidedTodo[] => {
      const postMortem = parsePostMortem(readFileSync(new URL(`infra/docs/${name}.md`, corpus), 'utf8'), `docs/post-mortems/${name}.md`);
      return postMortem.todos.map((todo) => ({ todo, postMortem, decision: decide(todo, postMortem, options) }));
    });
    const queued = queue(decided);
    expect(new Set(queued.map(({ postMortem }) => postMortem.date))).toEqual(new Set(['2026-05-25']));
    expect(queued.length).toBeGreaterThan(5);
    expect(queued.map(({ todo }) => todo.priority)).toEqual(queued.map(({ todo }) => todo.priority).toSorted());
  });

  test('the 2026-04-14 document from before its follow-up holds open rows with priorities from their headings', () => {
    const text = readFileSync(new URL('infra/before-follow-up/2026-04-14-nfs-fsid0-dns-vault-outage.md', corpus), 'utf8');
    const postMortem = parsePostMortem(text, 'docs/post-mortems/2026-04-14-nfs-fsid0-dns-vault-outage.md');
    const open = postMortem.todos.filter(({ state }) => state === 'open');
    expect(open.length).toBeGreaterThan(3);
    expect(open.every(({ priorityFrom, source }) => priorityFrom === 'heading' && source === 'table')).toBe(true);
    expect(open.filter((todo) => decide(todo, postMortem, options).kind === 'implement').every(({ typeFrom }) => typeFrom === 'inferred')).toBe(true);
  });
});

function isSafe({ type }: Label): boolean {
  return type !== null && type.split('+').every((part) => safeTypes.includes(part.trim()));
}
