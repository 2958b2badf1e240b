/** The part of Block Kit that our messages use, and its limits. */

/** `verbatim`: Slack adds no links and no mentions of its own to the text. */
export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}
export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
}
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | {
      readonly type: 'actions';
      readonly elements: readonly { readonly type: 'button'; readonly text: PlainText; readonly url: string }[];
    };

export interface SlackMessage {
  /** For notifications and clients without blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** https://docs.slack.dev/reference/block-kit/blocks: 3000 characters a text (less what masking may add), 50 blocks. */
export const MAX_TEXT = 2900;
export const MAX_BLOCKS = 50;
/** All blocks together: about 13,200 characters are refused as msg_blocks_too_long (slackapi/bolt-js#2509); no page says so. */
export const MAX_TOTAL = 12_000;

export function header(text: string): SlackBlock {
  return { type: 'header', text: { type: 'plain_text', text: text.slice(0, 150) } };
}

export function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

export function context(text: string): SlackBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}
