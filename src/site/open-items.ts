/** The table of open action items. */
import { anchorOf } from './statuses.ts';
import { clip } from './format.ts';
import { html, type Html } from './html.ts';
import { pageName } from './document-links.ts';
import type { Entry } from './entry.ts';
import type { OpenItem } from './items.ts';

export interface Listed {
  /** Number of each post-mortem in the list of cards; the filter goes by it. */
  readonly numberOf: ReadonlyMap<Entry, number>;
  /** Ids of the TODOs that have an anchor on their page. */
  readonly anchored: ReadonlySet<string>;
}

const longestAction = 160;
const longestTitle = 70;

export function openItemsTable(items: readonly OpenItem[], { numberOf, anchored }: Listed): Html {
  return html`<table class="items">
    <thead><tr><th scope="col">Priority</th><th scope="col">Action</th><th scope="col">Owner</th><th scope="col" class="number">Age</th></tr></thead>
    <tbody id="items">
    ${items.map((item) => rowOf(item, numberOf.get(item.entry) ?? 0, anchored.has(item.todo.id)))}</tbody></table>
    ${items.some(({ todo }) => todo.priorityFrom === 'default') ? html`<p class="small">* The document states no priority; P2 is assumed.</p>` : null}`;
}

function rowOf({ todo, entry, ageDays, isOverdue }: OpenItem, number: number, isAnchored: boolean): Html {
  const address = `post-mortems/${pageName(entry)}${isAnchored ? `#${anchorOf(todo)}` : ''}`;
  const owner = todo.owner === null || /^[\s–—-]*$/.test(todo.owner) ? null : clip(todo.owner, 40);
  return html`<tr data-e="${number}"><td><b class="priority">${todo.priority}${todo.priorityFrom === 'default' ? '*' : ''}</b></td><td><a href="${address}">${
    clip(todo.action, longestAction) || 'An item without words'
  }</a> <span class="from">${entry.date} ${clip(entry.title, longestTitle)}</span></td><td>${owner ?? html`<span class="none">no owner</span>`}</td><td class="number">${
    ageDays === null ? html`<span class="none">unknown</span>` : html`${ageDays} d`
  }${isOverdue ? html` <span class="overdue">overdue</span>` : null}</td></tr>
    `;
}
