/** HTML written into Markdown never reaches a page. What it says in words does. */
import type { Nodes, Parent, PhrasingContent } from 'mdast';

/** Elements of HTML (and the parts of SVG people paste): a name that is none of them is a placeholder like `<pod-id>`, and text. */
const elements = new Set(
  (
    'a abbr address article aside audio b base bdi bdo big blockquote body br button canvas caption center cite code col colgroup data dd del details dfn ' +
    'dialog div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label ' +
    'legend li link main map mark math menu meta meter nav noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp script ' +
    'section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ' +
    'ul var video wbr path g circle rect use image foreignobject animate set'
  ).split(' '),
);
const tag = /<\/?([a-z][a-z0-9-]*)(?:\s[^<>]*|\/)?>|<[!?][^<>]*>/gi;

/** Replaces every raw HTML node in place: `<br>` by a line break, others by the text between their tags. */
export function withoutRawHtml(tree: Nodes): void {
  if (!('children' in tree)) {
    return;
  }
  const isBlock = tree.type === 'root' || tree.type === 'blockquote' || tree.type === 'listItem' || tree.type === 'footnoteDefinition';
  const parent: Parent = tree;
  parent.children.forEach(withoutRawHtml);
  if (!parent.children.some(({ type }) => type === 'html')) {
    return;
  }
  parent.children = parent.children.flatMap((child) => {
    if (child.type !== 'html') {
      return [child];
    }
    if (/^<br\s*\/?>$/i.test(child.value)) {
      return [{ type: 'break' as const }];
    }
    const value = wordsOf(child.value);
    const text: PhrasingContent = { type: 'text', value };
    return value.trim() === '' ? [] : isBlock ? [{ type: 'paragraph' as const, children: [text], position: child.position }] : [text];
  }) as typeof parent.children;
}

/** The text of a piece of HTML, without comments, scripts and style sheets; what only looks like a tag stays. */
function wordsOf(value: string): string {
  const visible = value
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replaceAll(/<(script|style|template|iframe|noscript|svg|math)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replaceAll(tag, (found, name: string | undefined) => (name === undefined || elements.has(name.toLowerCase()) ? ' ' : found));
  return visible.trim() === '' ? '' : visible.replaceAll(/[ \t]*\n\s*/g, '\n').trim();
}
