import * as z from 'zod';
import { oneLine } from './text.ts';

const SCHEMA = z.strictObject({
  status: z
    .enum(['done', 'already-done', 'cannot'])
    .describe('done: files changed and the TODO is complete; already-done: nothing had to change'),
  summary: z.string().describe('One plain sentence: what was changed and where'),
  files: z.array(z.string()).describe('Paths you changed, relative to the repository; empty when none'),
  reason: z.string().optional().describe('For cannot and already-done: why, and what a person should do next'),
});

/** What the agent says it did: a claim, made by a model. Texts are one line, printable and capped, and still hostile. */
export interface AgentAnswer {
  readonly status: 'done' | 'already-done' | 'cannot';
  readonly summary: string;
  /** Paths it says it changed. */
  readonly files: readonly string[];
  readonly reason: string | null;
}

/**
 * JSON Schema of the answer for `--json-schema`. Draft 7 is the one Claude Code knows: 2.1.197 took the tool away for a newer
 * one, without a word (2.1.330 refuses to start).
 */
export function answerJsonSchema(): string {
  return JSON.stringify(z.toJSONSchema(SCHEMA, { target: 'draft-7' }));
}

/** The answer in a `structured_output`, or `null` when it is none. */
export function readAnswer(structuredOutput: unknown): AgentAnswer | null {
  const read = SCHEMA.safeParse(structuredOutput);
  if (!read.success) return null;
  const { status, summary, files, reason } = read.data;
  return {
    status,
    summary: oneLine(summary, 300),
    files: files.slice(0, 200).map((file) => oneLine(file, 300)),
    reason: reason === undefined ? null : oneLine(reason, 300) || null,
  };
}
