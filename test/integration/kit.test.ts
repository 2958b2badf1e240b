import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { calls, inOrder, says } from '../fakes/messages-api.ts';
import type { MessagesRequest, Reply, Script } from '../fakes/messages-api.ts';
import { bundle, project } from '../support/bundle.ts';
import { healthyCluster, setCluster } from '../support/cluster.ts';
import { plugin } from '../support/plugin-process.ts';
import { newApi, realClaude, withoutClaude } from '../support/real-claude.ts';
import { emptyFolder, put, repository } from '../support/repositories.ts';
import { git } from '../support/stage.ts';
import { skips } from '../support/woodpecker-schema.ts';

interface ClaudeEnded {
  readonly code: number | null;
  readonly requests: readonly MessagesRequest[];
  /** The events of stream-json. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** A repository with the kit, all of it committed, and `postmortem-plugin` on a PATH. */
async function withKit(): Promise<{
  readonly folder: string;
  readonly home: string;
  claude(prompt: string, script: Script, words?: readonly string[]): Promise<ClaudeEnded>;
}> {
  const folder = repository({
    remote: 'git@github.com:acme/homelab.git',
    files: { 'stacks/dns/main.tf': 'locals {\n  cache_mib = 64\n}\n' },
  });
  await plugin(folder, ['init']);
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '-m', 'Start');
  const home = emptyFolder();
  put(home, { 'bin/postmortem-plugin': `#!/bin/sh\nexec "${process.execPath}" "${bundle}" "$@"\n` });
  return {
    folder,
    home,
    async claude(prompt, script, words = []) {
      const api = await newApi(script);
      const env = {
        HOME: home,
        PATH: `${home}/bin:/usr/local/bin:/usr/bin:/bin`,
        ANTHROPIC_BASE_URL: api.url,
        ANTHROPIC_API_KEY: 'made-up-key-of-the-test',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        GIT_AUTHOR_NAME: 'Anna',
        GIT_AUTHOR_EMAIL: 'anna@example.com',
        GIT_COMMITTER_NAME: 'Anna',
        GIT_COMMITTER_EMAIL: 'anna@example.com',
      };
      const all = [
        '-p',
        '--output-format',
        'stream-json',
        '--verbose',
        '--model',
        'sonnet',
        '--permission-mode',
        'dontAsk',
        ...words,
      ];
      return new Promise((resolve) => {
        const child = execFile(realClaude() ?? 'claude', all, { cwd: folder, env, maxBuffer: 1e8 }, (error, stdout) => {
          const events = stdout.split('\n').filter((line) => line.startsWith('{'));
          resolve({
            code: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
            requests: api.requests,
            events: events.map((line) => JSON.parse(line) as Record<string, unknown>),
          });
        });
        child.stdin?.end(prompt);
      });
    },
  };
}

const FILE = 'docs/post-mortems/2026-05-03-resolver-cache.md';

/** The template filled in as the skill says, by a script in the place of a model. */
function filledIn(template: string): string {
  const rows: Readonly<Record<string, string>> = {
    'P0 | <verb and object> | <type> | <where and what exactly> | TODO':
      'P0 | Raise the cache of the resolver to 256 MiB | Config | `cache_mib` in `stacks/dns/main.tf` | Done',
    'P1 | <verb and object> | <type> | <where and what exactly> | TODO':
      'P1 | Add an alert on the rate of SERVFAIL answers | Alert | in `stacks/dns`: more than 5 % over 10 minutes | TODO',
    'P2 | <verb and object> | <type> | <where and what exactly> | TODO':
      'P2 | Run a second resolver on other hardware | Architecture | Owner: anna; done when one of the two can be switched off | TODO',
  };
  let text = template.replaceAll(/<!--[\s\S]*?-->\n*/g, '');
  for (const [row, filled] of Object.entries(rows)) text = text.replace(row, filled);
  return `${text
    .replace(/### P3: good to have\n[\s\S]*?(?=## Lessons)/, '')
    .replace('<what broke, in a few words>', 'Resolver cache too small')
    .replace('<YYYY-MM-DD, the day it broke>', '2026-05-03')
    .replace('<3h 05m (06:40-09:45 CET)>', '1h 10m (14:00-15:10 CEST)')
    .replace('<SEV1, SEV2 or SEV3>', 'SEV2')
    .replace('<names, separated by commas>', 'DNS')
    .replace('<Complete or Draft>', 'Complete')
    .replace('(<time zone>)', '(CEST)')
    .replaceAll('**<HH:MM>**', '**14:00**')
    .replaceAll(/<[^>\n]+>/g, 'The cache was too small.')
    .trimEnd()}\n| 2026-05-03 | Raise the cache of the resolver to 256 MiB | P0 | Config | — | by hand |\n`;
}

