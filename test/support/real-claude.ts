import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentResult } from '../../src/agent/result.ts';
import { runAgent, type AgentRequest } from '../../src/agent/run.ts';
import type { Host } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local.ts';
import { calls, FakeMessagesApi, type MessagesRequest, type Reply, type Script } from '../fakes/messages-api.ts';
import { agentRequest, recordingLog, type Stage } from './claude.ts';

const root = resolve(import.meta.dirname, '../..');

/** The real Claude Code CLI for tests, or `null`: CLAUDE_CODE_BIN, else where CI puts it. */
export function realClaude(): string | null {
  const candidates = [
    process.env['CLAUDE_CODE_BIN'] ?? '',
    join(root, '.ci/tools/claude/node_modules/@anthropic-ai/claude-code-linux-x64/claude'),
  ];
  return candidates.find((path) => path !== '' && existsSync(path)) ?? null;
}

/** Why a suite that needs it is skipped; empty when it is not. */
export const withoutClaude = realClaude() ? '' : ' (skipped: no Claude Code here; set CLAUDE_CODE_BIN)';

export const DONE = { status: 'done', summary: 'sets the input of web', files: ['stacks/web/main.tf'] };

/** The model's structured answer. */
export function answers(answer: unknown): Reply {
  return calls(['StructuredOutput', answer]);
}

/** A scripted API for one test. */
export async function newApi(script: Script): Promise<FakeMessagesApi> {
  const api = await FakeMessagesApi.start(script);
  onTestFinished(() => api.stop());
  return api;
}

/** This machine for one test, with an environment of its own: a home without a login, a made-up key, the fake API. */
export function newHost(place: Stage, api: FakeMessagesApi | null, variables: Readonly<Record<string, string>> = {}): Host {
  const host = localHost(recordingLog().log, {
    HOME: place.home,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...(api ? { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: 'made-up-key-of-the-test' } : {}),
    ...variables,
  });
  onTestFinished(() => host.close());
  return host;
}

/** A call of the real Claude Code. */
export function realRequest(place: Stage, fields: Partial<AgentRequest> = {}): AgentRequest {
  return agentRequest(place, realClaude() ?? 'claude', fields);
}

/** One call of the agent against a script. */
export async function runReal(
  place: Stage,
  script: Script,
  fields: Partial<AgentRequest> = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly result: AgentResult; readonly api: FakeMessagesApi; readonly lines: readonly string[] }> {
  const api = await newApi(script);
  const { log, lines } = recordingLog();
  const result = await runAgent(newHost(place, api, variables), realRequest(place, fields), { log });
  return { result, api, lines };
}

/** Where a request mentions a word, with some text around it. */
export function mentions(request: MessagesRequest | undefined, word: string): string[] {
  const text = request?.text ?? `${word}: there was no such request`;
  return [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => text.slice(Math.max(0, index - 40), index + 40));
}
