/** A post-mortem's title and date. */
import { documentTitle } from './place.ts';
import { frontMatterOf } from './lines.ts';
import type { MarkdownDocument } from './document.ts';

/** How far from the top a date line is looked for, in UTF-16 units. */
const headerLength = 2000;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dateKey =
  /^[^\p{L}]{0,12}(?:date(?: of (?:the )?(?:incident|outage|event))?|(?:incident|outage|event) date|incident start|start(?:ed)?(?: (?:date|time))?|datum(?: des (?:vorfalls|ausfalls))?|date de l['’]incident|fecha(?: del incidente)?|data(?: do incidente| dell['’]incidente)?|data zdarzenia|дата(?: инцидента)?|dato|tarih|日付|発生日時?|発生日|日期|发生时间|發生時間|발생 ?일시?|날짜|일시)(?![\p{L}])[^\p{L}\p{N}]{1,12}/iu;

/** The first heading of level 1, else the first heading, else front matter's `title`, else the file's name. */
export function titleOf(document: MarkdownDocument): string {
  const { blocks } = document.outline;
  const headings = blocks.filter((block) => block.kind === 'heading');
  const heading = documentTitle(blocks) ?? headings.find(({ level }) => level === 1) ?? headings[0];
  const title = heading === undefined ? '' : document.plain(heading.text);
  const yaml = frontMatterOf(document.text)?.yaml ?? '';
  const named = /^title:\s*["']?(.+?)["']?\s*$/m.exec(yaml)?.[1] ?? '';
  return title || named || fileTitle(document);
}

/** The text of the first line that looks like a heading of level 1, for documents whose structure was not looked at. */
export function titleByLines(document: MarkdownDocument): string {
  const heading = /^\ufeff?# +(.{1,300})$/m.exec(document.text.slice(0, headerLength))?.[1];
  return heading === undefined ? fileTitle(document) : document.plain(heading.replace(/ #+\s*$/, ''));
}

function fileTitle({ file }: MarkdownDocument): string {
  return (file.split('/').at(-1) ?? file).replace(/\.[a-z]+$/i, '');
}

/** `YYYY-MM-DD` from a date line near the top (front matter, table, list or text), else from the title, else from the file name. */
export function dateOf(document: MarkdownDocument, title: string): string | null {
  const name = document.file.split('/').at(-1) ?? '';
  return headerDate(document.text.slice(0, headerLength)) ?? readDate(title) ?? readDate(name.replaceAll('_', '-'));
}

function headerDate(head: string): string | null {
  for (const { index } of head.matchAll(/(?<!\d)(?:19|20)\d\d(?!\d)/g)) {
    const start = Math.max(head.lastIndexOf('\n', index), head.lastIndexOf('\r', index)) + 1;
    const line = /^[^\r\n]{0,200}/.exec(head.slice(start, start + 200))?.[0] ?? '';
    const key = index - start < 80 ? dateKey.exec(line) : null;
    const date = key === null ? null : readDate(line.slice(key[0].length, key[0].length + 80));
    if (date !== null) {
      return date;
    }
  }
  return null;
}

/** The first date in a text: `2026-05-09`, `2026/5/9`, `2026年5月9日`, `9.5.2026`, `May 9th, 2026`, `9 May 2026`. */
export function readDate(text: string): string | null {
  if (!/\d{4}/.test(text)) {
    return null;
  }
  const iso = /(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)/.exec(text);
  if (iso !== null) {
    return calendarDate(iso[1], iso[2], iso[3]);
  }
  const european = /(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)/.exec(text);
  if (european !== null) {
    return calendarDate(european[3], european[2], european[1]);
  }
  const american = /(?<!\d)(\d{2})-(\d{2})-(\d{4})(?!\d)/.exec(text);
  if (american !== null) {
    return calendarDate(american[3], american[1], american[2]);
  }
  const named = /([a-z]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})/i.exec(text);
  if (named !== null) {
    return calendarDate(named[3], monthOf(named[1]), named[2]);
  }
  const inverted = /(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\s([a-z]{3,9})\.?,?\s(\d{4})/i.exec(text);
  return inverted === null ? null : calendarDate(inverted[3], monthOf(inverted[2]), inverted[1]);
}

function monthOf(name: string | undefined): string {
  return String(months.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1);
}

/** `null` for a day no calendar has. */
function calendarDate(year = '', month = '', day = ''): string | null {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const isLeapYear = y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
  const days = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1] ?? 0;
  return d >= 1 && d <= days ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : null;
}
