/** Action items on the page: a place to link to for each, and a label for its status. */
import type { Element } from 'hast';
import type { Todo, TodoState } from '../postmortem/model.ts';
import { element, text, textOf, visitElements, type Parent } from './trees.ts';

/** Where an action item stands on the page of its post-mortem. It does not move when other items come and go. */
export function anchorOf(todo: Todo): string {
  return `todo-${todo.id.slice(todo.id.lastIndexOf('#') + 1)}`;
}

const words: Readonly<Record<TodoState, string>> = { open: 'open', closed: 'done', unknown: 'unclear' };

/**
 * Gives the row or list item of every TODO an id, the word of its status a label, and each check box its meaning in words.
 * @returns ids of the TODOs whose element was found; one whose row no Markdown renderer shows as a row has none
 */
export function labelStatuses(root: Parent, todos: readonly Todo[]): Set<string> {
  const byLine = new Map(todos.map((todo) => [todo.line, todo]));
  const found = new Set<string>();
  visitElements(root, (candidate) => {
    if (candidate.tagName === 'input') {
      replaceBox(candidate);
      return 'skip';
    }
    const todo = candidate.tagName === 'tr' || candidate.tagName === 'li' ? byLine.get(candidate.position?.start.line ?? 0) : undefined;
    if (todo !== undefined && !found.has(todo.id) && (candidate.tagName === 'tr') === (todo.source === 'table')) {
      found.add(todo.id);
      candidate.properties['id'] = anchorOf(todo);
      if (todo.source === 'table') {
        labelCell(candidate, todo);
      } else if (todo.source === 'bullet') {
        labelBullet(candidate, todo);
      }
    }
    return undefined;
  });
  return found;
}

/** A box says by its look alone what a label says in words. */
function replaceBox(box: Element): void {
  const state = box.properties['checked'] === true ? 'closed' : 'open';
  box.tagName = 'span';
  box.properties = { className: ['status', words[state]] };
  box.children = [text(words[state])];
}

/** Puts the content of the status cell into a label: all of it, when it is short. */
function labelCell(row: Element, { state, statusRange, statusRaw }: Todo): void {
  const cells = row.children.filter((child) => child.type === 'element');
  // A word nobody knows has no place of its own in the row: its cell is the one that says just that, and types come before statuses.
  const cell = cells.findLast((child) => (statusRange === null ? textOf(child).trim() === statusRaw : holds(child, statusRange.start)));
  if (cell === undefined || textOf(cell).trim() === '') {
    return;
  }
  // An unknown word says nothing about the item by itself: the label does.
  const isShort = state !== 'unknown' && textOf(cell).length <= 16;
  const label = element('span', { className: ['status', words[state]] }, isShort ? cell.children : [words[state]]);
  cell.children = isShort ? [label] : [label, text(' '), ...cell.children];
}

function labelBullet(item: Element, { state }: Todo): void {
  const first = item.children.find((child) => child.type === 'element' || textOf(child).trim() !== '');
  const target = first?.type === 'element' && first.tagName === 'p' ? first : item;
  target.children = [element('span', { className: ['status', words[state]] }, [words[state]]), text(' '), ...target.children];
}

function holds(cell: Element, offset: number): boolean {
  const { start, end } = cell.position ?? {};
  return start?.offset !== undefined && end?.offset !== undefined && start.offset <= offset && offset < end.offset;
}
