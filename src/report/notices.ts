/** The three messages that reporters of an outage are promised (the kit's docs/incident-response.md): as text, and for Slack. */
import type { Redactor } from '../log.ts';
import { printable } from '../log.ts';
import { oneLine } from './format.ts';
import { header, MAX_TEXT, section } from './slack-blocks.ts';
import type { SlackBlock, SlackMessage } from './slack-blocks.ts';
import { escaped, link } from './slack-text.ts';
import { cellText } from './width.ts';

/** Something that was done, or will be, so that it does not happen again. */
export interface Measure {
  readonly action: string;
  /** Web address of the commit or pull request, `null` when it is not known. */
  readonly url: string | null;
}

export type Notice =
  | { readonly kind: 'investigating'; readonly subject: string; readonly issueUrl: string | null }
  | { readonly kind: 'fixed'; readonly subject: string; readonly issueUrl: string | null }
  | {
      readonly kind: 'published';
      readonly title: string;
      /** Web address of the post-mortem, `null` when the forge is not known. */
      readonly url: string | null;
      readonly file: string;
      readonly issueUrl: string | null;
      readonly done: readonly Measure[];
      /** Implemented by the pipeline that starts with the publication. */
      readonly coming: readonly Measure[];
      /** For a person to decide on or do. */
      readonly planned: readonly Measure[];
    };

/** More measures than this are counted. */
const MAX_MEASURES = 12;

interface Group {
  readonly title: string;
  readonly measures: readonly Measure[];
}

/** What happened and what the reader may do, one sentence each. */
function words(notice: Notice): { readonly head: string; readonly body: string; readonly groups: readonly Group[] } {
  switch (notice.kind) {
    case 'investigating':
      return {
        head: `We are looking into it: ${notice.subject}`,
        body: 'Thank you for the report. You will hear from us again when we know more, at the latest when it is fixed.',
        groups: [],
      };
    case 'fixed':
      return {
        head: `A fix is applied: ${notice.subject}`,
        body: 'Please check on your side, and tell us if you still see it. If it was more than a nuisance, a post-mortem will follow.',
        groups: [],
      };
    case 'published': {
      const groups = [
        { title: 'Done so that it does not happen again', measures: notice.done },
        { title: 'Being put in place automatically', measures: notice.coming },
        { title: 'Planned', measures: notice.planned },
      ].filter(({ measures }) => measures.length > 0);
      return {
        head: `The post-mortem is published: ${notice.title}`,
        body: groups.length === 0 ? 'It names no measures.' : '',
        groups,
      };
    }
  }
}

/** Markdown, to be pasted as a comment under the report. */
export function noticeText(notice: Notice): string {
  const { head, body, groups } = words(notice);
  const place = notice.kind === 'published' ? [notice.url ?? notice.file] : [];
  const lists = groups.flatMap(({ title, measures }) => [
    '',
    `${title}:`,
    ...shown(measures).map(({ action, url }) => `- ${plain(action)}${url === null ? '' : ` (${url})`}`),
    ...rest(measures, '- '),
  ]);
  return [`**${plain(head)}**`, '', ...place, ...(body === '' ? [] : [body]), ...lists]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The message for Slack. Secrets are masked before text is escaped and cut. */
export function noticeMessage(whole: Notice, redactor: Redactor): SlackMessage {
  const notice = redactor.redactDeep(whole);
  const { head, body, groups } = words(notice);
  const about = [
    ...(body === '' ? [] : [escaped(body, 500)]),
    ...(notice.kind === 'published' ? [link(notice.url, notice.url === null ? notice.file : 'Read the post-mortem', 300)] : []),
    ...(notice.issueUrl === null ? [] : [link(notice.issueUrl, 'The report', 100)]),
  ];
  const blocks: SlackBlock[] = [header(cellText(head, 140)), ...(about.length === 0 ? [] : [section(about.join('\n'))])];
  for (const { title, measures } of groups) {
    const lines = shown(measures).map(({ action, url }) => `• ${url === null ? escaped(action, 160) : link(url, action, 160)}`);
    blocks.push(section(cut([`*${title}:*`, ...lines, ...rest(measures, '')])));
  }
  return { text: escaped(head, 300), blocks, unfurl_links: false, unfurl_media: false };
}

function shown(measures: readonly Measure[]): readonly Measure[] {
  return measures.slice(0, MAX_MEASURES);
}

function rest(measures: readonly Measure[], mark: string): string[] {
  return measures.length > MAX_MEASURES ? [`${mark}and ${measures.length - MAX_MEASURES} more`] : [];
}

/** As many lines as one section holds. Long addresses are the only thing that can make it too many. */
function cut(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) if (text.length + line.length + 1 <= MAX_TEXT) text = text === '' ? line : `${text}\n${line}`;
  return text;
}

function plain(text: string): string {
  return oneLine(printable(text));
}
