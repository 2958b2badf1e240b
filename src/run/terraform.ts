import { posix } from 'node:path';
import { UserError } from '../errors.ts';
import { checkPlan } from '../guard/plan.ts';
import type { PlanVerdict } from '../guard/plan.ts';
import type { ExecResult, Host } from '../host/host.ts';
import { releaseMemory } from '../host/memory.ts';
import { quote } from '../host/quote.ts';
import { cut } from '../log.ts';
import type { Log } from '../log.ts';

/** Plans and applies one stack at a time with the commands of the settings, in the worktree on the host. */
export interface TerraformOptions {
  readonly planCommand: string;
  readonly showCommand: string;
  readonly applyCommand: string;
  /** Absolute path of the worktree. */
  readonly root: string;
  /** The run's own folder on the host: saved plans, the output of an apply. */
  readonly runFolder: string;
}

export type Planned =
  | { readonly kind: 'planned'; readonly verdict: PlanVerdict }
  /** The plan command failed: the configuration is wrong, and the agent may be asked to mend it. */
  | { readonly kind: 'failed'; readonly reason: string; readonly output: string }
  | { readonly kind: 'cancelled' };

export type Applied =
  | { readonly kind: 'applied' }
  /** The saved plan no longer fits the state. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'failed'; readonly reason: string };

/** A plan takes six times its size in memory while it is judged, and the plugin promises to stay below 150 MB. */
const MAX_PLAN_BYTES = 6 * 1024 * 1024;
const LARGE_PLAN_CHARACTERS = 1024 * 1024;

/** What a command may print in all; it is not kept. */
const MAX_PRINTED_BYTES = 64 * 1024 * 1024;
/** For what a wrapper prints beside the plan's JSON. */
const SPARE_BYTES = 1024 * 1024;
const PRINTED_TOO_MUCH = `printed more than ${MAX_PRINTED_BYTES / 1024 / 1024} MiB`;
const APPLY_LIMIT_SECONDS = 3600;
const HEARTBEAT_MS = 30_000;

/**
 * An apply must not be cut in two. It runs in a session of its own, outside what is stopped with the connection, writes into files and
 * holds a lock of its own that the next run waits for. Its limit is an hour, then SIGTERM (Terraform saves its state and stops).
 */
const DETACHED = `exec env -u POSTMORTEM_PLUGIN_EXEC setsid --wait sh -c '
rm -f "$1/apply.exit"
exec 9>>"$1/apply.lock"; flock 9
timeout -k 300 ${APPLY_LIMIT_SECONDS} sh -c "$2" > "$1/apply.out" 2>&1 < /dev/null 9>&-
code=$?
printf %s "$code" > "$1/apply.exit"
exit "$code"
' sh "$1" "$2"`;

export class Terraform {
  private readonly host: Host;
  private readonly options: TerraformOptions;
  private readonly log: Log;

  constructor(host: Host, options: TerraformOptions, log: Log) {
    this.host = host;
    this.options = options;
    this.log = log;
  }

  /** Whether the apply command takes the saved plan; one that does not plans anew by itself. */
  get appliesSavedPlan(): boolean {
    return this.options.applyCommand.includes('{plan}');
  }

  /**
   * Plans a stack and judges the plan.
   * @param stack folder relative to the repository's root
   * @throws UserError when the program is missing on the host
   */
  async plan(stack: string, timeoutMs: number, signal?: AbortSignal): Promise<Planned> {
    const plan = this.planFile(stack);
    await this.host.exec(['sh', '-c', 'mkdir -p -m 700 "$1" && rm -f "$2"', 'sh', posix.dirname(plan), plan]);
    const planned = await this.command(this.options.planCommand, stack, timeoutMs, signal);
    if (planned.ended === 'aborted') return { kind: 'cancelled' };
    if (planned.ended === 'output') return refused(`plan_command ${PRINTED_TOO_MUCH}, and was stopped`);
    if (planned.code !== 0) return this.planFailure('plan_command', stack, planned);
    const shown = await this.command(this.options.showCommand, stack, timeoutMs, signal, MAX_PLAN_BYTES);
    if (shown.ended === 'aborted') return { kind: 'cancelled' };
    if (shown.truncated || shown.ended === 'output') return refused(`the plan is larger than ${MAX_PLAN_BYTES / 1024 / 1024} MiB of JSON`);
    if (shown.code !== 0) return this.planFailure('show_command', stack, shown);
    const verdict = checkPlan(shown.stdout);
    if (shown.stdout.length > LARGE_PLAN_CHARACTERS) releaseMemory();
    return { kind: 'planned', verdict };
  }

