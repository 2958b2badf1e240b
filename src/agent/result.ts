import * as z from 'zod';
import type { ExecResult } from '../host/host.ts';
import { readAnswer, type AgentAnswer } from './answer.ts';
import type { StreamSummary } from './events.ts';
import { oneLine } from './text.ts';

/** Dollars a call is known to have cost; `null` when nobody knows, which must stop the run: it may have cost anything. */
type Cost = number | null;

/** How one agent call ended. Reasons and remedies are one line each and safe to show; they may hold text a model wrote. */
export type AgentResult =
  /** It answered, and says it is done or was done already. The worktree must bear it out. */
  | {
      readonly kind: 'answered';
      readonly answer: AgentAnswer;
      readonly costUsd: number;
      readonly sessionId: string;
      readonly turns: number;
    }
  /** Claude Code worked as it should and there is nothing to use: a person must look at the TODO. */
  | { readonly kind: 'refused'; readonly reason: string; readonly costUsd: Cost }
  /** `affects: 'run'`: every further call would end the same way, until the remedy is applied. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly remedy: string;
      readonly affects: 'todo' | 'run';
      readonly costUsd: Cost;
    }
  | { readonly kind: 'over-budget'; readonly reason: string; readonly costUsd: Cost }
  | { readonly kind: 'cancelled'; readonly costUsd: Cost };

/** What the call was held to, for messages. */
export interface CallLimits {
  readonly sessionId: string;
  readonly claudePath: string;
  readonly budgetUsd: number;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number | null;
}

/** The parts of a `result` event that are used. Anything else may come and go with the CLI's version. */
const RESULT = z.object({
  subtype: z.string(),
  is_error: z.boolean(),
  num_turns: z.number(),
  total_cost_usd: z.number().nonnegative().nullable().catch(null),
  api_error_status: z.number().nullable().catch(null),
  result: z.string().catch(''),
  errors: z.array(z.string()).catch([]),
  structured_output: z.unknown().optional(),
});
type ResultEvent = z.infer<typeof RESULT>;

/** Subtypes of a result that leave nothing to use, though nothing failed. */
const REFUSALS = new Map([
  ['error_max_turns', 'the agent did not come to an end (limit of turns)'],
  ['error_max_structured_output_retries', 'the agent gave no valid answer in several attempts'],
]);

/**
 * Judges a call that has ended. It counts as answered only when the process ended by itself with 0, the last result is no
 * error and says success after at least one turn, and the structured answer validates: each of these alone has been seen to
 * lie.
 *
 * The cost of a call that was stopped is `null` even if a result came: the response that was cut off is not in it.
 */
export function judge(exec: ExecResult, stream: StreamSummary, limits: CallLimits): AgentResult {
  if (stream.breach !== null) return { ...failure(`Claude Code was stopped: ${stream.breach}`, UPDATE, 'run'), costUsd: null };
  const stopped = judgeStop(exec, limits);
  if (stopped) return stopped;
  const result = RESULT.safeParse(stream.result);
  if (!result.success) return judgeSilence(exec, stream, limits);
  const event = result.data;
  const costUsd = event.total_cost_usd;
  if (event.subtype === 'error_max_budget_usd') {
    const reason = `the agent reached its budget of USD ${limits.budgetUsd.toFixed(2)} before it was done`;
    return { kind: 'over-budget', reason, costUsd };
  }
  const refusal = REFUSALS.get(event.subtype);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal, costUsd };
  if (event.is_error || event.subtype !== 'success' || exec.code !== 0) return { ...judgeError(event, exec), costUsd };
  if (!stream.started) return { ...failure('Claude Code did not say which tools it gave to the agent', UPDATE, 'run'), costUsd };
  const answer = event.num_turns > 0 ? readAnswer(event.structured_output) : null;
  if (!answer) return { kind: 'refused', reason: 'the agent ended without a structured answer', costUsd };
  if (answer.status === 'cannot') {
    return { kind: 'refused', reason: `the agent cannot do it: ${answer.reason ?? answer.summary}`, costUsd };
  }
  if (costUsd === null) return { ...failure('Claude Code did not say what the call cost', UPDATE, 'run'), costUsd };
  return { kind: 'answered', answer, costUsd, sessionId: limits.sessionId, turns: event.num_turns };
}

