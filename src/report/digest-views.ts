/** The digest as a table, as JSON and as a Slack message. */
import type { Redactor } from '../log.ts';
import { table } from './console.ts';
import { digestFigures, digestHeadline } from './digest.ts';
import type { Digest, DigestItem } from './digest.ts';
import { context, header, MAX_TEXT, MAX_TOTAL, section } from './slack-blocks.ts';
import type { SlackBlock, SlackMessage } from './slack-blocks.ts';
import { escaped, link } from './slack-text.ts';
import { cellText } from './width.ts';

/** Lines for the log: the table and the figures. */
export function digestLines(digest: Digest): string[] {
  const rows = digest.items.map(({ decided, ageDays, overdueDays, awaits }) => {
    const { todo } = decided;
    const cells = [
      { text: todo.priority },
      { text: ageDays === null ? '?' : `${ageDays} d` },
      { text: overdueDays === null ? '' : `${overdueDays} d over` },
      { text: `${cellText(todo.file.split('/').at(-1) ?? '', 100)}:${todo.line}` },
      { text: cellText(todo.action, 300) },
      { text: cellText(todo.owner ?? '-', 40) },
      { text: awaits === 'pipeline' ? 'the next run' : `a person: ${cellText(decided.decision.reason, 150)}` },
    ];
    return { file: null, cells };
  });
  const list = rows.length === 0 ? [] : [table(['Prio', 'Age', 'Overdue', 'Where', 'Action', 'Owner', 'Waits for'], rows), ''];
  return [...list, [digestHeadline(digest), ...digestFigures(digest)].join(', ')];
}

/** What `format: json` prints. Fields may be added. */
export interface DigestJson {
  readonly open: number;
  readonly post_mortems: number;
  readonly overdue: number;
  readonly awaiting_people: number;
  readonly without_owner: number;
  readonly unclear: number;
  readonly by_priority: Digest['byPriority'];
  readonly items: readonly {
    readonly id: string;
    readonly file: string;
    readonly line: number;
    readonly post_mortem: string;
    readonly priority: string;
    readonly type: string | null;
    readonly action: string;
    readonly owner: string | null;
    readonly age_days: number | null;
    readonly overdue_days: number | null;
    readonly awaits: DigestItem['awaits'];
    readonly reason: string;
  }[];
}

/** The digest for programs, secrets masked. */
export function digestJson(digest: Digest, redactor: Redactor): DigestJson {
  return redactor.redactDeep<DigestJson>({
    open: digest.items.length,
    post_mortems: digest.postMortems,
    overdue: digest.overdue,
    awaiting_people: digest.awaitingPeople,
    without_owner: digest.withoutOwner,
    unclear: digest.unclear,
    by_priority: digest.byPriority,
    items: digest.items.map(({ decided: { todo, postMortem, decision }, ageDays, overdueDays, awaits }) => ({
      id: todo.id,
      file: todo.file,
      line: todo.line,
      post_mortem: postMortem.title,
      priority: todo.priority,
      type: todo.type,
      action: todo.action,
      owner: todo.owner,
      age_days: ageDays,
      overdue_days: overdueDays,
      awaits,
      reason: decision.reason,
    })),
  });
}

/** Where things are on the web. */
export interface DigestLinks {
  /** Of a line of a file of the repository, `null` when the forge is not known. */
  readonly fileUrl: (path: string, line: number) => string | null;
  readonly repository: string | null;
}

/** The digest as a Slack message; what does not fit is counted. Secrets are masked before text is escaped and cut. */
export function digestMessage(whole: Digest, { fileUrl, repository }: DigestLinks, redactor: Redactor): SlackMessage {
  const digest = redactor.redactDeep(whole);
  const title = digestHeadline(digest);
  const figures = digestFigures(digest);
  const before = [header(title), ...contextOf([...(repository === null ? [] : [escaped(repository, 150)]), ...figures])];
  const groups = [
    { title: 'Overdue', items: digest.items.filter(({ overdueDays }) => overdueDays !== null) },
    {
      title: 'Waiting for a person',
      items: digest.items.filter(({ overdueDays, awaits }) => overdueDays === null && awaits === 'person'),
    },
    {
      title: 'For the next run',
      items: digest.items.filter(({ overdueDays, awaits }) => overdueDays === null && awaits === 'pipeline'),
    },
  ];
  let room = MAX_TOTAL - JSON.stringify(before).length - 200;
  let left = 0;
  const sections: SlackBlock[] = [];
  for (const group of groups) {
    let text = '';
    for (const item of group.items) {
      const line = itemLine(item, fileUrl);
      // One section a group; what it has no room for is counted with the rest.
      const isFirst = text === '';
      const next = isFirst ? `*${group.title}*\n${line}` : `${text}\n${line}`;
      if (next.length > MAX_TEXT || JSON.stringify(line).length + 150 > room) {
        left += 1;
        continue;
      }
      room -= JSON.stringify(line).length + (isFirst ? 150 : 4);
      text = next;
    }
    if (text !== '') sections.push(section(text));
  }
  const rest = left > 0 ? contextOf([`and ${left} more: the log of the pipeline has them all`]) : [];
  const fallback = [title, ...figures].join(', ');
  return { text: fallback, blocks: [...before, ...sections, ...rest], unfurl_links: false, unfurl_media: false };
}

function contextOf(facts: readonly string[]): SlackBlock[] {
  return facts.length === 0 ? [] : [context(facts.join(' | '))];
}

function itemLine({ decided, ageDays, overdueDays, awaits }: DigestItem, fileUrl: DigestLinks['fileUrl']): string {
  const { todo, decision } = decided;
  const place = link(fileUrl(todo.file, todo.line), `${todo.file.split('/').at(-1)}:${todo.line}`, 100);
  const when = overdueDays !== null ? `${overdueDays} days overdue` : ageDays === null ? 'no date' : `${ageDays} days old`;
  const owner = todo.owner === null ? (awaits === 'person' ? 'no owner' : null) : `owner ${escaped(todo.owner, 40)}`;
  const why = awaits === 'person' ? escaped(decision.reason, 120) : null;
  const words = [
    `${todo.priority}${todo.type === null ? '' : ` ${escaped(todo.type, 40)}`}: ${escaped(todo.action, 150)}`,
    when,
    owner,
    place,
    why,
  ];
  return `• ${words.filter((word) => word !== null).join(' - ')}`;
}
