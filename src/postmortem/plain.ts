/** Inline Markdown to plain text. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTable } from 'micromark-extension-gfm-table';
import type { Nodes } from 'mdast';

/**
 * More of these in one text and it is stripped by simple rules instead of being parsed: runs of `[a](` cost micromark quadratic
 * time, and text with so many marks is not prose.
 */
const markupCap = 256;

/**
 * The text a reader sees: link texts without addresses, code without back-ticks, no emphasis marks, no tags or comments, one line,
 * without control characters and bidirectional overrides.
 * @param markdown the content of one table cell or the lines of one paragraph joined by a space
 * @param definitions link reference definitions of the document, as written
 */
export function plainText(markdown: string, definitions: readonly string[] = []): string {
  return clean(inlineText(markdown, definitions));
}

function inlineText(markdown: string, definitions: readonly string[]): string {
  if (!/[\\`*_[\]<>&~]/.test(markdown)) {
    return markdown;
  }
  const easy = withoutSimpleMarks(markdown);
  if (easy !== null) {
    return easy;
  }
  if ((markdown.match(/[\\`*_[\]<>&~]/g)?.length ?? 0) > markupCap) {
    return markdown.replaceAll(/[`*]|<[^<>]{0,500}>/g, '').replaceAll(/\\([!-/:-@[-`{-~])/g, '$1');
  }
  const cell = markdown.replaceAll(/\\.|\|/g, (match) => (match === '|' ? '\\|' : match));
  const referenced = definitions.length > 0 && /\[/.test(markdown) ? `\n\n${definitions.slice(0, markupCap).join('\n')}` : '';
  const tree = fromMarkdown(`|a|\n|-|\n|${cell.replaceAll(/[\r\n]+/g, ' ')}|${referenced}`, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
  const table = tree.children[0];
  const found = table?.type === 'table' ? table.children[1]?.children[0] : undefined;
  return found === undefined ? markdown : textOf(found).replaceAll(/~~(?=\S)([^~]*)~~/g, '$1');
}

const simpleMarks = /`([^`\s](?:[^`]*[^`\s])?)`(?!`)|\*\*([^\s*`_](?:[^*`_]*[^\s*`_])?)\*\*(?![\p{L}\p{N}*])/gu;

/** Code spans and strong text in their simplest form, the most frequent ones by far: no parser is needed for them. */
function withoutSimpleMarks(markdown: string): string | null {
  if (/[\\[\]<&~]/.test(markdown)) {
    return null;
  }
  let text = '';
  let outside = '';
  let rest = 0;
  for (const { index, 0: span, 1: code, 2: strong } of markdown.matchAll(simpleMarks)) {
    const before = markdown.charAt(index - 1);
    if (before === '`' || (strong !== undefined && /[\p{L}\p{N}*]/u.test(before))) {
      return null;
    }
    const between = markdown.slice(rest, index);
    text += between + (code ?? strong ?? '');
    outside += `${between} `;
    rest = index + span.length;
  }
  outside += markdown.slice(rest);
  return /[*_`]/.test(outside.replaceAll(/(?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}])/gu, ' ')) ? null : text + markdown.slice(rest);
}

function textOf(node: Nodes): string {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      return node.value;
    case 'html':
      return /^<br\b/i.test(node.value) ? ' ' : '';
    case 'break':
      return ' ';
    case 'image':
    case 'imageReference':
      return node.alt ?? '';
    default:
      return 'children' in node ? node.children.map(textOf).join('') : '';
  }
}

/** One line, without terminal escapes, other control characters and direction overrides. */
function clean(text: string): string {
  const visible = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text)
    ? text
        .replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, '')
        .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
        .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    : text;
  return visible.replaceAll(/\s+/g, ' ').trim();
}
