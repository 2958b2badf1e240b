/** What a status says: the leading word or mark decides, a tail that speaks of remaining work re-opens, all else is unknown. */
import { contextualStatuses, statusCodes, statusMarks, statusPhrases, unspacedStatuses, type StatusKind } from './status-words.ts';
import { normaliseName } from './table.ts';
import { remembered } from './memo.ts';
import { Phrases } from './phrases.ts';
import type { TodoState } from './model.ts';

export interface StatusReading {
  readonly state: TodoState;
  /** `null` when the text begins with nothing known. */
  readonly kind: StatusKind | null;
  /** Offsets of mark and word in the text, `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

const phrases = new Phrases<'closed' | 'held' | 'open'>(statusPhrases);
const unspaced = new Phrases<'closed' | 'held' | 'open'>(unspacedStatuses);
const codes = new Phrases<StatusKind>(statusCodes);
const contextual = new Set(contextualStatuses.split('|'));
const marks = new Map(
  Object.entries(statusMarks).flatMap(([kind, all]) => [...all].map((mark) => [mark, kind as StatusKind] as const)),
);

/** A closed status with one of these behind it is not finished: `Done (kubectl, needs TF)`. */
export const reopening =
  /(?:^|[^\p{L}])(?:needs?|pending|todo|to[- ]do|remaining|remains|outstanding|still (?:open|to|needs?|needed|pending|required|missing)|awaiting|in progress|not yet|partial(?:ly)?|follow[- ]?up (?:needed|required|pending)|ausstehend|noch offen|fehlt noch|en attente|reste à|pendiente|falta|pendente|in sospeso|da fare|openstaand|do zrobienia|осталось|не хватает)(?![\p{L}])|残り|未対応|残件|待|尚未|남음/iu;
/** Said of remaining work that is none: `needs no change`. */
const nothingLeft =
  /(?:^|[^\p{L}])(?:no (?:longer )?(?:needs?|pending|remaining|follow[- ]?up)|nothing (?:remaining|pending|outstanding)|needs? (?:no|nothing))(?![\p{L}])/iu;

/**
 * Reads a status cell, or whatever may begin with a status.
 * @param text the cell as written (emphasis around the word is skipped) or plain text
 */
export const readStatus: (text: string) => StatusReading = remembered(read);

function read(text: string): StatusReading {
  const head = text.slice(0, 240);
  const mark = readMark(head);
  const word = mark.kind === 'unclear' ? null : readWord(head, mark.end);
  const found = word === null ? mark : { ...word, start: mark.kind === null ? word.start : mark.start };
  const tail = head.slice(found.end);
  const reopened = found.kind === 'closed' && reopening.test(tail) && !nothingLeft.test(tail);
  return { ...found, state: reopened ? 'open' : stateOf(found.kind) };
}

/** Whether a recognised status is one wherever it stands. `text` is the mark and word, as `readStatus` delimits them. */
export function isClearStatus(text: string): boolean {
  const words = [...text.matchAll(wordPattern)].map(([word]) => normaliseWord(word)).join(' ');
  return words !== '' && !contextual.has(words);
}

function stateOf(kind: StatusKind | null): TodoState {
  return kind === 'closed' ? 'closed' : kind === 'open' || kind === 'held' ? 'open' : 'unknown';
}

type Found = Omit<StatusReading, 'state'>;

const boxes: Readonly<Record<string, StatusKind>> = {
  '': 'open',
  ' ': 'open',
  x: 'closed',
  '✓': 'closed',
  '✔': 'closed',
  '✅': 'closed',
  'n/a': 'closed',
  '-': 'closed',
  '~': 'closed',
  '/': 'held',
  '>': 'held',
  '!': 'open',
  '?': 'unclear',
};

export interface Box {
  /** As it is usually written: `[ ]`, `[x]`. */
  readonly raw: string;
  readonly kind: StatusKind;
  readonly state: TodoState;
  /** Where the text behind it starts. */
  readonly end: number;
}

/** A checkbox at the start of a list item or cell: `[ ]`, `[x]`, also `[N/A]`, `[-]` (dropped) and an escaped `\\[ ]`. */
export function readBox(text: string): Box | null {
  const match = /^\\?\[([ \u00a0\t]?|[xX✓✔✅\-~/>!?]|[nN]\/[aA])\\?\](?=[\s\u3000]|$)[\s\u3000]*/u.exec(text);
  const inner = (match?.[1] ?? '').replace(/[\u00a0\t]/, ' ');
  const kind = boxes[inner.toLowerCase()];
  if (match === null || kind === undefined) {
    return null;
  }
  return { raw: `[${inner || ' '}]`, kind, state: stateOf(kind), end: match[0].length };
}

/** One mark or several in a row (the first decides), a box, or nothing. */
function readMark(text: string): Found {
  const start = /^[\s*_~`>|:\u3000-]*/.exec(text)?.[0].length ?? 0;
  const box = readBox(text.slice(start));
  if (box !== null) {
    return { kind: box.kind, start, end: start + box.raw.length };
  }
  let kind: StatusKind | null = null;
  let end = start;
  for (let at = start; ; ) {
    const code = text.startsWith(':', at) ? /^:([a-z0-9_+-]+):/i.exec(text.slice(at, at + 40)) : null;
    const one = code?.[0] ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
    const found = code === null ? marks.get(one) : codes.get(code[1]?.toLowerCase() ?? '');
    if (found === undefined) {
      return { kind, start, end };
    }
    kind ??= found;
    end = at + one.length;
    end += /^[\ufe0e\ufe0f\u200d]*/.exec(text.slice(end))?.[0].length ?? 0;
    at = end + (/^[\s*_]*/.exec(text.slice(end))?.[0].length ?? 0);
  }
}

const wordPattern = /[\p{L}\p{N}\p{M}%’']+/gu;

/** The known words at `from`, behind nothing but punctuation. */
function readWord(text: string, from: number): Found | null {
  const words: string[] = [];
  const ends: number[] = [];
  let start = 0;
  for (const match of text.slice(from, from + 120).matchAll(wordPattern)) {
    if (words.length === 0) {
      start = from + match.index;
    }
    words.push(normaliseWord(match[0]));
    ends.push(from + match.index + match[0].length);
    if (words.length === 4) {
      break;
    }
  }
  if (words.length === 0 || /[^\s\p{P}\p{S}\ufe0f]/u.test(text.slice(from, start))) {
    return null;
  }
  const phrase = phrases.start(words);
  if (phrase !== undefined) {
    return { kind: phrase.tag, start, end: ends[phrase.words - 1] ?? start };
  }
  const joined = words.join('');
  for (let length = Math.min(8, joined.length); length > 0 && /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(joined); length--) {
    const kind = unspaced.get(joined.slice(0, length));
    if (kind !== undefined) {
      return { kind, start, end: ends.find((end) => end - start >= length) ?? start };
    }
  }
  return null;
}

function normaliseWord(word: string): string {
  return /^[a-z]+$/.test(word) ? word : word.split(/[’']/).map(normaliseName).join("'");
}
