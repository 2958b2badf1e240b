/** How long an incident lasted, from what people write: `~5h initial`, `3h 05m (06:40-09:45)`, `2 dias`, `N/A`. */

/** Minutes in each unit, and the words for it. */
const units: readonly (readonly [minutes: number, words: string])[] = [
  [1 / 60, 'seconds?|secs?|sekunden?|sek|secondes?|segundos?|secondi|сек[а-я]*'],
  [1, 'minutes?|mins?|minuten?|minutos?|minuti?|minuut|minuty?|минут[а-я]*|мин'],
  [60, 'hours?|hrs?|h|stunden?|std|heures?|horas?|ora|ore|uur|uren|godzin[a-y]*|час[а-я]*'],
  [1440, 'days?|d|tagen?|tage?|jours?|d[ií]as?|giorn[io]|dag|dagen|dagar|dni|дн[а-я]*|день'],
  [10_080, 'weeks?|wks?|wochen?|semaines?|semanas?|settiman[ae]|week|weken|недел[а-я]*'],
  [43_200, 'months?|monate?n?|mois|mes(?:es)?|m[êe]s|mesi|mese|maand(?:en)?|месяц[а-я]*'],
];
/** The same in languages without spaces. */
const unspaced: readonly (readonly [minutes: number, words: string])[] = [
  [1 / 60, '秒間?|초'],
  [1, '分間|分钟|分鐘|分|분'],
  [60, '時間|小时|小時|시간'],
  [1440, '日間|天|일간'],
  [10_080, '週間|周|주간?'],
];
const numbers: Readonly<Record<string, number>> = {
  one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, eleven: 11, twelve: 12, an: 1, half: 0.5,
};

/** Longer ones (minutes) are slips of the pen: ten years. */
const longest = 5_256_000;
/** Right behind its number only: `45m`, not `45 m`. */
const letters: Readonly<Record<string, number>> = { s: 1 / 60, m: 1 };

const number = `\\d+(?:[.,]\\d+)?`;
const unit = `(?:\\s*-?\\s*(${units.map(([, words]) => words).join('|')})(?!\\p{L})|([sm])(?!\\p{L})|\\s*(${unspaced.map(([, words]) => words).join('|')}))`;
/** `2`, `2-3`, `2 to 3`, `three`, `half an`, then a unit; nothing that ends another word, number, time or address. */
const amount = new RegExp(
  `(?<![\\p{sc=Latin}\\p{sc=Cyrillic}\\d.:/_-])(?:(?:${number}\\s*(?:[-–—]|to|bis|à|a)\\s*~?)?(${number})|(${Object.keys(numbers).join('|')})(?:\\s+an?)?(?=\\s))${unit}`,
  'iuy',
);
const next = /[\s,]*(?:(?:and|und|et|y|e|en)\s+)?/iuy;
const clockHours = /(?<![\d:])(\d{1,3}):(\d{2})(?::\d{2})?\s*(?:hours?|hrs?|h|stunden?|std)(?!\p{L})/iu;

/**
 * Minutes, rounded to whole ones (at least 1), or `null` when the text states no length.
 *
 * The first amount counts (`~44h for the first user; ~30min for all` is 44 hours), the larger end of a span (`2-3 hours`); where there is
 * none, two times or two dates with times (`2026-05-30 03:33 until 2026-05-31 14:40`). Dates without times are too coarse to count.
 * @param text plain text, Markdown stripped
 */
export function readDuration(text: string): number | null {
  const start = text.normalize('NFKC').slice(0, 500);
  const minutes = clockTime(start) ?? firstAmount(start) ?? betweenTimes(start);
  return minutes === null || minutes <= 0 || minutes > longest ? null : Math.max(1, Math.round(minutes));
}

function clockTime(text: string): number | null {
  const found = clockHours.exec(text);
  return found === null ? null : Number(found[1]) * 60 + Number(found[2]);
}

