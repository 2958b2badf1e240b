/**
 * The blocks of a document from a whole-document Markdown parser. Slower than `scanBlocks` and superlinear on hostile input; it is
 * what the fast path is tested and measured against.
 */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTable } from 'micromark-extension-gfm-table';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import type { Definition, Nodes, Paragraph as ParagraphNode, Table as TableNode } from 'mdast';
import { frontMatterOf } from './lines.ts';
import { looseTables } from './loose-tables.ts';
import { read } from './parse.ts';
import { rowOf, tableOf } from './table.ts';
import { trimmedEnd } from './marks.ts';
import type { Block, ListItem, Outline } from './outline.ts';
import type { PostMortem, SourceRange } from './model.ts';

/** `parsePostMortem` by way of mdast. */
export function parseWhole(text: string, file: string): PostMortem {
  return read(text, file, wholeOutlineOf(text));
}

/** `outlineOf` by way of mdast. */
export function wholeOutlineOf(text: string): Outline {
  const hidden = frontMatterOf(text)?.end ?? 0;
  const visible = text.slice(0, hidden).replaceAll(/[^\r\n]/g, ' ') + text.slice(hidden);
  const extensions = { extensions: [gfmTable()], mdastExtensions: [gfmTableFromMarkdown()] };
  const tree = fromMarkdown(visible.replace(/^\ufeff/, ' '), extensions);
  const blocks: Block[] = [];
  const definitions: string[] = [];
  collect(tree, null);
  return { blocks: looseTables(text, blocks), definitions, tooDeepLine: null };

  function collect(node: Nodes, item: (ListItem & { children: number; lines: readonly SourceRange[] }) | null): void {
    switch (node.type) {
      case 'heading':
        blocks.push({ kind: 'heading', line: lineOf(node), level: node.depth, text: headingText(node) });
        return;
      case 'paragraph':
        blocks.push({ kind: 'paragraph', line: lineOf(node), lines: linesOf(node), item });
        return;
      case 'table':
        if (item !== null) {
          item.children++;
        }
        blocks.push({ kind: 'table', table: tableFrom(node) });
        return;
      case 'definition':
        definitions.push(sliceOf(node));
        return;
      case 'listItem': {
        const column = node.position?.start.column ?? 1;
        const lines: SourceRange[] = [];
        const inner = { kind: 'item' as const, line: lineOf(node), column, parent: item, lines, children: 0 };
        if (item !== null) {
          item.children++;
        }
        blocks.push(inner);
        const [first, ...others] = node.children;
        if (first?.type === 'paragraph') {
          inner.lines = linesOf(first);
        }
        for (const child of first === undefined || first.type === 'paragraph' ? others : node.children) {
          collect(child, inner);
        }
        return;
      }
      case 'root':
      case 'blockquote':
      case 'list':
        for (const child of node.children) {
          collect(child, item);
        }
        return;
      default:
    }
  }

  function lineOf(node: Nodes): number {
    return node.position?.start.line ?? 1;
  }

  function sliceOf(node: Nodes | Definition): string {
    return text.slice(node.position?.start.offset, node.position?.end.offset);
  }

  function headingText(node: Nodes): string {
    const raw = sliceOf(node);
    return /^#{1,6}(?:[ \t]|$)/.test(raw)
      ? raw.replace(/^#+/, '').trim().replace(/(?:^|[ \t]+)#+$/, '')
      : raw.split(/\r\n?|\n/).slice(0, -1).map((line) => line.replace(/^[ \t>]+/, '').trim()).join(' ');
  }

  function linesOf(node: ParagraphNode | TableNode): SourceRange[] {
    const from = node.position?.start.offset ?? 0;
    const lines: SourceRange[] = [];
    let start = from;
    for (const part of sliceOf(node).split(/(\r\n?|\n)/)) {
      if (!/^[\r\n]/.test(part)) {
        const skipped = start === from ? 0 : (/^[ \t>]*/.exec(part)?.[0].length ?? 0);
        lines.push({ start: start + skipped, end: trimmedEnd(text, start + skipped, start + part.length) });
      }
      start += part.length;
    }
    return lines;
  }

  function tableFrom(node: TableNode): ReturnType<typeof tableOf> {
    const rows = linesOf(node).map((line, index) => rowOf(text, line, lineOf(node) + index));
    const [header, alignment, ...body] = rows;
    if (header === undefined || alignment === undefined) {
      throw new Error('a table without alignment row');
    }
    return tableOf(text, header, alignment, body);
  }
}
