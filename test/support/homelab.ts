import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StandInRule } from '../fakes/claude-stand-in.ts';
import { project } from './bundle.ts';

/**
 * A small repository of infrastructure code for runs: one resource a stack, written so that the real Terraform and the stand-in of
 * test/fakes understand it, and post-mortems made to order.
 */

export const STACKS = ['dns', 'mail', 'vault', 'web'] as const;

/** Terraform's JSON shows it at every plan; no output may. */
export const STACK_SECRET = 'planted-in-the-stack-9f27c1';

/** The configuration of a stack; `replicas` is what TODOs change. */
export function stackText(name: string, replicas = 1): string {
  return `terraform {
  backend "local" {}
}

resource "terraform_data" "${name}" {
  input = {
    replicas = ${replicas}
    motd     = "${STACK_SECRET}"
  }
  triggers_replace = ["${name}.example"]
}
`;
}

export interface Row {
  readonly priority?: string;
  readonly action: string;
  readonly type?: string;
  readonly details?: string;
  readonly status?: string;
}

/** A post-mortem as the template of the kit has it. */
export function postMortem(date: string, title: string, rows: readonly Row[], followUp: readonly string[] = []): string {
  const lines = rows.map(
    ({ priority = 'P1', action, type = 'Config', details = '', status = 'TODO' }) => `| ${priority} | ${action} | ${type} | ${details} | ${status} |`,
  );
  return `# Post-Mortem: ${title}

| Field | Value |
|-------|-------|
| **Date** | ${date} |
| **Severity** | SEV2 |

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
${lines.join('\n')}

## Lessons Learned

1. A quiet alert is no alert.
${followUp.length === 0 ? '' : `${FOLLOW_UP_HEAD}${followUp.join('\n')}\n`}`;
}

const FOLLOW_UP_HEAD = `
## Follow-up Implementation

_This section is auto-populated by the postmortem-todo-resolver agent._

| Date | Action | Priority | Type | Commit | Implemented By |
|------|--------|----------|------|--------|----------------|
`;

/** The TODO that sets the replicas of a stack. */
export function raise(stack: string, to: number, more: Omit<Row, 'action'> = {}): Row {
  return { ...more, action: `Raise the replicas of ${stack} to ${to}` };
}

/** Subject of the commit of such a TODO, in the post-mortem of 2026-01-10. */
export function fixOf(stack: string, to: number): string {
  return `fix(post-mortem): raise the replicas of ${stack} to ${to} [PM-2026-01-10]`;
}

/** Subject of the commit that updates that post-mortem. */
export const DOCS = 'docs: update post-mortem follow-up [PM-2026-01-10] [ci skip]';

/** The same rule with a stop at its beginning: it makes `agent-works` in a folder and waits for `go-on` there. */
export function pausing(rule: StandInRule, dir: string): StandInRule {
  const stop = [{ do: 'run', argv: ['touch', `${dir}/agent-works`] }, { do: 'wait-for', path: `${dir}/go-on` }] as const;
  return { ...rule, steps: [...stop, ...(rule.steps ?? [])] };
}

/** An agent that cannot do what is asked. */
export function unable(when: string, reason: string): StandInRule {
  return { when, answer: { status: 'cannot', summary: 'No.', files: [], reason } };
}

/** What the stand-in for Claude Code does to rename the zone of the stack dns: that replaces its resource. */
export const RENAMING: StandInRule = {
  when: 'Rename the zone',
  steps: [{ do: 'edit', path: 'stacks/dns/main.tf', from: '"dns.example"', to: '"lan.example"' }],
  answer: { status: 'done', summary: 'Renamed the zone.', files: ['stacks/dns/main.tf'] },
  costUsd: 0.1,
};

/** What the stand-in for Claude Code does for such a TODO. */
export function raising(stack: string, to: number, more: Partial<StandInRule> = {}): StandInRule {
  const path = `stacks/${stack}/main.tf`;
  return {
    when: raise(stack, to).action,
    steps: [
      { do: 'read', path },
      { do: 'edit', path, from: 'replicas = 1', to: `replicas = ${to}` },
    ],
    answer: { status: 'done', summary: `Set replicas of ${stack} to ${to}.`, files: [path] },
    costUsd: 0.1,
    ...more,
  };
}

/** Puts the repository into a folder. @param postMortems texts by file name */
export function seedHomelab(folder: string, postMortems: Readonly<Record<string, string>>): void {
  cpSync(join(project, 'examples/scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(project, 'examples/.gitignore'), join(folder, '.gitignore'));
  const files = Object.entries(postMortems).map(([name, text]) => [`docs/post-mortems/${name}`, text] as const);
  for (const [path, text] of [...STACKS.map((name) => [`stacks/${name}/main.tf`, stackText(name)] as const), ...files]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
