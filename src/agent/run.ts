import type { Host } from '../host/host.ts';
import type { Log } from '../log.ts';
import { availableTools, buildCommand, type CommandOptions } from './command.ts';
import { EventReader } from './events.ts';
import { judge, type AgentResult } from './result.ts';

/** One call of the agent: a TODO, or a retry of one (`session.kind: 'resume'`). */
export interface AgentRequest extends CommandOptions {
  /** From `buildPrompt` or `buildRetryPrompt`. */
  readonly prompt: string;
  /** Limit of the whole call in ms. */
  readonly timeoutMs: number;
  /**
   * Limit without any output in ms, `null` for none. A line comes per step, not per word: below about 5 minutes a long answer
   * of a healthy model may be cut off.
   */
  readonly idleTimeoutMs: number | null;
}

/** Far more than the events of any call. */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/**
 * Runs the agent on the host and waits for its end. Shows each of its steps as one log line while it works.
 *
 * Ends Claude Code with SIGINT, which takes its running tool with it (SIGTERM may leave it behind, or let the model go on).
 *
 * @throws UserError when the host cannot be reached any more, or when the command line cannot be built
 */
export async function runAgent(
  host: Host,
  request: AgentRequest,
  context: { log: Log; signal?: AbortSignal },
): Promise<AgentResult> {
  const { log, signal } = context;
  const { definition } = request;
  const command = buildCommand(request);
  if (signal?.aborted) return { kind: 'cancelled', costUsd: 0 };
  const ignored = definition.ignored.length > 0 ? ` (of no effect there: ${definition.ignored.join(', ')})` : '';
  log.debug(`agent definition: ${definition.name}, ${definition.source}${ignored}`);

  const breach = new AbortController();
  const reader = new EventReader({
    worktree: request.worktree,
    tools: availableTools(request.agentCommands),
    show: (step) => log.info(`  agent ${step}`),
  });
  const exec = await host.exec(command.argv, {
    cwd: request.worktree,
    env: command.env,
    stdin: request.prompt,
    timeoutMs: request.timeoutMs,
    ...(request.idleTimeoutMs === null ? {} : { idleTimeoutMs: request.idleTimeoutMs }),
    maxOutputBytes: 64 * 1024,
    maxTotalBytes: MAX_TOTAL_BYTES,
    signal: signal ? AbortSignal.any([signal, breach.signal]) : breach.signal,
    stopSignal: 'INT',
    onLine: (line) => {
      reader.line(line);
      if (reader.summary.breach !== null) breach.abort();
    },
  });
  if (reader.summary.unreadableLines > 0) log.debug(`${reader.summary.unreadableLines} lines of Claude Code were no events`);
  // What is shown of its complaints is cut: masked before, since a part of a secret is no longer recognised.
  const complaints = { ...exec, stderr: log.redactor.redact(exec.stderr) };
  return log.redactor.redactDeep(judge(complaints, reader.summary, { ...request, sessionId: request.session.id }));
}
