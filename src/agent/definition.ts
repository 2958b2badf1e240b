import builtInText from '../../examples/.claude/agents/postmortem-todo-resolver.md';
import { UserError } from '../errors.ts';

/** The agent Claude Code is started as: its name and the text that takes the place of the default system prompt. */
export interface AgentDefinition {
  readonly name: string;
  readonly description: string;
  readonly prompt: string;
  /** Path of the file it comes from, or `built in`. */
  readonly source: string;
  /** Front matter keys of the file that have no effect here, since they could widen what the agent may do. */
  readonly ignored: readonly string[];
}

/** A file of `.claude/agents/`, path relative to the repository. */
export interface AgentFile {
  readonly path: string;
  readonly text: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * The definition of the agent called `name`: the repository's own when a file of `.claude/agents/` has that name in its front
 * matter, else the built-in one.
 *
 * Only name, description and body of a repository's file are used. Its tools, hooks, model or permission mode are not: a hook
 * in an agent file is a command that Claude Code runs, and a subagent gets the permission mode its file asks for.
 *
 * @param files the repository's `.claude/agents/*.md`; `null` when they are not known (a dry run away from the host)
 * @throws UserError when the name is not usable, or is not the built-in one and no file has it
 */
export function agentDefinition(name: string, files: readonly AgentFile[] | null): AgentDefinition {
  if (!NAME.test(name)) {
    throw new UserError(
      `agent: ${JSON.stringify(name.slice(0, 80))} is not the name of an agent`,
      'Use letters, digits, ".", "_" and "-", as in the `name:` line of a file in .claude/agents/.',
    );
  }
  const builtIn = parse({ path: 'built in', text: builtInText });
  const own = (files ?? []).map(parse).filter((definition) => definition !== null);
  const found = own.find((definition) => definition.name === name);
  if (found) return found;
  if (builtIn && (builtIn.name === name || files === null)) return builtIn;
  const known = [...own, builtIn].map((definition) => definition?.name).join(', ');
  throw new UserError(
    `agent: no file in .claude/agents/ of the repository has the name "${name}"`,
    `The names there are: ${known}.`,
  );
}

/** Reads an agent file; `null` when it is none (Claude Code requires `name` and `description`, and so does this). */
function parse({ path, text }: AgentFile): AgentDefinition | null {
  const parts = /^\ufeff?---[ \t]*\r?\n([\s\S]*?\n)---[ \t]*(?:\r?\n|$)/.exec(text);
  if (!parts?.[1]) return null;
  const { name, description, ...others } = frontMatter(parts[1]);
  const prompt = text.slice(parts[0].length).trim();
  if (!name || !description || !prompt) return null;
  return { name, description, prompt, source: path, ignored: Object.keys(others) };
}

/**
 * Top-level keys and their text. Reads the plain, quoted and folded scalars these files use, not all of YAML: the rest is
 * ignored anyway.
 */
function frontMatter(yaml: string): Record<string, string> {
  const values: Record<string, string> = {};
  let key = '';
  for (const line of yaml.split(/\r?\n/)) {
    const [, start, value] = /^([A-Za-z][\w-]*):(?:[ \t]+(.*))?$/.exec(line) ?? [];
    if (start) {
      key = start;
      values[key] = /^[|>][+-]?\d*$/.test(value?.trim() ?? '') ? '' : unquoted(value?.trim() ?? '');
    } else if (key && /^[ \t]+\S/.test(line)) {
      values[key] = `${values[key] ?? ''} ${line.trim()}`.trim();
    }
  }
  return values;
}

function unquoted(value: string): string {
  const [, quoted] = /^(["'])(.*)\1$/.exec(value)?.slice(1) ?? [];
  return quoted ?? value.replace(/[ \t]+#.*$/, '');
}
