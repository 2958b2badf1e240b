import { buildCommand } from '../agent/command.ts';
import { agentDefinition } from '../agent/definition.ts';
import { buildPrompt } from '../agent/prompt.ts';
import { commandLine } from '../host/quote.ts';
import type { Log } from '../log.ts';
import type { RunReport } from '../report/report.ts';
import { buildSlackMessage } from '../report/slack.ts';
import type { Settings } from '../settings/schema.ts';
import type { RunInput } from './context.ts';
import type { Decisions } from './decide.ts';
import { protectedPaths } from './gate.ts';
import { docsMessage, fixMessage } from './messages.ts';
import { fillCommand } from './terraform.ts';
import { tellReport } from './tell.ts';
import { promptContext } from './todo.ts';

/** A session id that no run uses: real ones are random. */
const EXAMPLE_SESSION = '00000000-0000-4000-8000-000000000000';

/**
 * What a real run would do, having contacted nobody. With `log_level: debug` the exact prompt, commands and messages, as far as they
 * can be known here: what depends on the host or on the change (its stacks, the commit) stands as `<...>`.
 */
export async function explainDryRun(input: RunInput, decisions: Decisions, report: RunReport): Promise<void> {
  const { settings, pipeline, log } = input;
  const { queue, awaiting, shard } = decisions;
  const taken = queue.slice(0, settings.max_todos);
  const branch = settings.branch ?? pipeline.branch ?? "<the pipeline's branch>";
  const where = settings.runner === 'local' ? 'this machine' : `${settings.ssh_username ?? '<ssh_username>'}@${shard.rotated(settings.ssh_host).join(' or ') || '<ssh_host>'}`;
  const run = shard.name === null ? 'a real run' : `a real run of shard ${shard.name}`;
  if (taken.length === 0) {
    log.info(`Dry run: nothing to do${shard.name === null ? '' : ` in shard ${shard.name}`}${awaiting.length > 0 ? `; ${awaiting.length} TODOs wait for people` : ''}. Nobody was contacted.`);
  } else {
    log.info(`Dry run: ${run} would work on ${taken.length} TODOs in ${settings.workspace} on ${where}, branch ${branch}, for at most $${settings.budget_usd.toFixed(2)}:`);
    for (const { todo, postMortem } of taken) log.info(`  ${subjectLine(fixMessage(todo, postMortem, { notes: [], ci: 'skip', state: 'done' }))}`);
    if (queue.length > taken.length) log.info(`  ${queue.length - taken.length} more would wait for the next run (max_todos: ${settings.max_todos})`);
    log.info('Nobody was contacted.');
    if (log.shows('debug')) showExactly(settings, decisions, branch, log);
    else log.info('For the exact prompts, commands and messages set log_level: debug.');
  }
  if (log.shows('debug')) log.debug(`\nSlack message:\n${JSON.stringify(buildSlackMessage(report, log.redactor), null, 2)}`);
  await tellReport(report, { ...settings, slack_webhook: null, slack_token: null }, log);
}

function showExactly(settings: Settings, decisions: Decisions, branch: string, log: Log): void {
  const worktree = `${settings.workspace}.post-mortem/worktree`;
  const command = buildCommand({
    claudePath: settings.claude_path,
    definition: agentDefinition(settings.agent, null),
    worktree,
    session: { kind: 'new', id: EXAMPLE_SESSION },
    model: settings.model,
    budgetUsd: settings.budget_usd,
    protectedPaths: protectedPaths(settings),
    agentCommands: settings.agent_commands,
    isolation: [],
  });
  const places = { plan: `${settings.workspace}.post-mortem/plans/<stack>.tfplan`, root: worktree, stack: '<stack>' };
  log.debug(`\nOn the host, in ${worktree}:`);
  log.debug(`git fetch origin ${branch}; git worktree add --detach ${worktree} <commit>`);
  log.debug(`agent: ${commandLine(command.argv)}`);
  log.debug(`  with ${commandLine(Object.entries(command.env).map(([name, value]) => `${name}=${value}`))}`);
  log.debug('in the folder of each changed stack:');
  for (const line of [settings.plan_command, settings.show_command, ...(settings.apply ? [settings.apply_command] : [])]) log.debug(`  ${fillCommand(line, places)}`);
  log.debug(`git push origin <commit>:refs/heads/${branch}`);
  for (const { todo, postMortem } of decisions.queue.slice(0, settings.max_todos)) {
    const prompt = buildPrompt(todo, promptContext(postMortem, settings));
    log.debug(`\nprompt for ${todo.file}:${todo.line}, on standard input:\n${prompt}`);
    log.debug(`commit:\n${fixMessage(todo, postMortem, { notes: ['<stack>: <planned changes>'], ci: settings.apply ? 'skip' : 'run', state: 'done' })}`);
  }
  log.debug(`\ndocs commit:\n${docsMessage([...new Set(decisions.queue.map(({ postMortem }) => postMortem))], settings.apply ? 'skip' : 'run')}`);
}

function subjectLine(message: string): string {
  return message.split('\n')[0] ?? '';
}
