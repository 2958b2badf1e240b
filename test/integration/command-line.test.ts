import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SETTING_NAMES } from '../../src/settings/schema.ts';
import { bundle, project } from '../support/bundle.ts';
import { postMortem, raise } from '../support/homelab.ts';
import { Planted } from '../support/planted.ts';

let dir: string;
const planted = new Planted();
const WEBHOOK = 'T000/B000/plantedwebhooksecret2';
planted.add('a webhook', WEBHOOK);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'postmortem-cli-'));
  mkdirSync(join(dir, 'docs/post-mortems'), { recursive: true });
  const server = { action: 'Buy a server', type: 'Architecture', priority: 'P2', details: 'Two.' };
  const web = postMortem('2026-01-10', 'Web down', [raise('web', 3), server, raise('dns', 2, { status: 'Done' })]);
  writeFileSync(join(dir, 'docs/post-mortems/2026-01-10-web.md'), web);
  const dns = postMortem('2026-02-20', 'DNS slow', [raise('dns', 4, { status: 'Done' })]);
  writeFileSync(join(dir, 'docs/post-mortems/2026-02-20-dns.md'), dns);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The bundle, by a person at a terminal: arguments, and no settings but those given. */
function plugin(words: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = dir) {
  const options = { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...words], options);
  planted.expectNoneIn({ stdout, stderr });
  return { code: status, stdout, stderr };
}

describe('the program', () => {
  test('can be run as a file of its own', () => {
    expect(readFileSync(bundle, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test.each(['--version', 'version'])('%s', (word) => {
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string };
    expect(plugin([word])).toEqual({ code: 0, stdout: `postmortem-plugin ${version}\n`, stderr: '' });
  });

  test.each(['--help', '-h', 'help'])('%s lists every setting', (word) => {
    const { code, stdout } = plugin([word]);
    expect(code).toBe(0);
    expect(SETTING_NAMES.filter((name) => !stdout.includes(`  ${name} `))).toEqual([]);
    expect(stdout).toContain('Exit codes: ');
  });

  test('an option that is none: exit 1, and what to do', () => {
    const { code, stdout } = plugin(['--frobnicate']);
    expect(code).toBe(1);
    expect(stdout).toBe('error: --frobnicate is not an option\n  Every setting is one, for instance --dry-run or --log-level debug; --help lists them.\n');
  });

  test('settings that are wrong: exit 1, all of them in one list, secrets not shown', () => {
    const { code, stdout } = plugin([], { PLUGIN_SSH_PORT: WEBHOOK, PLUGIN_SLACK_WEBHOOK: WEBHOOK, PLUGIN_SSH_HOSTS: 'a', PLUGIN_APPLY: 'maybe' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error: 3 settings are not usable:\n/);
    expect([...stdout.matchAll(/^ {2}- (\w+): .*\n {6}\w/gm)].map(([, name]) => name)).toEqual(['ssh_hosts', 'ssh_port', 'apply']);
    expect(stdout).toContain('  - apply: "maybe" is neither true nor false\n');
  });

  test('without any setting: what is missing, and how to look without it', () => {
    const { code, stdout } = plugin([]);
    expect(code).toBe(1);
    for (const name of ['ssh_host', 'ssh_username', 'vault_addr']) expect(stdout).toContain(`- ${name}: is missing`);
    expect(stdout).toContain('dry_run: true');
  });
});

describe('list', () => {
  test('prints the decision on every open TODO as a table', () => {
    const { code, stdout } = plugin(['list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^12 +P1 +Config +Raise the replicas of web to 3 +implement +type Config is safe$/m);
    expect(stdout).toMatch(/^13 +P2 +Architecture +Buy a server +needs a person +type Architecture is not one of/m);
    expect(stdout).not.toContain('dns');
  });

  test('of one file that has none', () => {
    const { code, stdout } = plugin(['list', 'docs/post-mortems/2026-02-20-dns.md']);
    expect(code).toBe(0);
    expect(stdout).toContain('No open TODOs');
  });

  test.each([['--format=json'], ['--format', 'json']])('%s %s prints the shape that scripts read, and nothing else', (...words) => {
    const { code, stdout } = plugin(['list', ...words]);
    expect(code).toBe(0);
    const files = JSON.parse(stdout) as Record<string, unknown>[];
    expect(files).toEqual([
      expect.objectContaining({
        file: 'docs/post-mortems/2026-01-10-web.md',
        todos: [expect.objectContaining({ priority: 'P1', action: 'Raise the replicas of web to 3', type: 'Config', details: '', safe: true })],
        skipped: [expect.objectContaining({ priority: 'P2', action: 'Buy a server', type: 'Architecture', details: 'Two.', safe: false })],
        safe_todos: 1,
        skipped_todos: 1,
      }),
      expect.objectContaining({ file: 'docs/post-mortems/2026-02-20-dns.md', todos: [], skipped: [], safe_todos: 0, skipped_todos: 0 }),
    ]);
    expect(Object.keys(files[0] ?? {}).slice(0, 5)).toEqual(['file', 'todos', 'skipped', 'safe_todos', 'skipped_todos']);
    const [todo = {}] = files[0]?.['todos'] as Record<string, unknown>[];
    expect(Object.keys(todo).slice(0, 5)).toEqual(['priority', 'action', 'type', 'details', 'safe']);
  });

  test('of a file that is not there: exit 1', () => {
    const { code, stdout } = plugin(['list', 'docs/nowhere.md']);
    expect(code).toBe(1);
    expect(stdout).toContain('docs/nowhere.md:1:1 error no-file-matched');
  });

  test('a reader that goes away is no failure', () => {
    const words = ['-c', '"$0" "$1" list --format=json | head -c 1; echo " $?"', process.execPath, bundle];
    const output = execFileSync('sh', words, { cwd: dir, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } });
    expect(output).toBe('[ 0\n');
  });
});

describe('a dry run', () => {
  test('needs no other setting, contacts nobody, and says what a real run would do', () => {
    const { code, stdout } = plugin([], { PLUGIN_DRY_RUN: 'true' });
    expect(code).toBe(0);
    expect(stdout).toContain('Dry run: a real run would work on 1 TODO');
    expect(stdout).toContain('fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]');
    expect(stdout).toContain('Nobody was contacted.');
    expect(stdout).toMatch(/Buy a server +needs a person/);
  });

  test('with log_level: debug shows the exact prompt, commands and messages', () => {
    const words = ['--dry-run', '--log-level', 'debug', '--workspace', '/srv/infra', '--slack-webhook', WEBHOOK];
    const { code, stdout } = plugin(words, { CI_COMMIT_BRANCH: 'main' });
    expect(code).toBe(0);
    expect(stdout).toContain('"action": "Raise the replicas of web to 3"');
    expect(stdout).toMatch(/^agent: [^]* claude -p --output-format stream-json --verbose /m);
    expect(stdout).toContain('/srv/infra.post-mortem/worktree/scripts/tg plan -input=false -no-color -out=');
    expect(stdout).toMatch(/^git push origin <commit>:refs\/heads\/main$/m);
    expect(stdout).toMatch(/^docs: update post-mortem follow-up \[PM-2026-01-10\] \[ci skip\]$/m);
    expect(stdout).toContain('Slack message:');
  });

  test('writes the report file, if one is asked for', () => {
    const file = join(dir, 'out/report.json');
    expect(plugin(['--dry-run', '--report-file', file]).code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ dry_run: true, outcomes: [] });
  });
});
