/** One or two sentences that say what happened. */
import { fieldOf } from './metadata-words.ts';
import { namedValues } from './fields.ts';
import { normaliseName } from './table.ts';
import { documentTitle } from './place.ts';
import type { Block } from './outline.ts';
import type { MarkdownDocument } from './document.ts';

/** Sentences are added up to this many characters. */
const enough = 90;
const longest = 240;
/** Shorter paragraphs are labels. */
const atLeast = 30;

/**
 * The beginning of the document's own summary; else of what it says of the impact; else of its first paragraph. `null` when there is none.
 * @param impact the value of a header field that speaks of the impact, as written
 */
export function summaryOf(document: MarkdownDocument, impact: string | null): string | null {
  const found = textBelow(document, 'summary') ?? impact ?? textBelow(document, 'impact') ?? firstParagraph(document);
  const text = found === null ? '' : document.plain(found);
  return text === '' ? null : beginning(text);
}

/** The first paragraph or item below a heading of that meaning. */
function textBelow(document: MarkdownDocument, field: 'summary' | 'impact'): string | null {
  const { blocks } = document.outline;
  const at = blocks.findIndex((block) => block.kind === 'heading' && fieldOf(normaliseName(block.text).replace(/^(?:\d+ )+/, '')) === field);
  const end = blocks.findIndex((block, index) => index > at && block.kind === 'heading');
  return at === -1 ? null : firstText(document, blocks.slice(at + 1, end === -1 ? undefined : end));
}

function firstParagraph(document: MarkdownDocument): string | null {
  const title = documentTitle(document.outline.blocks);
  return firstText(document, document.outline.blocks.filter((block) => block !== title && block.kind !== 'item'));
}

function firstText(document: MarkdownDocument, blocks: readonly Block[]): string | null {
  for (const block of blocks) {
    if ((block.kind === 'paragraph' || block.kind === 'item') && block.lines.length > 0 && namedValues(document, block.lines).length === 0) {
      const text = document.join(block.lines);
      if (text.length >= atLeast) {
        return text;
      }
    }
  }
  return null;
}

/** Whole sentences where they are short enough, else words and an ellipsis. */
export function beginning(text: string): string {
  let end = 0;
  for (const { index, 0: mark } of text.matchAll(/[.!?。！？](?:["'”’)\]]{0,2}(?=\s+[\p{Lu}\p{Lo}\d"'“(~])|(?<=[。！？])|$)/gu)) {
    const isAbbreviation = /(?:^|[\s(])(?:\p{L}\.?|e\.g|i\.e|vs|etc|approx|ca|cf|no|nr|z\.B|bzw)$/iu.test(text.slice(Math.max(0, index - 8), index));
    if (isAbbreviation || index + mark.length > longest) {
      continue;
    }
    end = index + mark.length;
    if (end >= enough) {
      break;
    }
  }
  if (end > 0 || text.length <= longest) {
    return end > 0 ? text.slice(0, end) : text;
  }
  return `${text.slice(0, longest - 1).replace(/[\s,;:(–—-]+\S*$/u, '')}…`;
}
