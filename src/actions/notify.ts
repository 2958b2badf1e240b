import { readFileSync } from 'node:fs';
import picomatch from 'picomatch';
import { messageOf, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PostMortem, Todo } from '../postmortem/model.ts';
import { noticeMessage, noticeText } from '../report/notices.ts';
import type { Measure, Notice } from '../report/notices.ts';
import { decideAll } from '../run/decide.ts';
import type { Decisions } from '../run/decide.ts';
import { hasSlack, postMessage } from '../run/slack.ts';
import type { Settings } from '../settings/schema.ts';

export interface NotifyInput {
  readonly settings: Settings;
  readonly root: string;
  readonly log: Log;
  /** What the push changed (CI_PIPELINE_FILES), `null` when that is not known. */
  readonly changedFiles: readonly string[] | null;
  /** Web address of a file of the repository, `null` when the forge is not known. */
  readonly fileUrl: (path: string) => string | null;
  /** Takes text for standard output. */
  readonly write: (text: string) => void;
}

/**
 * Tells reporters what they are promised: that somebody looks into it, that a fix is applied, that the post-mortem is published
 * and what was done. The text goes to standard output, for a comment under the report, and the message to Slack.
 * @returns the exit code: 1 when Slack is configured and was not told: telling is all this does
 * @throws UserError when it is not clear which post-mortem is meant
 */
export async function notify(input: NotifyInput): Promise<number> {
  const { settings, log, write } = input;
  const isForPeople = settings.format === 'text';
  const tell = (text: string) => (isForPeople ? log.info(text) : process.stderr.write(`${log.redactor.redact(text)}\n`));
  const notices = noticesFor(input, tell);
  const texts = notices.map(noticeText);
  if (isForPeople) for (const text of texts) log.info(`${text}\n`);
  else
    write(`${JSON.stringify(log.redactor.redactDeep(notices.map((notice, i) => ({ ...notice, text: texts[i] }))), null, 2)}\n`);
  if (!hasSlack(settings)) {
    tell('Slack was not told: slack_webhook is not set. The text above is for a comment under the report.');
    return 0;
  }
  if (settings.dry_run) return 0;
  let code = 0;
  for (const notice of notices) {
    const problem = await postMessage(noticeMessage(notice, log.redactor), settings, log);
    tell(problem === null ? 'Told Slack' : `error: ${problem}`);
    if (problem !== null) code = 1;
  }
  return code;
}

function noticesFor(input: NotifyInput, tell: (text: string) => void): Notice[] {
  const { settings } = input;
  const { message, subject, issue_url: issueUrl } = settings;
  if (message === null)
    throw new UserError('message is missing: there is nothing to tell', 'Set message to investigating, fixed or published.');
  if (message !== 'published') return [{ kind: message, subject: subject ?? '', issueUrl }];
  const decisions = decideAll(settings, input.root);
  const chosen = published(input, decisions);
  if (chosen.length === 0) tell('No post-mortem was published: none of those that the push touches is there.');
  const implemented = readReport(settings.report_file, tell);
  return chosen.map((postMortem) => ({
    kind: 'published',
    title: postMortem.title.replace(/^post-?mortem:?\s+/i, ''),
    url: input.fileUrl(postMortem.file),
    file: postMortem.file,
    issueUrl,
    ...measures(postMortem, decisions, implemented),
  }));
}

/** Those the push touched; by hand the one that is named. */
function published({ settings, changedFiles }: NotifyInput, { scanned }: Decisions): readonly PostMortem[] {
  const { postMortems } = scanned;
  if (changedFiles !== null) {
    const isPostMortem = picomatch(settings.post_mortems.map((pattern) => pattern.replace(/^\.\//, '')));
    const changed = new Set(changedFiles.filter((file) => isPostMortem(file)));
    return postMortems.filter(({ file }) => changed.has(file));
  }
  if (postMortems.length === 1) return postMortems;
  throw new UserError(
    `post_mortems: which post-mortem was published is not clear, ${postMortems.length} match`,
    'Name it: postmortem-plugin notify docs/post-mortems/<file> --message published. In a pipeline it is what the push touches.',
  );
}

function measures(postMortem: PostMortem, { queue }: Decisions, implemented: ReadonlyMap<string, Measure>) {
  const isQueued = new Set(queue.map(({ todo }) => todo.id));
  const measure = ({ action }: Todo): Measure => ({ action, url: null });
  const open = postMortem.todos.filter(({ state, id }) => state === 'open' && !implemented.has(id));
  return {
    done: postMortem.todos.flatMap((todo) => implemented.get(todo.id) ?? (todo.state === 'closed' ? [measure(todo)] : [])),
    coming: open.filter(({ id }) => isQueued.has(id)).map(measure),
    planned: open.filter(({ id }) => !isQueued.has(id)).map(measure),
  };
}

interface ReportedOutcome {
  readonly id?: unknown;
  readonly action?: unknown;
  readonly outcome?: unknown;
  readonly commit?: { readonly url?: unknown } | null;
}

/** What the run before this step implemented, from its report. Without a readable one the checkout says what is done. */
function readReport(file: string | null, tell: (text: string) => void): ReadonlyMap<string, Measure> {
  if (file === null) return new Map();
  try {
    const { outcomes } = JSON.parse(readFileSync(file, 'utf8')) as { outcomes?: readonly ReportedOutcome[] };
    const done = (outcomes ?? []).filter(({ outcome }) => outcome === 'done');
    return new Map(
      done.map(({ id, action, commit }) => [
        String(id),
        { action: String(action), url: typeof commit?.url === 'string' ? commit.url : null },
      ]),
    );
  } catch (error) {
    tell(`report_file: ${file} cannot be read (${messageOf(error)}); what this run implemented is told as on its way`);
    return new Map();
  }
}