  /** Applies the plan last saved for a stack, or lets the apply command plan anew. Not interrupted by anything but its own limit. */
  async apply(stack: string): Promise<Applied> {
    const startedAt = performance.now();
    const heartbeat = setInterval(() => this.log.info(`  still applying ${stack} (${Math.round((performance.now() - startedAt) / 1000)}s)`), HEARTBEAT_MS);
    try {
      const result = await this.host.exec(
        ['sh', '-c', DETACHED, 'sh', this.options.runFolder, this.filled(this.options.applyCommand, stack)],
        { cwd: `${this.options.root}/${stack}`, env: ENVIRONMENT, timeoutMs: (APPLY_LIMIT_SECONDS + 330) * 1000 },
      );
      if (result.code === 0) return { kind: 'applied' };
      const output = (await this.host.exec(['sh', '-c', 'tail -c 20000 "$1"', 'sh', `${this.options.runFolder}/apply.out`])).stdout;
      if (/saved plan is stale/i.test(output)) return { kind: 'stale' };
      return { kind: 'failed', reason: `apply of ${stack} failed: ${errorLine(this.log.redactor.redact(`${output}\n${result.stderr}`))}` };
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** The words of a command as the host's shell gets them: for the debug log and the dry run. */
  filled(command: string, stack: string): string {
    return fillCommand(command, { plan: this.planFile(stack), root: this.options.root, stack });
  }

  private planFile(stack: string): string {
    return `${this.options.runFolder}/plans/${stack.replaceAll('/', '__')}.tfplan`;
  }

  private command(command: string, stack: string, timeoutMs: number, signal?: AbortSignal, maxOutputBytes?: number): Promise<ExecResult> {
    const filled = this.filled(command, stack);
    this.log.debug(`in ${stack}: ${filled}`);
    return this.host.exec(['sh', '-c', filled], {
      cwd: `${this.options.root}/${stack}`,
      env: ENVIRONMENT,
      timeoutMs,
      stopSignal: 'INT',
      maxTotalBytes: maxOutputBytes === undefined ? MAX_PRINTED_BYTES : maxOutputBytes + SPARE_BYTES,
      ...(signal ? { signal } : {}),
      ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
    });
  }

  private planFailure(setting: string, stack: string, result: ExecResult): Planned {
    const output = `${result.stdout}\n${result.stderr}`;
    if (result.code === 127 || result.code === 126) {
      throw new UserError(
        `${setting} cannot be run on ${this.host.name}: ${errorLine(this.log.redactor.redact(result.stderr))}`,
        'Install it there. The defaults are for a repository with scripts/tg; for plain Terraform set plan_command: terraform init -input=false && terraform plan -input=false -out={plan}, show_command: terraform show -json {plan}, apply_command: terraform apply -input=false {plan}.',
      );
    }
    if (result.ended === 'timeout') return { kind: 'failed', reason: `planning ${stack} took longer than todo_timeout allows`, output };
    return { kind: 'failed', reason: `${setting} failed in ${stack}: ${errorLine(this.log.redactor.redact(output))}`, output };
  }
}

function refused(reason: string): Planned {
  return { kind: 'planned', verdict: { kind: 'refused', changes: [], reasons: [reason] } };
}

const ENVIRONMENT = { TF_IN_AUTOMATION: '1', TF_INPUT: '0', NO_COLOR: '1', TERRAGRUNT_NON_INTERACTIVE: 'true', TG_NON_INTERACTIVE: 'true' };

/** A command of the settings with `{plan}`, `{root}` and `{stack}` replaced by quoted words. */
export function fillCommand(command: string, places: { readonly plan: string; readonly root: string; readonly stack: string }): string {
  return command.replaceAll(/\{(plan|root|stack)\}/g, (_, name: 'plan' | 'root' | 'stack') => quote(places[name]));
}

/** The line of a program's output that says what went wrong, without the frame Terraform draws around it. */
function errorLine(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^[\s│╷╵|]+/, '').trim());
  const said = lines.filter((line) => line !== '');
  const error = said.find((line) => /^error\b/i.test(line)) ?? said.at(-1) ?? 'it said nothing';
  return error.length > 300 ? `${cut(error, 300)}...` : error;
}
