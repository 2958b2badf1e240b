/** A document as HTML: Markdown -> mdast -> hast, sanitised, and then what a page adds. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { sanitize, type Schema } from 'hast-util-sanitize';
import { toHast } from 'mdast-util-to-hast';
import { toHtml } from 'hast-util-to-html';
import type { Root } from 'hast';
import { frontMatterOf } from '../postmortem/lines.ts';
import type { Todo } from '../postmortem/model.ts';
import { escape, html, raw, type Html } from './html.ts';
import { frameScrollers } from './scrollers.ts';
import { keepFieldLines } from './field-lines.ts';
import { labelStatuses } from './statuses.ts';
import { linkHeadings, type Section } from './headings.ts';
import { linkText, rewriteLinks, type Links } from './links.ts';
import { syntaxFor } from './syntax.ts';
import { tooMuchOf } from './effort.ts';
import { withoutRawHtml } from './raw-html.ts';

export interface Rendered {
  readonly body: Html;
  /** Its sections, for a table of contents. */
  readonly sections: readonly Section[];
  /** Ids of the TODOs that have an element of their own on the page, see `anchorOf`. */
  readonly anchored: ReadonlySet<string>;
}

/** What Markdown itself makes, and nothing more; raw HTML has no way here in the first place. */
const schema: Schema = {
  tagNames: [
    'a', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'img', 'input', 'li', 'ol', 'p', 'pre', 'section',
    'strong', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
  ],
  attributes: {
    a: ['href', 'id', 'ariaLabel', 'dataFootnoteRef', 'dataFootnoteBackref'],
    code: [['className', /^language-[\w+#.-]{1,40}$/]],
    img: ['alt', 'src'],
    input: ['checked', 'type'],
    li: ['id', ['className', 'task-list-item']],
    ol: ['start'],
    section: ['dataFootnotes', ['className', 'footnotes']],
    td: [['align', 'left', 'center', 'right']],
    th: [['align', 'left', 'center', 'right']],
    ul: [['className', 'contains-task-list']],
  },
  protocols: { href: ['http', 'https', 'mailto'] },
  required: { input: { type: 'checkbox' } },
  clobber: [],
  strip: ['script'],
};

/**
 * Renders the body of a document: its title and front matter, which the page shows by itself, are left out.
 * @param todos those of the document: their rows get an anchor, their statuses a label
 */
export function renderDocument(text: string, todos: readonly Todo[], links: Links): Rendered {
  const tooMuch = tooMuchOf(text);
  if (tooMuch !== null) {
    return asWritten(text, `This document is shown as it is written: ${tooMuch}.`);
  }
  try {
    return render(text, todos, links);
  } catch (error) {
    // Nested deeper than the stack is: only text made to hurt gets here.
    if (error instanceof RangeError) {
      return asWritten(text, 'This document is shown as it is written: it is nested too deep.');
    }
    throw error;
  }
}

function render(text: string, todos: readonly Todo[], links: Links): Rendered {
  const hidden = frontMatterOf(text)?.end ?? 0;
  const visible = (text.slice(0, hidden).replaceAll(/[^\r\n]/g, ' ') + text.slice(hidden)).replace(/^\ufeff/, ' ');
  const tree = fromMarkdown(visible, syntaxFor(visible));
  const first = tree.children.findIndex(({ type }) => type === 'heading');
  const heading = tree.children[first];
  if (heading?.type === 'heading' && heading.depth === 1) {
    tree.children.splice(first, 1);
  }
  withoutRawHtml(tree);
  keepFieldLines(tree);
  const root = sanitize(toHast(tree, { clobberPrefix: 'note-', footnoteLabel: 'Notes', footnoteLabelTagName: 'h2' }), schema) as Root;
  rewriteLinks(root, links);
  const anchored = labelStatuses(root, todos);
  linkText(root, links);
  const sections = linkHeadings(root);
  frameScrollers(root);
  return { body: raw(toHtml(root)), sections, anchored };
}

function asWritten(text: string, why: string): Rendered {
  const body = html`<p class="note">${why}</p><pre tabindex="0" class="source"><code>${raw(escape(text))}</code></pre>`;
  return { body, sections: [], anchored: new Set() };
}
