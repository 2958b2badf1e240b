import { closeSync, constants, existsSync, openSync, rmSync, watch, writeFileSync, writeSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Scenario } from './scenario.ts';

/**
 * Named points of a run at which it can be made to wait, so that a test does something there and nowhere else. They lie in what the run
 * calls: git on the dev VM, the agent, the commands of the settings, the hooks of the remote.
 */
export const POINTS = [
  ...['connected', 'locked', 'worktree made', 'agent at work', 'agent answered', 'patch gated', 'planned', 'applying', 'applied'],
  ...['committing', 'committed', 'docs committed', 'mid-push', 'remote has it', 'pushed', 'worktree removed'],
] as const;
export type Point = (typeof POINTS)[number];

/** Words of git, and the point before or after it. */
const GIT_POINTS: readonly (readonly [words: string, when: 'before' | 'after', point: Point])[] = [
  ['rev-parse --show-toplevel', 'before', 'connected'],
  ['fetch ', 'before', 'locked'],
  ['worktree add ', 'after', 'worktree made'],
  ['add --all ', 'before', 'agent answered'],
  ['commit-tree ', 'before', 'committing'],
  ['update-ref --no-deref HEAD ', 'after', 'committed'],
  ['push ', 'before', 'docs committed'],
  ['push ', 'after', 'pushed'],
  ['worktree remove ', 'after', 'worktree removed'],
];

/** Makes a scenario's runs stop at points. One point at a time, once. */
export class Faults {
  readonly planCommand = 'pause "patch gated" && {root}/scripts/tg plan -input=false -no-color -out={plan}';
  /** The saved plan is gated after `show`. */
  readonly showCommand = '{root}/scripts/tg show -json {plan} && pause planned';
  readonly applyCommand = 'pause applying && {root}/scripts/tg apply --non-interactive && pause applied';
  private readonly folder: string;
  private readonly fifo: number;

  constructor(scenario: Scenario) {
    const { stage } = scenario;
    this.folder = stage.dir;
    execFileSync('mkfifo', [join(stage.dir, 'go')]);
    // Open for reading, too: it neither blocks nor loses what was written before somebody reads.
    this.fifo = openSync(join(stage.dir, 'go'), constants.O_RDWR);
    const pause = scenario.program(
      'pause',
      `#!/bin/sh
[ -e ${stage.dir}/armed ] && read -r point < ${stage.dir}/armed && [ "$point" = "$1" ] && mv ${stage.dir}/armed ${stage.dir}/reached || exit 0
head -c 1 ${stage.dir}/go > /dev/null
`,
    );
    const cases = (when: 'before' | 'after') => GIT_POINTS.filter((entry) => entry[1] === when).map(([words, , point]) => `  ' ${words}'*) ${pause} '${point}' ;;`);
    const real = (process.env['PATH'] ?? '').split(':').map((entry) => join(entry, 'git')).find((path) => existsSync(path)) ?? '/usr/bin/git';
    scenario.program(
      'git',
      `#!/bin/sh
[ -e ${stage.dir}/armed ] || exec ${real} "$@"
words=; skip=
for word; do
  if [ -n "$skip" ]; then skip=; continue; fi
  case $word in -c | -C) skip=yes ;; *) words="$words $word" ;; esac
done
case "$words " in
${cases('before').join('\n')}
esac
${real} "$@"
code=$?
case "$words " in
${cases('after').join('\n')}
esac
exit $code
`,
    );
    for (const [hook, point] of [['pre-receive', 'mid-push'], ['post-receive', 'remote has it']] as const) {
      writeFileSync(join(stage.remote, 'hooks', hook), `#!/bin/sh\n${pause} '${point}'\n`, { mode: 0o755 });
    }
  }

  /** The next run waits at this point. */
  arm(point: Point): void {
    rmSync(join(this.folder, 'reached'), { force: true });
    writeFileSync(join(this.folder, 'armed'), `${point}\n`);
  }

  /** Resolves when a run waits at the armed point; rejects when the given run ends before. */
  async reached(ended: Promise<{ readonly output: string }>): Promise<void> {
    const file = join(this.folder, 'reached');
    let close = () => {};
    const there = new Promise<'there'>((resolve) => {
      const watcher = watch(this.folder, () => {
        if (existsSync(file)) resolve('there');
      });
      close = () => watcher.close();
      if (existsSync(file)) resolve('there');
    });
    const first = await Promise.race([there, ended]);
    close();
    if (first !== 'there' && !existsSync(file)) throw new Error(`the run ended before the point was reached:\n${first.output}`);
  }

  /** Lets what waits at the point go on; when it was killed meanwhile, nothing happens. */
  go(): void {
    writeSync(this.fifo, 'x');
  }

  close(): void {
    closeSync(this.fifo);
  }
}
