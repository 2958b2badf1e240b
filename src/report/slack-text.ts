/**
 * Slack's mrkdwn. Text from outside is never markup there: `&`, `<` and `>` are written as entities
 * (https://docs.slack.dev/messaging/formatting-message-text/#escaping), and the words that would notify a channel are broken up.
 */
import { printable } from '../log.ts';
import { graphemes } from '../postmortem/text-width.ts';
import { oneLine } from './format.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Text from outside as harmless mrkdwn on one line, of at most `max` UTF-16 units as sent. What does not fit is cut between
 * characters, never inside an entity, and ends in `...`.
 */
export function escaped(text: string, max: number): string {
  // A zero-width space after the @; a text fallback is read by clients that link such words by themselves.
  const harmless = oneLine(printable(text))
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll(/@(?=(?:channel|here|everyone|group)\b)/gi, '@\u200b')
    .replaceAll(/`{3,}/g, '`');
  const whole = harmless.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);
  if (whole.length <= max) return whole;
  let cut = '';
  for (const grapheme of graphemes(harmless)) {
    const next = grapheme.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);
    if (cut.length + next.length > max - 3) break;
    cut += next;
  }
  return `${cut.trimEnd()}...`;
}

/** Longer addresses are left out: they would not leave room for anything else. */
const MAX_LINK = 600;

/** A link with a label from outside; only the label when the address is not http(s) or too long. */
export function link(url: string | null, label: string, max: number): string {
  const text = escaped(label, max).replaceAll('|', '\u00a6');
  if (url === null || !URL.canParse(url)) return text;
  const { protocol, href } = new URL(url);
  const target = href.replaceAll('|', '%7C').replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return (protocol === 'https:' || protocol === 'http:') && target.length <= MAX_LINK ? `<${target}|${text}>` : text;
}