/** The text of the tool results so far, one string a result. */
const results = (request: MessagesRequest | undefined) =>
  (request?.toolResults ?? []).map(({ text, isError }) => `${isError ? 'ERROR ' : ''}${text}`);

describe.skipIf(withoutClaude)(`the kit in the real Claude Code CLI${withoutClaude}`, () => {
  it('is loaded: both skills and the agent', async () => {
    const { claude } = await withKit();
    const { events, requests } = await claude('Hello.', inOrder(says('Hello.')));
    expect(events.find(({ subtype }) => subtype === 'init')).toMatchObject({
      skills: expect.arrayContaining(['post-mortem', 'cluster-health']),
      slash_commands: expect.arrayContaining(['post-mortem', 'cluster-health']),
      agents: expect.arrayContaining(['postmortem-todo-resolver']),
    });
    expect(requests[0]?.text).toContain('Write the post-mortem of an incident that has just been mitigated');
  });

  it('carries the text of each skill into the request, with what was said with the command', async () => {
    const { claude } = await withKit();
    const written = await claude('/post-mortem the resolver was slow', inOrder(says('Done.')));
    const text = JSON.stringify(written.requests[0]?.messages);
    expect(text).toContain('What was said with the command (may be empty): the resolver was slow');
    expect(text).toContain('No `[ci skip]`, no `[skip ci]`, anywhere in the message');
    expect(text).toContain('git push origin HEAD~1:main');
    const health = await claude('/cluster-health', inOrder(says('Done.')));
    expect(JSON.stringify(health.requests[0]?.messages)).toContain('postmortem-plugin health');
  });

  it('starts the agent with its text as the system prompt', async () => {
    const { claude } = await withKit();
    const { requests } = await claude('Do it.', inOrder(says('Done.')), ['--agent', 'postmortem-todo-resolver']);
    expect(requests[0]?.system).toContain('You implement one action item (a TODO) of a post-mortem');
    expect(requests[0]?.system).not.toContain('postmortem-plugin kit');
  });

  it('writes a post-mortem headless that lint passes, list reads and the pipeline starts on', async () => {
    const { folder, claude } = await withKit();
    const path = join(folder, FILE);
    const template = readFileSync(join(folder, '.claude/skills/post-mortem/template.md'), 'utf8');
    const script = inOrder(
      calls(
        ['Read', { file_path: join(folder, '.claude/skills/post-mortem/template.md') }],
        ['Bash', { command: 'git log --since="3 days ago" --stat' }],
      ),
      calls(['Write', { file_path: path, content: filledIn(template) }]),
      calls(['Bash', { command: `postmortem-plugin lint ${FILE}` }]),
      calls(['Bash', { command: `postmortem-plugin list ${FILE}` }]),
      calls(['Bash', { command: `git add ${FILE}` }]),
      calls(['Bash', { command: `git commit -m "docs: post-mortem for 2026-05-03 Resolver cache too small" -- ${FILE}` }]),
      says('Written; one row will be implemented automatically. It is not pushed.'),
    );
    const { code, requests, events } = await claude('/post-mortem the resolver evicted its cache', script);
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'result', is_error: false, permission_denials: [] });
    const [, afterRead, afterWrite, afterLint, afterList] = requests.map(results);
    expect(afterRead?.join('\n')).toContain('# Post-Mortem: <what broke, in a few words>');
    expect(afterWrite?.join('\n')).not.toContain('ERROR');
    expect(afterLint?.join('\n')).not.toContain('ERROR');
    expect(afterList?.join('\n')).toMatch(/implement +type Alert is safe/);
    const message = git(folder, 'log', '-1', '--format=%B').trim();
    expect(message).toBe('docs: post-mortem for 2026-05-03 Resolver cache too small');
    expect(skips(message)).toBe(false);
    expect(git(folder, 'show', '--name-only', '--format=').trim()).toBe(FILE);
    const { todos, date, problems } = parsePostMortem(readFileSync(path, 'utf8'), FILE);
    expect(date).toBe('2026-05-03');
    expect(problems).toEqual([]);
    expect(todos.map(({ priority, type, state }) => [priority, type, state])).toEqual([
      ['P0', 'Config', 'closed'],
      ['P1', 'Alert', 'open'],
      ['P2', 'Architecture', 'open'],
    ]);
    expect(await plugin(folder, ['lint', FILE])).toMatchObject({ code: 0 });
  });

  it('does not let the skill do more than it says: no push, no other file, no other commit', async () => {
    const { folder, claude } = await withKit();
    const denied: readonly Reply[] = [
      calls(['Bash', { command: 'git push origin main' }]),
      calls(['Write', { file_path: join(folder, 'stacks/dns/new.tf'), content: 'new' }]),
      calls(['Bash', { command: 'git commit -am "everything [ci skip]"' }]),
      calls(['Bash', { command: 'git add --all' }]),
    ];
    const { events } = await claude('/post-mortem', inOrder(...denied, says('I may not.')));
    expect(events.at(-1)).toMatchObject({ permission_denials: denied.map(() => expect.anything()) });
    expect(git(folder, 'status', '--porcelain')).toBe('');
    expect(git(folder, 'log', '--format=%s').trim()).toBe('Start');
  });

  it('takes the start of the timeline from the state of the cluster check', async () => {
    const { folder, claude } = await withKit();
    await plugin(folder, ['health', '--health-command', 'echo "FAIL resolver-0 is down"; exit 2']);
    await plugin(folder, ['health', '--health-command', 'true']);
    const script = inOrder(calls(['Read', { file_path: join(folder, '.postmortem-plugin/health.json') }]), says('I see.'));
    const { requests } = await claude('/post-mortem', script);
    expect(results(requests[1]).join('\n')).toContain('FAIL resolver-0 is down');
  });

  it('lets the health skill run its check, and nothing that changes the cluster', async () => {
    const { folder, home, claude } = await withKit();
    setCluster(join(home, 'cluster'), healthyCluster(new Date()));
    put(home, { 'bin/kubectl': `#!/bin/sh\nFAKE_CLUSTER="${home}/cluster" exec "${project}test/fakes/kubectl" "$@"\n` });
    const script = inOrder(
      calls(['Bash', { command: 'postmortem-plugin health' }]),
      calls(['Bash', { command: 'kubectl get pods --all-namespaces --output=json' }]),
      calls(['Bash', { command: 'kubectl delete pod resolver-0' }]),
      calls(['Bash', { command: 'postmortem-plugin health --health-command "touch owned"' }]),
      says('It is healthy.'),
    );
    const { requests, events } = await claude('/cluster-health', script);
    expect(results(requests[1]).join('\n')).toContain('HEALTHY');
    expect(results(requests[2]).join('\n')).toContain('resolver-0');
    expect(events.at(-1)).toMatchObject({
      permission_denials: [{ tool_input: { command: 'kubectl delete pod resolver-0' } }, { tool_name: 'Bash' }],
    });
    expect(existsSync(join(folder, 'owned'))).toBe(false);
  });

  it('lets no skill reach another action through the one it may run', async () => {
    const { folder, claude } = await withKit();
    const commands = ['lint --action health', 'list --action=health', `lint ${FILE} --action health`].map(
      (words) => `postmortem-plugin ${words} --health-command "touch owned"`,
    );
    const { requests } = await claude(
      '/post-mortem',
      inOrder(...commands.map((command) => calls(['Bash', { command }])), says('I may not.')),
    );
    for (const request of requests.slice(1)) expect(results(request).join('\n')).toContain('the action is given twice');
    expect(existsSync(join(folder, 'owned'))).toBe(false);
  });
});
