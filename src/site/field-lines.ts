/** Lines like `**Severity:** SEV2` below each other: Markdown runs them together, and nobody means that. */
import type { Nodes, Paragraph, PhrasingContent } from 'mdast';
import { toString } from 'mdast-util-to-string';

/** Turns the line end before every bold name into a line break, in place. */
export function keepFieldLines(tree: Nodes): void {
  if (tree.type === 'paragraph') {
    keepLines(tree);
  } else if ('children' in tree) {
    tree.children.forEach(keepFieldLines);
  }
}

function keepLines(paragraph: Paragraph): void {
  const { children } = paragraph;
  paragraph.children = children.flatMap((child, index): PhrasingContent[] => {
    const isLineEnd = child.type === 'text' && child.value.endsWith('\n') && isName(children[index + 1], children[index + 2]);
    return isLineEnd ? [{ ...child, value: child.value.slice(0, -1) }, { type: 'break' }] : [child];
  });
}

/** Bold text with a colon at its end or right behind it. */
function isName(bold: PhrasingContent | undefined, after: PhrasingContent | undefined): boolean {
  return bold?.type === 'strong' && (/[:：]$/.test(toString(bold)) || (after?.type === 'text' && /^[:：]/.test(after.value)));
}