/** The first amount with the smaller ones right behind it: `1 day, 2 hours and 5 minutes`, `1h30`. */
function firstAmount(text: string): number | null {
  for (let at = 0; at < text.length; at++) {
    const first = amountAt(text, at);
    if (first === null || /^\s*(?:ago|earlier|before)(?!\p{L})/iu.test(text.slice(first.end))) {
      continue;
    }
    let { end, unit: smallest, minutes: total } = first;
    for (;;) {
      const more = followingAmount(text, end) ?? bareMinutes(text, end, smallest);
      if (more === null || more.unit >= smallest) {
        return total;
      }
      total += more.minutes;
      ({ end, unit: smallest } = more);
    }
  }
  return null;
}

interface Amount {
  readonly minutes: number;
  /** Minutes of its unit. */
  readonly unit: number;
  readonly end: number;
}

function amountAt(text: string, at: number): Amount | null {
  amount.lastIndex = at;
  const found = amount.exec(text);
  if (found === null) {
    return null;
  }
  const [all, digits, word, spaced, letter, cjk] = found;
  const size = sizeOf(units, spaced) ?? letters[letter?.toLowerCase() ?? ''] ?? sizeOf(unspaced, cjk);
  const count = digits === undefined ? numbers[word?.toLowerCase() ?? ''] : Number(digits.replace(',', '.'));
  return size === null || count === undefined ? null : { minutes: count * size, unit: size, end: at + all.length };
}

/** The `43m` of `2h43m`, `2h 43m`, `2 hours and 43 minutes`: what stands before it is not looked at. */
function followingAmount(text: string, after: number): Amount | null {
  next.lastIndex = after;
  const from = after + (next.exec(text)?.[0].length ?? 0);
  const found = amountAt(` ${text.slice(from, from + 60)}`, 1);
  return found === null ? null : { ...found, end: found.end + from - 1 };
}

/** The `30` of `1h30`. */
function bareMinutes(text: string, at: number, unit: number): Amount | null {
  const found = unit === 60 ? /^\s?(\d{2})(?![\d\p{L}:.,/-])/u.exec(text.slice(at, at + 4)) : null;
  return found === null ? null : { minutes: Number(found[1]), unit: 1, end: at + found[0].length };
}

function sizeOf(table: readonly (readonly [number, string])[], word: string | undefined): number | null {
  return word === undefined ? null : (table.find(([, words]) => new RegExp(`^(?:${words})$`, 'iu').test(word))?.[0] ?? null);
}

const moment = /(\d{4}-\d{2}-\d{2})[T ,]{1,3}[~≥≈]?\s?(\d{1,2}):(\d{2})/g;
const clockSpan =
  /(?<![\d:])(\d{1,2}):(\d{2})(?::\d{2})?\s*([ap]m)?(?:\s?(?:Z|[A-Z]{2,5}))?\s*(?:-+>?|[–—→]|to|until|till|bis|à|a|hasta|até)\s*[~≥≈]?(\d{4}-\d{2}-\d{2})?\s*(\d{1,2}):(\d{2})(?::\d{2})?\s*([ap]m)?/i;

/** Minutes between the first two dated times, or between two times of a day (over midnight where the second is the earlier one). */
function betweenTimes(text: string): number | null {
  const [from, to] = [...text.matchAll(moment)].map(([, day, hour, minute]) => Date.parse(`${day}T${hour?.padStart(2, '0')}:${minute}:00Z`) / 60_000);
  if (from !== undefined && to !== undefined) {
    return to > from ? to - from : null;
  }
  const span = clockSpan.exec(text);
  if (span === null || (span[4] !== undefined && from === undefined)) {
    return null;
  }
  const minutes = timeOfDay(span[5], span[6], span[7]) - timeOfDay(span[1], span[2], span[3]);
  return minutes < 0 ? minutes + 1440 : minutes;
}

function timeOfDay(hour = '', minute = '', half = ''): number {
  const hours = half === '' ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  return hours * 60 + Number(minute);
}
