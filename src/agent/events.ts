import { describeCall, describeWait, isObject, parseObject, word, type JsonObject } from './steps.ts';
import { oneLine } from './text.ts';

/** What an agent call printed, so far. */
export interface StreamSummary {
  /** The last `result` event, unread; `null` when none came. There can be two, and only the last counts. */
  readonly result: unknown;
  /** Claude Code has started and named its tools. */
  readonly started: boolean;
  /** Lines that were no JSON object (a warning, a line that was cut). */
  readonly unreadableLines: number;
  /** Why the call must not go on: it is not held to what its command line says. */
  readonly breach: string | null;
}

interface ReaderOptions {
  /** Absolute path; paths below it are shown relative to it. */
  readonly worktree: string;
  /** The tools the agent was given, beside StructuredOutput. */
  readonly tools: readonly string[];
  /** Called with each progress line, such as `reads stacks/web/main.tf`. */
  readonly show: (line: string) => void;
}

const MAX_STEPS_SHOWN = 500;
const MAX_OPEN_CALLS = 100;

/** How 2.1.197 and 2.1.330 begin the result of a call they refused. */
const DENIED =
  /permission to \w+ .*has been denied|denied by your permission settings|No such tool available|Refusing to write/i;

/** Tools that come with a schema or take the place of ones that are not there; neither gives the agent anything. */
const HARMLESS = new Set(['StructuredOutput', 'DeferredToolPlaceholder']);

/**
 * Reads the lines of `--output-format stream-json` and tells what the agent does, one readable line per step. Never shows
 * what a tool or the model printed. Takes any line without throwing; keeps the last result and little else.
 */
export class EventReader {
  private readonly options: ReaderOptions;
  /** Steps whose outcome is not known yet, by tool_use id. */
  private readonly openCalls = new Map<string, string>();
  private steps = 0;
  private result: unknown = null;
  private started = false;
  private unreadableLines = 0;
  private breach: string | null = null;

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  get summary(): StreamSummary {
    const { result, started, unreadableLines, breach } = this;
    return { result, started, unreadableLines, breach };
  }

  /** Takes one line of standard output, without its line end. */
  line(line: string): void {
    const event = parseObject(line);
    if (event) this.event(event);
    else if (line.trim() !== '') this.unreadableLines += 1;
  }

  private event(event: JsonObject): void {
    switch (event['type']) {
      case 'result':
        this.result = event;
        break;
      case 'system':
        if (event['subtype'] === 'init') this.init(event);
        if (event['subtype'] === 'api_retry') this.show(describeWait(event));
        break;
      case 'assistant':
        for (const block of contentOf(event)) if (block['type'] === 'tool_use') this.toolUse(block);
        break;
      case 'user':
        for (const block of contentOf(event)) if (block['type'] === 'tool_result') this.toolResult(block);
        break;
    }
  }

  private init(event: JsonObject): void {
    const tools: unknown[] = Array.isArray(event['tools']) ? event['tools'] : ['?'];
    const added = tools.map(word).filter((tool) => !this.options.tools.includes(tool) && !HARMLESS.has(tool));
    if (added.length > 0) this.breach ??= `it has tools it was not given: ${oneLine(added.join(', '), 200)}`;
    if (event['permissionMode'] !== 'dontAsk') this.breach ??= 'it does not keep to --permission-mode dontAsk';
    if (!this.started) this.show(`is Claude Code ${word(event['claude_code_version'])} with ${word(event['model'])}`);
    this.started = true;
  }

  private toolUse(block: JsonObject): void {
    const input = isObject(block['input']) ? block['input'] : {};
    const path = this.relative(input['file_path'] ?? input['path']);
    const name = word(block['name']);
    const step = describeCall(name, path, input);
    this.show(step.doing);
    if (typeof block['id'] === 'string' && block['id'].length <= 200) {
      this.openCalls.set(block['id'], step.short);
      const oldest = this.openCalls.keys().next();
      if (this.openCalls.size > MAX_OPEN_CALLS && !oldest.done) this.openCalls.delete(oldest.value);
    }
  }

  private toolResult(block: JsonObject): void {
    const id = block['tool_use_id'];
    const step = typeof id === 'string' ? this.openCalls.get(id) : undefined;
    if (typeof id === 'string') this.openCalls.delete(id);
    if (block['is_error'] !== true || step === undefined) return;
    const text = typeof block['content'] === 'string' ? block['content'] : textOf(block['content']);
    this.show(DENIED.test(text.slice(0, 500)) ? `was denied: ${step}` : `did not succeed: ${step}`);
  }

  private show(step: string): void {
    this.steps += 1;
    if (this.steps <= MAX_STEPS_SHOWN) this.options.show(step);
    if (this.steps === MAX_STEPS_SHOWN) this.options.show('goes on; its further steps are not shown');
  }

  private relative(path: unknown): string {
    if (typeof path !== 'string' || path === '') return '';
    const { worktree } = this.options;
    const below = path === worktree ? '.' : path.startsWith(`${worktree}/`) ? path.slice(worktree.length + 1) : path;
    return oneLine(below, 160);
  }
}

function contentOf(event: JsonObject): JsonObject[] {
  const message = isObject(event['message']) ? event['message'] : {};
  return Array.isArray(message['content']) ? message['content'].filter(isObject) : [];
}

/** The first text block of a tool result. */
function textOf(content: unknown): string {
  const first: unknown = Array.isArray(content) ? content[0] : null;
  return isObject(first) && typeof first['text'] === 'string' ? first['text'] : '';
}