const UPDATE = 'Update Claude Code on the host (tested with 2.1.197 and 2.1.330), or set claude_path to such a version.';
const LOG_IN =
  'Log in on the host as the user the plugin runs as (run `claude` there once), or give that user ANTHROPIC_API_KEY or ' +
  'CLAUDE_CODE_OAUTH_TOKEN (from `claude setup-token`) in an environment that non-interactive sessions get, such as /etc/environment.';

type Failure = Omit<Extract<AgentResult, { kind: 'failed' }>, 'costUsd'>;

function failure(reason: string, remedy: string, affects: 'todo' | 'run'): Failure {
  return { kind: 'failed', reason, remedy, affects };
}

/** A call that did not end by itself; `null` when it did. */
function judgeStop(exec: ExecResult, limits: CallLimits): AgentResult | null {
  const failed = (reason: string, remedy: string): AgentResult => ({ ...failure(reason, remedy, 'todo'), costUsd: null });
  switch (exec.ended) {
    case 'exited':
      return null;
    case 'aborted':
      return { kind: 'cancelled', costUsd: null };
    case 'timeout':
      return failed(
        `the agent was stopped after its time limit of ${duration(limits.timeoutMs)}`,
        'Raise todo_timeout, or split the TODO.',
      );
    case 'idle':
      return failed(
        `the agent was stopped: no sign of life for ${duration(limits.idleTimeoutMs ?? 0)}`,
        'Raise idle_timeout if answers of the model take that long; else look at the network of the host.',
      );
    case 'output':
      return failed('the agent was stopped: it printed without end', 'Look at the TODO: something in it makes the agent print again and again.');
    case 'signal':
      return failed(
        'Claude Code was killed on the host',
        'Look into the log of the host (out of memory?): Claude Code takes about 300 MB.',
      );
  }
}

/** No usable result event: it did not start, or it stopped in the middle. What it printed on stderr is the only hint. */
function judgeSilence(exec: ExecResult, stream: StreamSummary, limits: CallLimits): AgentResult {
  const hint = oneLine(exec.stderr.split('\n').find((line) => line.trim() !== '') ?? '', 300);
  if (!stream.started && (exec.code === 127 || exec.code === 126)) {
    const remedy = `Install Claude Code for the user the plugin runs as, or set claude_path (now ${limits.claudePath}) to where it is.`;
    return { ...failure(`Claude Code cannot be started on the host${hint && `: ${hint}`}`, remedy, 'run'), costUsd: 0 };
  }
  const what = stream.started ? 'ended without a result' : 'did not start';
  const details = `exit code ${exec.code ?? 'none'}${hint ? `, ${hint}` : ''}`;
  return { ...failure(`Claude Code ${what} (${details})`, UPDATE, stream.started ? 'todo' : 'run'), costUsd: null };
}

/** A result that says it is an error; the API's message, or the CLI's own. */
function judgeError(event: ResultEvent, exec: ExecResult): Failure {
  const said = oneLine(event.result || event.errors.join('; ') || `exit code ${exec.code ?? 'none'}, ${event.subtype}`, 300);
  const status = event.api_error_status;
  if (/not logged in|invalid api key|please run \/login/i.test(said) || status === 401 || status === 403) {
    return failure(`Claude Code is not logged in, or its login was refused: ${said}`, LOG_IN, 'run');
  }
  if (status === 404) {
    return failure(`Claude Code got no such model: ${said}`, 'Set model to one the account can use, or leave it out.', 'run');
  }
  if (status === 429 || (status ?? 0) >= 500 || /unable to connect|overloaded|connection error|timed out/i.test(said)) {
    return failure(`the model cannot be reached: ${said}`, 'Run the pipeline again later; the TODO stays open.', 'run');
  }
  return failure(
    `Claude Code failed: ${said}`,
    'Run the pipeline again; if it stays, try `claude -p` on the host by hand.',
    'todo',
  );
}

function duration(ms: number): string {
  return ms >= 60_000 ? `${Math.round(ms / 6_000) / 10} min` : `${Math.round(ms / 100) / 10} s`;
}
