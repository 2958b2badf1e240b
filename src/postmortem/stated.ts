/** Statuses and owners that stand in running text: before or behind an action, in a heading, in a label. */
import { isClearStatus, readStatus } from './status.ts';
import type { TodoState } from './model.ts';

export interface Stated {
  readonly raw: string;
  readonly state: TodoState;
  /** Where the action itself starts behind a leading status. */
  readonly end: number;
}

/**
 * A status an item begins with: a mark (`✅ Added …`), or a clear word set off by a colon, dash, brackets or as a label
 * (`Pending: …`, `**COMPLETED (PR #12)**: …`, `[DONE] …`, `TODO(anna): …`). `Open a ticket` has none.
 * @param text plain text
 */
export function leadingStatus(text: string): Stated | null {
  const reading = readStatus(text);
  if (reading.kind === null) {
    return null;
  }
  const word = text.slice(0, reading.end);
  const hasWord = /[\p{L}\p{N}]/u.test(word) && isClearStatus(word);
  const after = /^(?:\s*[([][^)\]]{0,60}[)\]])?\s*(?:[:：]|[—–](?=\s)|-(?=\s))\s*/u.exec(text.slice(reading.end));
  const rest = text.slice(reading.end);
  const bracketed = /^\s*[[(（【]\s*[^\])）】]*$/u.test(word) ? /^[^\])）】]{0,40}[\])）】]\s*[:：—–-]?\s*/u.exec(rest) : null;
  const separator = bracketed ?? after;
  if (hasWord && separator !== null) {
    const end = reading.end + separator[0].length;
    return { raw: text.slice(0, end).replace(/[\s:：—–-]+$/u, '').trim(), state: reading.state, end };
  }
  const mark = /^[^\p{L}\p{N}]+/u.exec(text)?.[0] ?? '';
  const marked = readStatus(mark.trim());
  if (mark === '' || marked.kind === null || /^[\s\-*_[(<"'`]*$/u.test(mark)) {
    return null;
  }
  return { raw: mark.trim(), state: marked.state, end: mark.replace(/[[(<"'`#@$/~.*_-]+$/u, '').length };
}

/** A status an item ends with: `… (DONE).`, `… [in progress]`, `… — done`, `… ✅`. */
export function trailingStatus(text: string): Omit<Stated, 'end'> | null {
  const match = /(?:[([（【]\s*([^()[\]（）【】]{1,60}?)\s*[)\]）】]|\s[—–-]\s+([^—–()[\]]{1,30}?)|:\s*([A-Z][A-Z -]{2,20})|\s(✅|☑️?|✔️?|❌|⏳|🚧|🔄|:white_check_mark:))[\s.。!]*$/u.exec(text.slice(-200));
  const raw = match?.[1] ?? match?.[2] ?? match?.[3] ?? match?.[4];
  if (raw === undefined) {
    return null;
  }
  const reading = readStatus(raw);
  const clear = reading.kind !== null && (match?.[4] !== undefined || isClearStatus(raw.slice(0, reading.end)));
  const tail = raw.slice(reading.end).trim();
  const ends = tail === '' || /^(?:[:,;(@#]|in\b|by\b|on\b|at\b|via\b|pr\b|\d|am\b|le\b|el\b|em\b)/iu.test(tail);
  return clear && ends ? { raw, state: reading.state } : null;
}

/**
 * A status a heading or label states for what is below it: `Follow-ups (not yet done)`, `Completed ✅`, `In progress:`,
 * `Kurzfristig (erledigt)`, `Ações preventivas (pendentes)`.
 */
export function headingStatus(title: string): Omit<Stated, 'end'> | null {
  const heading = title.slice(0, 300);
  const inBrackets = [...heading.matchAll(/[([（【]([^()[\]（）【】]{1,120})[)\]）】]/gu)].flatMap(([, inner = '']) => inner.split(/[,;，、]|\s[—–-]\s/u));
  const outside = heading.replaceAll(/[([（【][^()[\]（）【】]*[)\]）】]/gu, ' ').trim();
  const segments = outside.split(/\s[—–-]\s|[:：]/u);
  for (const part of [...inBrackets, ...(segments.length > 1 ? segments : [])].map((segment) => segment.trim())) {
    const reading = readStatus(part);
    const isClear = isClearStatus(part.slice(0, reading.end)) || /^[^\p{L}\p{N}]*$/u.test(part);
    if (reading.kind !== null && isClear && part.split(/\s+/).length <= 5) {
      return { raw: part, state: reading.state };
    }
  }
  const bare = outside.replace(/^[\d.\s]+/, '');
  const reading = readStatus(bare);
  if (reading.kind !== null && isClearStatus(bare.slice(0, reading.end))) {
    return { raw: bare.slice(0, reading.end).trim(), state: reading.state };
  }
  const ending = lastWords(bare);
  if (ending !== null) {
    return ending;
  }
  const last = /(✅|☑️?|✔️?|⏳|🚧)$/u.exec(outside)?.[0];
  return last === undefined ? null : { raw: last, state: readStatus(last).state };
}

/** `Action items completed`, `Acciones correctivas realizadas`, `Work in progress`. */
function lastWords(heading: string): Omit<Stated, 'end'> | null {
  const words = heading.split(/\s+/);
  for (const count of [3, 2, 1]) {
    const raw = words.length > count ? words.slice(-count).join(' ') : '';
    const reading = readStatus(raw);
    if (raw !== '' && reading.kind !== null && reading.end === raw.length && isClearStatus(raw) && !/\p{N}/u.test(raw)) {
      return { raw, state: reading.state };
    }
  }
  return null;
}

const ownerKey =
  /(?:^|[\s([（;,.|/—–-])(?:owners?|assignees?|assigned to|responsible|dri|担当者?|負責人|责任人|负责人|責任者|담당자?|verantwortlich(?:er?)?|zuständig|responsables?|responsável|responsabile|eigenaar|odpowiedzialn[yae]|właściciel|ответственн(?:ый|ые|ая)|исполнитель)\s*[:：]\s*/iu;

/** The owner an item names: `Owner: Anna`, `担当: 田中`, `@anna: …`. */
export function statedOwner(text: string): string | null {
  const key = ownerKey.exec(text);
  if (key !== null) {
    const rest = text.slice(key.index + key[0].length);
    const owner = /^.{1,80}?(?=[.;|)）(（。\]]|\s[—–-]\s|,\s*\p{L}+\s*[:：]|、\s*\p{L}+[:：]|[\s,]+(?:due|eta|status|deadline|until|by|bis|期限)(?:\s*[:：]|\s)|$)/iu.exec(rest)?.[0].trim() ?? '';
    return owner === '' || owner.length > 80 ? null : owner;
  }
  return /^(@[\p{L}\p{N}_.-]+(?:\s*[,&/]\s*@[\p{L}\p{N}_.-]+)*)\s*[:：—–-]\s/u.exec(text)?.[1] ?? null;
}

/** Words that head a group of actions and name nobody. */
const groupWords =
  /action|item|task|follow|process|monitor|alert|detect|prevent|mitigat|respon|recover|document|infra|tool|test|communic|term|priorit|improve|short|long|medium|immediate|next|step|technical|engineering|operation|security|database|network|storage|deploy|code|training|people|other|general|high|low|critical|done|open|pending|todo|complete|maßnahm|massnahm|kurz|mittel|lang|sofort|court|moyen|corto|largo|prazo/i;

/** The people a label names: `@anna`, `Owner: Anna`, `Anna & Ben`. A label with a colon or a common word groups actions instead. */
export function labelOwner(label: string): string | null {
  const stated = statedOwner(label);
  if (stated !== null) {
    return stated;
  }
  if (/^@[\w.-]+(?:[\s,&/]+@[\w.-]+)*:?$/.test(label)) {
    return label.replace(/:$/, '');
  }
  const names = /^\p{Lu}\p{L}+(?: \p{Lu}\p{L}*\.?)?(?:(?:, | & | and | \/ |\/)\p{Lu}\p{L}+(?: \p{Lu}\p{L}*\.?)?){0,4}$/u;
  return names.test(label) && !groupWords.test(label) ? label : null;
}
