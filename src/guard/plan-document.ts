/** Finding the one JSON document in what a show command printed. */

export type JsonObject = { readonly [key: string]: unknown };

export type PlanDocument =
  { readonly kind: 'found'; readonly plan: JsonObject } | { readonly kind: 'none'; readonly reason: string };

/**
 * The plan in the output of `show -json`. Wrappers may print around it, and it may be pretty-printed; it must be complete, and
 * the only one (Terragrunt's run-all prints one per unit).
 *
 * @param output standard output, or standard output and error together
 */
export function findPlan(output: string): PlanDocument {
  const documents: JsonObject[] = [];
  const start = /^[ \t]*\{\s*"format_version"\s*:/gm;
  const restOfLine = /[ \t\r]*(?:\n|$)/y;
  for (let match = start.exec(output); match; match = start.exec(output)) {
    const from = output.indexOf('{', match.index);
    const end = endOfObject(output, from);
    if (end === null) return none("the plan's JSON has no end: the output was cut off");
    const document = parseObject(output.slice(from, end));
    if (!document) return none("the plan's JSON cannot be parsed, or has a key twice");
    restOfLine.lastIndex = end;
    if (!restOfLine.test(output)) return none("something follows the plan's JSON on its line");
    documents.push(document);
    start.lastIndex = end;
  }
  // `jq -S` and the like put the keys in another order; then nothing else may be there.
  const trimmed = output.trim();
  const whole = documents.length === 0 && endOfObject(trimmed, 0) === trimmed.length ? parseObject(trimmed) : null;
  if (whole && 'format_version' in whole) documents.push(whole);
  const [plan, ...others] = documents;
  if (!plan && trimmed === '') return none('the show command printed nothing');
  if (!plan) return none(`the show command printed no plan in JSON, but ${firstLine(output)}`);
  if (others.length > 0)
    return none(`the show command printed ${documents.length} JSON documents: plan each stack by itself`);
  return { kind: 'found', plan };
}

/** Whether a value is an object, and neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function none(reason: string): PlanDocument {
  return { kind: 'none', reason };
}

/** `null` also for an object with a key twice, of which `JSON.parse` drops the first: a plan that lost a few bytes would lose an entry. */
function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && membersOf(value) === colonsIn(text) ? value : null;
  } catch {
    return null;
  }
}

/** How many keys a value has, those of all objects in it included. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, inner) => sum + membersOf(inner), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

/** How many colons stand outside of strings: one for each key that is written. */
function colonsIn(json: string): number {
  let colons = 0;
  for (let i = 0; i < json.length; i++) {
    if (json[i] === '"') i = endOfString(json, i);
    else if (json[i] === ':') colons++;
  }
  return colons;
}

/** Deeper than any provider's schema goes, and far from what would exhaust the stack. */
const MAX_NESTING = 500;

/** The index after the `}` that closes the object at `from`; `null` when none does, or when it is nested absurdly. */
function endOfObject(text: string, from: number): number | null {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (char === '"') i = endOfString(text, i);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > MAX_NESTING) return null;
    if (depth === 0) return i + 1;
  }
  return null;
}

/** The index of the closing quote, or the text's end. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** What a wrapper said instead, short: cut where JSON might begin, since a plan's values can be secret. */
function firstLine(output: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = output.replaceAll(/\u001b\[[0-?]*[ -/]*[@-~]/g, '').replaceAll(/[^\P{Cc}\n]/gu, '');
  const line = /\S[^\n]*/.exec(plain)?.[0].trim() ?? '';
  const harmless = (line.split(/[{[]/)[0] ?? '').trim();
  return harmless === '' ? 'nothing that can be shown' : `"${harmless.slice(0, 160)}"`;
}
