/** The fields people put at the top of a post-mortem: tables of two columns, bold names in lists and paragraphs, front matter. */
import { fieldOf, type Field } from './metadata-words.ts';
import { frontMatterOf } from './lines.ts';
import { normaliseName } from './table.ts';
import type { Block } from './outline.ts';
import type { MarkdownDocument } from './document.ts';
import type { SourceRange } from './model.ts';

/** Fields are looked for above the first heading and in this many sections below it; further down the story is told, not summed up. */
const sectionsOfHeader = 4;
const story = /^(?:\d+ )*(?:incident |detailed )?(?:timeline|time line|chronolog|lessons?|actions?|follow|prevent|zeitleiste|ablauf|cronolog|linha do tempo|linea de tiempo|タイムライン|时间线|타임라인)/;

/** `**Name:** value`, `**Name**: value`, where a line or a sentence starts; the value goes on until the next one. */
const boldName = /(?:^|[.;|·•—–]\s+| {2,})(?:\*\*|__)([^*_\n:：]{2,40}?)(?:\s*[:：]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:：])\s*/g;
/** `Name: value` at the start of a line. */
const plainName = /^([\p{L}][\p{L}\p{M} '’()/-]{1,38}?)\s?[:：]\s+/u;

/**
 * The first value of every field, as written (Markdown included), in the order of the document; front matter wins.
 * @returns values of one line, never empty
 */
export function fieldsOf(document: MarkdownDocument): ReadonlyMap<Field, string> {
  const found = new Map<Field, string>();
  const add = (field: Field | null, value: string): void => {
    if (field !== null && value.trim() !== '' && !found.has(field)) {
      found.set(field, value.trim());
    }
  };
  for (const [, name = '', value = ''] of (frontMatterOf(document.text)?.yaml ?? '').matchAll(/^([\w -]{2,40}):[ \t]*["']?(.*?)["']?[ \t]*$/gm)) {
    add(fieldOf(normaliseName(name)), value);
  }
  for (const block of headerBlocks(document)) {
    readBlock(document, block, add);
  }
  return found;
}

function headerBlocks(document: MarkdownDocument): Block[] {
  const { blocks } = document.outline;
  const headings = blocks.flatMap((block, index) => (block.kind === 'heading' ? [{ index, name: normaliseName(block.text) }] : []));
  // The first heading is the title, if nothing but the title stands above the fields.
  const ends = [headings[sectionsOfHeader + 1]?.index, headings.find(({ name }) => story.test(name))?.index, blocks.length];
  return blocks.slice(0, Math.min(...ends.filter((end) => end !== undefined)));
}

function readBlock(document: MarkdownDocument, block: Block, add: (field: Field | null, value: string) => void): void {
  if (block.kind === 'table') {
    for (const row of [block.table.header, ...block.table.rows]) {
      const [name, value] = row.cells;
      if (name !== undefined && value !== undefined && row.cells.length === 2) {
        add(fieldOf(normaliseName(document.slice(name.content))), document.slice(value.content));
      }
    }
  } else if (block.kind === 'paragraph' || block.kind === 'item') {
    for (const { name, value } of namedValues(document, block.lines)) {
      add(fieldOf(normaliseName(name)), value);
    }
  }
}

/** The named values of a paragraph: a bold name may stand anywhere, a plain one only where a line starts. */
export function namedValues(document: MarkdownDocument, lines: readonly SourceRange[]): { readonly name: string; readonly value: string }[] {
  const values: { name: string; value: string }[] = [];
  for (const line of lines.slice(0, 40).map((range) => document.slice(range).slice(0, 4000))) {
    const bold = [...line.matchAll(boldName)];
    const plain = bold.length === 0 ? plainName.exec(line) : null;
    const starts = bold.length > 0 ? bold : plain === null || fieldOf(normaliseName(plain[1] ?? '')) === null ? [] : [plain];
    const last = values.at(-1);
    if (last !== undefined) {
      last.value = `${last.value} ${line.slice(0, starts[0]?.index)}`.trim();
    }
    for (const [at, start] of starts.entries()) {
      values.push({ name: start[1] ?? '', value: line.slice(start.index + start[0].length, starts[at + 1]?.index).trim() });
    }
  }
  return values;
}
