import { UserError } from '../errors.ts';
import { answerJsonSchema } from './answer.ts';
import type { AgentDefinition } from './definition.ts';
import { fixedEnvironment, scrubPrefix } from './environment.ts';
import { allowRules, denyRules } from './rules.ts';

/** What the command line of one agent call is made from. */
export interface CommandOptions {
  /** A program on the host's PATH, or an absolute path. */
  readonly claudePath: string;
  readonly definition: AgentDefinition;
  /** Absolute path of the worktree: the agent's working directory, and all it may edit. */
  readonly worktree: string;
  /** A conversation of its own for every TODO; a retry goes on in it. `id` is a UUID. */
  readonly session: { readonly kind: 'new' | 'resume'; readonly id: string };
  /** `null`: what the account's Claude Code takes by default. */
  readonly model: string | null;
  /** What this call may spend; the CLI stops after the response that reaches it. */
  readonly budgetUsd: number;
  readonly protectedPaths: readonly string[];
  /** Commands the agent may run; empty: it has no shell at all. */
  readonly agentCommands: readonly string[];
  /** From `isolationPrefix`. */
  readonly isolation: readonly string[];
}

export interface AgentCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A single word may have 128 KiB on Linux, and over SSH the whole line, quoted, is one word. The rest is room for the host
 * module.
 */
const MAX_ARGV_BYTES = 64 * 1024;

/** Far above what a TODO takes; a second end to a loop whose cost a gateway reports as zero. */
const MAX_TURNS = 200;

/**
 * The command line of one agent call (the prompt goes over standard input) and the variables it adds.
 *
 * No setting, hook, MCP server, skill or memory file of the repository is loaded (`--setting-sources=`); what is not allowed
 * is denied (`dontAsk`); edits are allowed in the working directory only, which also keeps reads there. A model cannot talk
 * itself out of these: the CLI enforces them. The gates decide on the diff all the same.
 *
 * @throws UserError when agent_commands or the definition cannot be passed on a command line
 * @throws RangeError when the budget is not a positive number
 */
export function buildCommand(options: CommandOptions): AgentCommand {
  if (!(options.budgetUsd > 0 && Number.isFinite(options.budgetUsd))) {
    throw new RangeError(`the budget of an agent call must be a positive number, not ${options.budgetUsd}`);
  }
  const { name, description, prompt } = options.definition;
  const tools = availableTools(options.agentCommands);
  // Variadic options take every word up to the next option: they are followed by one, and the prompt is not a word.
  const argv = [
    ...scrubPrefix(),
    ...options.isolation,
    options.claudePath,
    ...['-p', '--output-format', 'stream-json', '--verbose'],
    ...['--permission-mode', 'dontAsk', '--setting-sources=', '--strict-mcp-config', '--disable-slash-commands'],
    `--tools=${tools.join(',')}`,
    ...['--allowedTools', ...allowRules(options.agentCommands)],
    ...['--disallowedTools', ...denyRules(options.protectedPaths, options.agentCommands)],
    // StructuredOutput must be named here, or the agent has no way to answer.
    ...['--agents', JSON.stringify({ [name]: { description, prompt, tools: [...tools, 'StructuredOutput'] } })],
    `--agent=${name}`,
    ...['--json-schema', answerJsonSchema()],
    ...['--max-budget-usd', String(Math.max(0.0001, Math.floor(options.budgetUsd * 10_000) / 10_000))],
    ...['--max-turns', String(MAX_TURNS)],
    ...(options.model === null ? [] : [`--model=${options.model}`]),
    options.session.kind === 'new' ? `--session-id=${options.session.id}` : `--resume=${options.session.id}`,
  ];
  const bytes = argv.reduce((sum, word) => sum + Buffer.byteLength(word) + 3 * (word.split("'").length + 1), 0);
  if (bytes > MAX_ARGV_BYTES) {
    throw new UserError(
      `agent: the command line for Claude Code would take ${bytes} bytes, more than ${MAX_ARGV_BYTES}`,
      `Shorten the agent definition (${options.definition.source}: ${Buffer.byteLength(prompt)} bytes) or protected_paths.`,
    );
  }
  return { argv, env: fixedEnvironment(options.worktree) };
}

/** The tools beside StructuredOutput. Never `Agent`: a subagent gets the permission mode its own definition asks for. */
export function availableTools(agentCommands: readonly string[]): string[] {
  return ['Read', 'Grep', 'Glob', 'Edit', 'Write', ...(agentCommands.length > 0 ? ['Bash'] : [])];
}
