import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentRequest } from '../../src/agent/run.ts';
import { agentDefinition } from '../../src/agent/definition.ts';
import { Log, Redactor } from '../../src/log.ts';
import type { Todo } from '../../src/postmortem/model.ts';

/** A name to commit with, and nothing that a hostile configuration of the repository could run in the tests' own git. */
const QUIET_GIT = ['user.name=test', 'user.email=test@example.org', 'core.fsmonitor=false', 'core.hooksPath=/dev/null'].flatMap(
  (entry) => ['-c', entry],
);

/** A temp folder with a home of its own and a git repository with a detached worktree, as a run has it on the host. */
export interface Stage {
  readonly folder: string;
  readonly home: string;
  /** The repository the worktree belongs to. */
  readonly workspace: string;
  /** The agent's working directory. */
  readonly worktree: string;
  /** Text of a file of the worktree. */
  read(path: string): string;
  write(path: string, text: string): void;
  /** `git status --porcelain` of the worktree. */
  status(): string;
}

/**
 * Sets a stage for one test; it is removed when the test has ended.
 * @param files of the repository's one commit, by path
 */
export function stage(files: Readonly<Record<string, string>> = {}): Stage {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-stage-')));
  const [home, workspace, worktree] = [join(folder, 'home'), join(folder, 'infra'), join(folder, 'infra.worktree')];
  const git = (cwd: string, ...words: string[]): string =>
    execFileSync('git', [...QUIET_GIT, ...words], { cwd, encoding: 'utf8' });
  const put = (below: string, path: string, text: string): void => {
    mkdirSync(dirname(join(below, path)), { recursive: true });
    writeFileSync(join(below, path), text);
  };
  const all = {
    'stacks/web/main.tf': 'resource "terraform_data" "web" {\n  input = "old"\n}\n',
    'stacks/vault/main.tf': 'resource "terraform_data" "vault" {\n  input = "keep"\n}\n',
    ...files,
  };
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(home);
  for (const [path, text] of Object.entries(all)) put(workspace, path, text);
  git(workspace, 'init', '-q', '-b', 'main');
  git(workspace, 'add', '-A', '-f');
  git(workspace, 'commit', '-q', '-m', 'start');
  git(workspace, 'worktree', 'add', '-q', '--detach', worktree);
  return {
    folder,
    home,
    workspace,
    worktree,
    read: (path) => readFileSync(join(worktree, path), 'utf8'),
    write: (path, text) => put(worktree, path, text),
    status: () => git(worktree, 'status', '--porcelain'),
  };
}

/** A call of the agent in a stage; what is not given is a harmless default. */
export function agentRequest(stage: Stage, claudePath: string, fields: Partial<AgentRequest> = {}): AgentRequest {
  return {
    claudePath,
    definition: agentDefinition('postmortem-todo-resolver', null),
    worktree: stage.worktree,
    session: { kind: 'new', id: randomUUID() },
    model: 'sonnet',
    budgetUsd: 5,
    protectedPaths: ['stacks/vault/**', '.git*', '.claude/**', 'CLAUDE*.md', 'scripts/**'],
    agentCommands: [],
    isolation: [],
    prompt: 'Do it.',
    timeoutMs: 50_000,
    idleTimeoutMs: null,
    ...fields,
  };
}

/** A log that keeps its lines. */
export function recordingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: new Log({ redactor: new Redactor(), level: 'debug', write: (line) => lines.push(line.trimEnd()) }), lines };
}

/** A TODO of a table; what is not given is harmless. */
export function someTodo(fields: Partial<Todo> = {}): Todo {
  return {
    id: 'docs/post-mortems/2026-01-02-web.md#0123456789ab',
    file: 'docs/post-mortems/2026-01-02-web.md',
    line: 20,
    column: 1,
    source: 'table',
    action: 'Set the input of web',
    actionMarkdown: 'Set the input of `web`',
    priority: 'P1',
    priorityFrom: 'column',
    priorityRaw: 'P1',
    type: 'Config',
    typeFrom: 'column',
    details: 'input = "new"',
    owner: null,
    statusRaw: 'TODO',
    state: 'open',
    statusRange: null,
    textHash: '0123456789ab',
    ...fields,
  };
}
