import { Cancelled, messageOf, UserError } from './errors.ts';
import { Log, Redactor } from './log.ts';

/** Process entry: arguments and settings, the action, the exit code; signals; the last-resort error text. */

/** Woodpecker sends SIGKILL after 20 s; a run that cannot end by itself says so before. */
const LAST_WORDS_MS = 18_000;

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  if (words.includes('--version') || words[0] === 'version') {
    process.stdout.write(`postmortem-plugin ${__VERSION__}\n`);
    return 0;
  }
  const redactor = new Redactor();
  const controller = new AbortController();
  listenForSignals(controller, redactor);
  let log = new Log({ redactor });
  try {
    if (words.includes('--help') || words.includes('-h') || words[0] === 'help') {
      const { helpText } = await import('./settings/help.ts');
      process.stdout.write(helpText());
      return 0;
    }
    const { readCommandLine } = await import('./settings/command-line.ts');
    const environment = { ...process.env, ...readCommandLine(words) };
    const { readSettings } = await import('./settings/settings.ts');
    const settings = readSettings(environment, redactor);
    log = new Log({ redactor, level: settings.log_level });
    const root = process.cwd();
    const write = (text: string) => process.stdout.write(text);
    switch (settings.action) {
      case 'list': {
        const { list } = await import('./actions/list.ts');
        return await list(settings, root, log, write);
      }
      case 'implement': {
        const { implement } = await import('./actions/implement.ts');
        const { readPipeline } = await import('./woodpecker.ts');
        return await implement({ settings, pipeline: readPipeline(process.env), log, root, signal: controller.signal });
      }
      case 'health': {
        const { health } = await import('./actions/health.ts');
        return await health({ settings, root, log, signal: controller.signal, write });
      }
      case 'digest': {
        const { digest } = await import('./actions/digest.ts');
        const { readPipeline } = await import('./woodpecker.ts');
        return await digest({ settings, pipeline: readPipeline(process.env), root, log, write });
      }
      case 'notify': {
        const { notify } = await import('./actions/notify.ts');
        const { linksFor } = await import('./kit/links.ts');
        return await notify({ settings, root, log, ...linksFor(process.env, root, settings.branch), write });
      }
      case 'init': {
        const { init } = await import('./actions/init.ts');
        // As PID 1 it is in a container, and the commands it prints have to go through one too.
        const command = process.pid === 1 ? 'docker run --rm -v "$PWD:/repo" -w /repo infra/postmortem-plugin' : 'postmortem-plugin';
        return await init({ settings, root, log, version: __VERSION__, command, write });
      }
      case 'site': {
        const { site } = await import('./actions/site.ts');
        const { pipelineOf } = await import('./kit/links.ts');
        return await site({ settings, pipeline: pipelineOf(process.env, root), root, log, today: today() });
      }
      case 'lint': {
        const { runLint } = await import('./actions/lint.ts');
        const { post_mortems: patterns, format, types, safe_types: safeTypes, overdue_days: overdueDays } = settings;
        const fix = settings.fix && !settings.dry_run;
        return await runLint({ root, patterns, format, fix, today: today(), overdueDays, types, safeTypes, log, write });
      }
    }
  } catch (error) {
    return reportFailure(error, log);
  }
}

/** `YYYY-MM-DD`, in UTC as the dates the plugin writes. */
function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function reportFailure(error: unknown, log: Log): number {
  if (error instanceof Cancelled) {
    log.error('cancelled');
    return 143;
  }
  if (error instanceof UserError) {
    log.error(`${error.message}\n  ${error.remedy}`);
    return 1;
  }
  log.error(`unexpected, and a bug of the plugin: ${error instanceof Error && error.stack ? error.stack : messageOf(error)}`);
  return 70;
}

function listenForSignals(controller: AbortController, redactor: Redactor): void {
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    process.stdout.write(`${signal}: stopping; what is applied is committed and pushed first\n`);
    controller.abort(new Cancelled());
    setTimeout(() => {
      process.stdout.write('cancelled, but not everything could be finished in time: the next run goes on where this one stopped\n');
      process.exit(143);
    }, LAST_WORDS_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A reader that went away (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.on('unhandledRejection', (error) => {
    process.stdout.write(`${redactor.redact(`error: unexpected, and a bug of the plugin: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)}\n`);
    process.exitCode = 70;
    controller.abort(new Cancelled());
  });
}

void main().then((code) => {
  // An exit code set by a rejection nobody handled is kept. Sockets that a library keeps open must not hold the step.
  process.exitCode ??= code;
  process.stdout.write('', () => process.exit());
});
