import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { Nodes } from 'mdast';

/** The documents of this project, as their tests read them. */

/** A fenced block. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  return nodesOf(markdown).flatMap((node) => (node.type === 'code' ? [{ language: node.lang ?? '', text: `${node.value}\n` }] : []));
}

/** Targets of links and images, in order. */
export function linksOf(markdown: string): string[] {
  return nodesOf(markdown).flatMap((node) => (node.type === 'link' || node.type === 'image' || node.type === 'definition' ? [node.url] : []));
}

/** What stands in backticks within a line, in order. */
export function inlineCode(markdown: string): string[] {
  return nodesOf(markdown).flatMap((node) => (node.type === 'inlineCode' ? [node.value] : []));
}

/** Anchors of the headings, as the forges make them. */
export function anchorsOf(markdown: string): string[] {
  return nodesOf(markdown).flatMap((node) => (node.type === 'heading' ? [anchorOf(textOf(node))] : []));
}

function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
}

function textOf(node: Nodes): string {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

const parsed = new Map<string, Nodes[]>();

function nodesOf(markdown: string): Nodes[] {
  const known = parsed.get(markdown);
  if (known) return known;
  const all: Nodes[] = [];
  const visit = (node: Nodes): void => {
    all.push(node);
    if ('children' in node) node.children.forEach(visit);
  };
  visit(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
  parsed.set(markdown, all);
  return all;
}
