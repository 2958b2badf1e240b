import * as z from 'zod';

/**
 * The kinds of values a Woodpecker setting can hold. Woodpecker passes text only: scalars as they are, a list of scalars joined by
 * commas, and a list with anything else in it, or a map, as JSON. Both forms are read.
 * https://woodpecker-ci.org/docs/usage/plugins/creating-plugins#settings
 */

/** Text as it is, without surrounding white space. */
export const text = () => z.string().transform((value) => value.trim());

/** Text over several lines (a key, known_hosts lines); a JSON list is taken as its lines. */
export const lines = () =>
  z.string().transform((value) => {
    const list = jsonList(value);
    return list ? list.join('\n') : value;
  });

/** Lines of a known_hosts file. Woodpecker joins a list of them with commas, which can also stand between the names in a line: the one after a key ends it. */
export const knownHosts = () => lines().transform((value) => value.replaceAll(/(?<=\s[A-Za-z0-9+/]{40,}={0,2}),/g, '\n'));

export const flag = () =>
  z.string().transform((value, context) => {
    const word = value.trim().toLowerCase();
    if (['true', 'yes', 'on', '1'].includes(word)) return true;
    if (['false', 'no', 'off', '0'].includes(word)) return false;
    return fail(context, 'is neither true nor false', 'Write true or false.');
  });

/** A comma list or a JSON list; empty entries are dropped. A comma within braces belongs to a glob: `docs/{a,b}/*.md`. */
export const list = () =>
  z.string().transform((value, context) => {
    if (value.trim().startsWith('[')) {
      const parsed = jsonList(value);
      return parsed ?? fail(context, 'begins like a JSON list and is none', 'Write a YAML list of plain values.');
    }
    return value
      .split(/,(?![^{]*\})/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  });

export const choice = <const T extends readonly string[]>(options: T) =>
  z.string().transform((value, context): T[number] => {
    const word = value.trim().toLowerCase();
    return options.find((option) => option === word) ?? fail(context, `is not one of ${options.join(', ')}`, `Use ${options.join(' or ')}.`);
  });

/** A whole number between two bounds, both included. */
export const integer = (min: number, max: number) =>
  z.string().transform((value, context) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max && value.trim() !== '') return number;
    return fail(context, `is no whole number from ${min} to ${max}`, `Write a whole number from ${min} to ${max}.`);
  });

/** US dollars, above zero. */
export const usd = () =>
  z.string().transform((value, context) => {
    const number = Number(value.trim().replace(/^\$/, '').replace(/ *usd$/i, ''));
    return Number.isFinite(number) && number >= 0.01 ? number : fail(context, 'is no amount of US dollars from 0.01', 'Write a number, for instance 5 or 2.50.');
  });

/** One part of a whole, `2/5`. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** A shard such as `2/5`. */
export const shard = () =>
  z.string().transform((value, context): Shard => {
    const [, index = 0, count = 0] = (/^(\d{1,4})\s*\/\s*(\d{1,4})$/.exec(value.trim()) ?? []).map(Number);
    if (index >= 1 && index <= count) return { index, count };
    return fail(context, 'is no shard', 'Write which one of how many, for instance 2/5, and run 1/5 to 5/5 at the same time.');
  });

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `30m`, `90s` or `1h30m`; a bare number is seconds. In milliseconds, at least 1. */
export const duration = () =>
  z.string().transform((value, context) => {
    const words = value.trim().toLowerCase();
    let ms = /^\d+$/.test(words) ? Number(words) * 1000 : 0;
    if (/^(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+$/.test(words)) {
      for (const [, amount, unit] of words.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)) ms += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
    }
    // Node's timers hold 2^31 - 1 ms.
    return ms >= 1 && ms <= 2_147_483_647 ? Math.round(ms) : fail(context, 'is no duration', 'Write for instance 90s, 30m or 1h; at most 24d.');
  });

/** A map of durations in days by key, as JSON (`{"P0": 14}`) or `P0=14,P1=30`; `never` or null for none. */
export const daysByPriority = (keys: readonly string[]) =>
  z.string().transform((value, context): Record<string, number | null> => {
    const remedy = `Write a map such as {${keys[0]}: 14, ${keys[1]}: 30}, with the number of days or never.`;
    let entries: [string, unknown][];
    try {
      entries = value.trim().startsWith('{') ? Object.entries(JSON.parse(value) as object) : value.split(',').map((pair) => [pair.split(/[=:]/)[0] ?? '', pair.split(/[=:]/)[1]]);
    } catch {
      return fail(context, 'begins like a JSON map and is none', remedy);
    }
    const days: Record<string, number | null> = {};
    for (const [name, amount] of entries) {
      const key = keys.find((known) => known.toLowerCase() === name.trim().toLowerCase());
      const never = amount === null || (typeof amount === 'string' && amount.trim() === 'never');
      const number = never ? null : Number(amount);
      if (!key || (number !== null && !(Number.isInteger(number) && number >= 0))) return fail(context, `has an entry that is not understood: ${name.trim()}`, remedy);
      days[key] = number;
    }
    return days;
  });

/** A list written as JSON, its entries as text; `null` when it is not one. */
function jsonList(value: string): string[] | null {
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))) : null;
  } catch {
    return null;
  }
}

/** Adds a problem; the remedy travels in the issue's `params`. */
function fail(context: z.RefinementCtx, message: string, remedy: string): never {
  context.addIssue({ code: 'custom', message, params: { remedy } });
  return z.NEVER;
}
