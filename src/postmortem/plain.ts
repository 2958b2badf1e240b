/** Inline Markdown to plain text. */
import { fromMarkdown, type Options } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTable } from 'micromark-extension-gfm-table';
import type { Nodes } from 'mdast';

/**
 * More of these in one text and it is stripped by simple rules instead of being parsed: runs of `[a](` cost micromark quadratic
 * time, and text with so many marks is not prose.
 */
const markupCap = 256;
const bracketCap = 24;
/** Nor are texts longer than this (UTF-16 units). */
const lengthCap = 16 * 1024;

/**
 * The text a reader sees: link texts without addresses, code without back-ticks, no emphasis marks, no tags or comments, one line,
 * without control characters and bidirectional overrides.
 * @param markdown the content of one table cell or the lines of one paragraph joined by a space
 * @param definitions link reference definitions of the document, as written
 */
export function plainText(markdown: string, definitions: readonly string[] = []): string {
  return oneLine(inlineText(markdown, definitions));
}

function inlineText(markdown: string, definitions: readonly string[]): string {
  if (!/[\\`*_[\]<>&~]/.test(markdown)) {
    return markdown;
  }
  const brackets = markdown.includes('[') ? (markdown.match(/\[/g)?.length ?? 0) : 0;
  if (markdown.length > lengthCap || brackets > bracketCap || (markdown.match(/[\\`*_[\]<>&~]/g)?.length ?? 0) > markupCap) {
    return markdown.replaceAll(/[`*]|<[^<>]{0,500}>/g, '').replaceAll(/\\([!-/:-@[-`{-~])/g, '$1');
  }
  return withoutSimpleMarks(markdown, definitions) ?? parsedText(markdown, definitions);
}

let extensions: Options | undefined;

/** By way of a Markdown parser: a table of one cell, where only inline marks count. The quick way is tested against it. */
export function parsedText(markdown: string, definitions: readonly string[]): string {
  const cell = markdown.replaceAll(/\\.|\|/g, (match) => (match === '|' ? '\\|' : match)).replaceAll(/[\r\n]+/g, ' ');
  const referenced = definitions.length > 0 && cell.includes('[') ? `\n\n${definitions.slice(0, markupCap).join('\n')}` : '';
  extensions ??= { extensions: [gfmTable()], mdastExtensions: [gfmTableFromMarkdown()] };
  const tree = fromMarkdown(`|a|\n|-|\n|${cell}|${referenced}`, extensions);
  const table = tree.children[0];
  const found = table?.type === 'table' ? table.children[1]?.children[0] : undefined;
  return found === undefined ? markdown : textOf(found).replaceAll(/~~(?=\S)([^~]*)~~/g, '$1').replaceAll(/\[\^[^\]\s]{1,100}\]/g, '');
}

const codeSpan = /(?<![`\\])`([^`\s](?:[^`]*[^`\s])?)`(?!`)/g;
const strong = /(?<![\p{L}\p{N}*])\*\*([^\s*`_](?:[^*`_]*[^\s*`_])?)\*\*(?![\p{L}\p{N}*])/gu;
const emphasis = /(?<![\p{L}\p{N}*])\*([^\s*`_](?:[^*`_]*[^\s*`_])?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_([^\s*`_](?:[^*`_]*[^\s*`_])?)_(?![\p{L}\p{N}_])/gu;
const link = /(?<![\\!\]])\[([^[\]`*_\\<!~]*)\]\((?!\s)[^\s()<>\\\uf8ff]*\)/g;
/** What only a parser reads rightly: escapes, tags, entities, links, strikethrough, emphasis. */
const needsParser = /[\\`*]|<[a-z/!?]|&[#a-z0-9]|\][([:]|~~|!\[/i;
/** Stands for a code span while the text around it is looked at; never in a document. */
const hole = '\uf8ff';

/** Code spans, strong text and links in their simplest form, the most frequent ones by far: no parser is needed for them. */
function withoutSimpleMarks(markdown: string, definitions: readonly string[]): string | null {
  if (markdown.includes(hole)) {
    return null;
  }
  const codes: string[] = [];
  let outside = markdown;
  if (markdown.includes('`')) {
    outside = outside.replaceAll(codeSpan, (_, code: string) => {
      codes.push(code.replaceAll('\\|', '|'));
      return hole;
    });
  }
  if (outside.includes('](')) {
    outside = outside.replaceAll(strong, '$1').replaceAll(link, '$1');
  }
  if (/[*_]/.test(outside)) {
    outside = outside.replaceAll(strong, '$1').replaceAll(emphasis, '$1$2');
  }
  const underscored = outside.includes('_') && /(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])/u.test(outside);
  if (underscored || needsParser.test(outside) || (definitions.length > 0 && outside.includes('['))) {
    return null;
  }
  return codes.length === 0 ? outside : outside.replaceAll(hole, () => codes.shift() ?? '');
}

function textOf(node: Nodes): string {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      return node.value;
    case 'html':
      return /^<br\b/i.test(node.value) ? ' ' : '';
    case 'linkReference':
      // Without an extension a footnote mark `[^1]` is a link to its definition.
      return node.identifier.startsWith('^') ? '' : node.children.map(textOf).join('');
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
function oneLine(text: string): string {
  if (!/[\u0000-\u001f\u007f-\u00a0\u2000-\u202f\u2066-\u2069]| {2}/.test(text)) {
    return text.trim();
  }
  return text
    .replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,500}(?:\u0007|\u001b\\)?|.)/g, '')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
