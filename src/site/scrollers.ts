/** What may be wider than a phone scrolls by itself, also by keyboard. */
import type { Element } from 'hast';
import { element, textOf, visitElements, type Parent } from './trees.ts';

/** Characters: `10:40–11:04`. Longer ones would take the room of what happened then, on a phone. */
const longestMoment = 11;

/** Puts every table into a frame that scrolls, makes code blocks reachable by keyboard, and drops headers that say nothing. */
export function frameScrollers(root: Parent): void {
  let tables = 0;
  visitElements(root, (found, parent, index) => {
    if (found.tagName === 'pre') {
      const language = languageOf(found);
      found.properties = { tabIndex: 0, ...(language === null ? {} : { dataLanguage: language }) };
      return 'skip';
    }
    if (found.tagName !== 'table') {
      return undefined;
    }
    tables++;
    withoutEmptyHeaders(found);
    const label = `Table ${tables}`;
    parent.children.splice(index, 1, element('div', { className: ['scroller'], tabIndex: 0, role: 'group', ariaLabel: label }, [found]));
    return 'skip';
  });
}

/** A date or a time, which is hard to read when it is broken over two lines. */
function isMoment(cell: Element): boolean {
  const text = textOf(cell);
  return text.length <= longestMoment && /\d[\s:–—-]/.test(text);
}

function languageOf(pre: Element): string | null {
  const code = pre.children.find((child) => child.type === 'element');
  const names = code?.properties['className'];
  const name = Array.isArray(names) ? names.find((found) => String(found).startsWith('language-')) : undefined;
  return name === undefined ? null : String(name).slice('language-'.length) || null;
}

function withoutEmptyHeaders(table: Element): void {
  visitElements(table, (found, parent, index) => {
    if (found.tagName === 'thead' && textOf(found).trim() === '') {
      parent.children.splice(index, 1);
      return 'skip';
    }
    if (found.tagName === 'td' && isMoment(found)) {
      found.properties['className'] = ['moment'];
    }
    if (found.tagName === 'th') {
      if (textOf(found).trim() === '') {
        found.tagName = 'td';
      } else {
        found.properties['scope'] = 'col';
      }
    }
    return undefined;
  });
}
