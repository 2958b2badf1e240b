/** HTML as text that is escaped by default. */

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | null | undefined | readonly Content[];

/**
 * A template whose values are escaped, in texts and in quoted attributes alike; `null` and `undefined` give nothing, lists are joined.
 * Indentation of the template is dropped.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = withoutIndentation(parts[0] ?? '');
  for (const [index, value] of values.entries()) {
    text += textOf(value) + withoutIndentation(parts[index + 1] ?? '');
  }
  return new Html(text);
}

/** For text that is known to be HTML. */
export function raw(text: string): Html {
  return new Html(text);
}

/** `&`, `<`, `>` and both quotes as entities: safe in texts, in quoted attributes, and in XML. */
export function escape(text: string): string {
  return /[&<>"']/.test(text) ? text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign) : text;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function textOf(value: Content): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (value instanceof Html) {
    return value.text;
  }
  return Array.isArray(value) ? value.map(textOf).join('') : escape(String(value));
}

function withoutIndentation(part: string): string {
  return part.includes('\n') ? part.replaceAll(/\n\s*/g, '\n') : part;
}
