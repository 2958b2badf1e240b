/** What init tells people: what it found, what became of each file, and what to do next. */
import type { FileState } from './compare.ts';
import { DEFAULT_BRANCH, DEFAULT_STACKS, EXAMPLE_URL, IMAGE } from './fill.ts';
import type { Backend, Facts } from './facts.ts';

/** One file of the kit and how it stands in the repository. */
export interface KitEntry {
  readonly path: string;
  readonly state: FileState;
}

/** What was found out, and what was not and is therefore assumed. */
export function factLines(facts: Facts, backend: Backend, chosen: Backend | null): string[] {
  const { remote, forge, branch, terraform } = facts;
  const stacks = terraform.stacks.length > 0 ? terraform.stacks.join(', ') : `none found; assumed ${DEFAULT_STACKS}`;
  const from =
    chosen !== null
      ? ''
      : facts.backend !== null
        ? ' (as in the pipelines here)'
        : ' (assumed; --backend docker or --backend local for another)';
  const lines: readonly (readonly [string, string])[] = [
    [
      'repository',
      remote
        ? `${remote.repository} (${remote.url})`
        : `not found: no remote that is a forge's; look for ${EXAMPLE_URL} in the files`,
    ],
    ['forge', forge ?? 'not known from the address; links are written as for Forgejo and Gitea'],
    ['branch', branch ?? `not found; assumed ${DEFAULT_BRANCH}`],
    ['stacks', stacks],
    ['planned with', terraform.wrapper ?? terraform.program],
    ['agents', `${backend}${from}`],
  ];
  return lines.map(([name, value]) => `  ${name.padEnd(13)} ${value}`);
}

/** One line per file; `verb` says what was done with a missing or older one. */
export function fileLines(entries: readonly KitEntry[], mode: 'written' | 'checked'): string[] {
  const width = Math.max(...entries.map(({ path }) => path.length));
  return entries.map(({ path, state }) => {
    const [word, note] = said(state, mode);
    return `  ${word.padEnd(9)} ${note === '' ? path : `${path.padEnd(width)}  ${note}`}`;
  });
}

function said(state: FileState, mode: 'written' | 'checked'): readonly [string, string] {
  switch (state.kind) {
    case 'missing':
      return mode === 'written' ? ['written', ''] : ['missing', ''];
    case 'current':
      return ['current', ''];
    case 'older':
      return [
        mode === 'written' ? 'updated' : 'older',
        state.version === null ? 'a copy made by hand' : `from kit ${state.version}, not changed since`,
      ];
    case 'newer':
      return ['newer', `from kit ${state.version}; left as it is`];
    case 'changed': {
      const origin =
        state.version === null
          ? 'not of the kit'
          : `changed since kit ${state.version}${state.isOlder ? ', whose text was another' : ''}`;
      return [mode === 'written' ? 'kept' : 'changed', `${origin}: ${state.difference}`];
    }
  }
}

/** Whether the repository's kit is behind this one. A file that a person changed is behind only if it came from an older kit. */
export function isBehind(entries: readonly KitEntry[]): boolean {
  return entries.some(
    ({ state }) => state.kind === 'missing' || state.kind === 'older' || (state.kind === 'changed' && state.isOlder),
  );
}

/** How to see what differs in the files that were left alone; empty when there are none. */
export function differenceHints(entries: readonly KitEntry[], command: string): string[] {
  const kept = entries.filter(({ state }) => state.kind === 'changed' || state.kind === 'newer');
  if (kept.length === 0) return [];
  return [
    `${kept.length === 1 ? 'One file was' : `${kept.length} files were`} left alone. What differs (< yours, > the kit's):`,
    ...kept.map(({ path }) => `  ${command} init --show ${path} | diff ${path} -`),
  ];
}

/** The pipelines that a post-mortem's push starts besides the kit's. */
export function pushNote(pipelines: readonly string[]): string[] {
  if (pipelines.length === 0) return [];
  return [
    `Also started by the push of a post-mortem: ${pipelines.join(', ')}. If they should not be, give them a path filter:`,
    "  path: { exclude: ['docs/post-mortems/**'] }",
    'Not [ci skip] in the message: it would stop the post-mortem pipeline too.',
  ];
}

const TO_FILL: Readonly<Record<Backend, { readonly settings: string; readonly secrets: string }>> = {
  kubernetes: {
    settings: 'vault_addr, vault_role, vault_secret, ssh_host, ssh_username, ssh_known_hosts',
    secrets: 'slack_webhook',
  },
  docker: { settings: 'ssh_host, ssh_username, ssh_known_hosts', secrets: 'slack_webhook and devvm_ssh_key' },
  local: { settings: 'workspace', secrets: 'slack_webhook' },
};

/** The three things to do now. */
export function nextSteps(backend: Backend, command: string): string[] {
  const { settings, secrets } = TO_FILL[backend];
  const dryRun = command.startsWith('docker')
    ? `docker run --rm -e PLUGIN_DRY_RUN=true -v "$PWD:/repo" -w /repo ${IMAGE}`
    : `${command} --dry-run`;
  return [
    'Next:',
    `  1. Say what only you know. In .woodpecker/postmortem-todos.yml: ${settings}.`,
    '     In docs/incident-response.md: the times and places.',
    `     In Woodpecker's settings of the repository: secrets ${secrets};`,
    '     cron jobs post-mortem-todos (0 3 * * *) and post-mortem-digest (0 7 * * 1).',
    '  2. See what a run would do; it contacts nobody:',
    `       ${dryRun}`,
    '  3. Commit the files and push them. After the next incident: /post-mortem in Claude Code, and no [ci skip] in its commit.',
  ];
}
