import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StandInRule } from '../fakes/claude-stand-in.ts';
import type { ListedPostMortem } from '../../src/report/json.ts';
import { bundle, project } from '../support/bundle.ts';
import { Scenario, terraformMissing } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';

const corpus = join(project, '../shared/corpus/infra');
const absent = existsSync(corpus) ? null : 'skipped: ../shared/corpus is not here';
const NAME = '2026-04-14-nfs-fsid0-dns-vault-outage.md';
const PATH = `docs/post-mortems/${NAME}`;

/** A stack with one resource; a TODO adds another. */
const resource = (name: string, input: string) => `\nresource "terraform_data" "${name}" {\n  input = {\n    ${input}\n  }\n}\n`;
const stackOf = (name: string, input: string) => `terraform {\n  backend "local" {}\n}\n${resource(name, input)}`;
const STACKS: Readonly<Record<string, string>> = {
  monitoring: stackOf('rule_node_down', 'expr = "up == 0"'),
  uptime: stackOf('grafana', 'target = "https://grafana.example"'),
  vault: stackOf('policy', 'name = "default"'),
};

/** A small repository with what the actions of the document speak of. */
function seed(folder: string): void {
  cpSync(join(project, 'examples/scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(project, 'examples/.gitignore'), join(folder, '.gitignore'));
  for (const [name, text] of Object.entries(STACKS)) {
    mkdirSync(join(folder, 'stacks', name), { recursive: true });
    writeFileSync(join(folder, 'stacks', name, 'main.tf'), text);
  }
  mkdirSync(join(folder, 'docs/post-mortems'), { recursive: true });
  writeFileSync(join(folder, PATH), readFileSync(join(corpus, 'before-follow-up', NAME)));
}

const adding = (when: string, path: string, content: string, summary: string): StandInRule => ({
  when,
  steps: [{ do: 'append', path, content }],
  answer: { status: 'done', summary, files: [path] },
  costUsd: 0.2,
});

const RULE = resource('rule_nfs_retransmissions', 'expr = "rate(node_nfs_rpc_retransmissions_total[5m]) > 5"');
const RULES: readonly StandInRule[] = [
  {
    when: 'Manage /etc/exports in git',
    steps: [{ do: 'write', path: 'scripts/pve-nfs-exports', content: '# Never fsid=0 here.\n/srv/nfs 10.0.0.0/8(rw,sync,fsid=1)\n' }],
    answer: { status: 'done', summary: 'Added scripts/pve-nfs-exports.', files: ['scripts/pve-nfs-exports'] },
    costUsd: 0.2,
  },
  adding('NFS mount errors from node kernel logs', 'stacks/monitoring/main.tf', RULE, 'Added the rule.'),
  adding('TrueNAS ping', 'stacks/uptime/main.tf', resource('truenas', 'target = "10.0.10.15"'), 'Added the monitor.'),
  {
    when: 'PVE NFS port 2049',
    answer: { status: 'already-done', summary: 'It is there.', files: [], reason: 'the monitor with id 96 checks it' },
    costUsd: 0.05,
  },
];

describe.skipIf(absent)(`the document of 2026-04-14, before its TODOs were done (${absent ?? 'real'})`, () => {
  let scenario: Scenario;
  let run: Run;
  const before = absent ? '' : readFileSync(join(corpus, 'before-follow-up', NAME), 'utf8');
  beforeAll(async () => {
    scenario = new Scenario({}, RULES, terraformMissing ? 'stand-in' : 'terraform', seed);
    for (const stack of Object.keys(STACKS)) scenario.tg(stack, 'apply', '--non-interactive');
    run = await scenario.run();
  });
  afterAll(() => scenario.remove());

  test('ends with three of four safe TODOs done', () => {
    expect(run.code, run.output).toBe(0);
    expect(run.report?.outcomes.map(({ line, priority, type, outcome }) => [line, priority, type, outcome])).toEqual([
      [102, 'P0', 'Config', 'done'],
      [119, 'P2', 'Alert', 'done'],
      [121, 'P2', 'Monitor', 'done'],
      [122, 'P2', 'Monitor', 'needs-review'],
    ]);
    expect(run.report?.awaiting).toHaveLength(7);
    expect(run.report?.cost_usd).toBe(0.65);
    console.log(run.output);
  });

  test('has this log', () => {
    const log = scenario.stage.git('log', '--reverse', '--format=%s', 'main').trim().split('\n').slice(1);
    console.log(scenario.stage.git('log', '--stat=100', '--format=%h %an: %s', 'main'));
    expect(log).toEqual([
      'fix(post-mortem): manage /etc/exports in git (add to infra/scripts/ and deploy via PVE provisioning) [PM-2026-04-14]',
      'fix(post-mortem): add PrometheusRule: NFS mount errors from node kernel logs [PM-2026-04-14]',
      'fix(post-mortem): add Uptime Kuma monitor: TrueNAS ping (10.0.10.15) [PM-2026-04-14]',
      'docs: update post-mortem follow-up [PM-2026-04-14] [ci skip]',
    ]);
  });

  test('changes three cells of the document and adds the Follow-up table; every other byte stays', () => {
    const after = scenario.stage.read(PATH);
    console.log(scenario.stage.git('diff', '-U0', 'main~4', 'main', '--', 'docs'));
    const done = (line: string, index: number) => ([102, 119, 121].includes(index + 1) ? line.replace('| TODO |', '| Done |') : line);
    const cells = before.split('\n').map(done).join('\n');
    expect(after.slice(0, cells.length)).toBe(cells);
    const added = after.slice(cells.length).trim().split('\n');
    expect(added[0]).toBe('## Follow-up Implementation');
    const rows = added.slice(added.findIndex((line) => line.startsWith('|---')) + 1);
    const [first = '', second = '', third = ''] = scenario.stage.git('log', '--reverse', '--format=%H', 'main').split('\n').slice(1);
    expect(rows[0]).toContain('| Manage `/etc/exports` in git (add to `infra/scripts/` and deploy via PVE provisioning) |');
    expect(rows.slice(0, 3)).toEqual([
      expect.stringContaining(`| P0 | Config | [\`${first.slice(0, 8)}\`]`),
      expect.stringContaining(`| P2 | Alert | [\`${second.slice(0, 8)}\`]`),
      expect.stringContaining(`| P2 | Monitor | [\`${third.slice(0, 8)}\`]`),
    ]);
    expect(rows).toHaveLength(11);
    expect(rows.slice(3).every((row) => /^\| — \|.*\| Needs human review: .* <!-- todo:[0-9a-f]{12} --> \|$/.test(row))).toBe(true);
  });

  test('and a second run has nothing to do', async () => {
    const calls = scenario.claude.calls().length;
    const again = await scenario.run();
    expect(again.report?.status, again.output).toBe('nothing-to-do');
    expect(scenario.claude.calls()).toHaveLength(calls);
  });
});

describe.skipIf(absent)(`all real documents of that repository, as they are (${absent ?? 'real'})`, () => {
  let listed: ListedPostMortem[];
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'postmortem-corpus-'));
    mkdirSync(join(dir, 'docs/post-mortems'), { recursive: true });
    for (const name of readdirSync(join(corpus, 'docs'))) {
      writeFileSync(join(dir, 'docs/post-mortems', name), readFileSync(join(corpus, 'docs', name)));
    }
    const options = { cwd: dir, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } } as const;
    const { stdout, status } = spawnSync(process.execPath, [bundle, 'list', '--format=json'], options);
    expect(status).toBe(0);
    listed = JSON.parse(stdout) as ListedPostMortem[];
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const ofDate = (date: string) => listed.filter(({ file }) => file.includes(date));

  test('are all listed', () => {
    expect(listed).toHaveLength(readdirSync(join(corpus, 'docs')).length);
  });

  test('2026-04-14 holds only unsafe TODOs, and does not keep those of 2026-05-25 from being chosen', () => {
    const [first] = ofDate('2026-04-14-nfs');
    expect(first).toMatchObject({ safe_todos: 0, skipped_todos: 3 });
    const [second] = ofDate('2026-05-25');
    expect(second?.todos.map(({ line, priority, type }) => `${line} ${priority} ${type}`)).toEqual([
      ...[124, 125, 126, 129, 130].map((line) => `${line} P0 Config`),
      '139 P1 Config',
      ...[146, 147, 148, 149, 150].map((line) => `${line} P2 Alert`),
      '159 P3 Config',
    ]);
  });

  test('nothing is chosen but rows of tables that say a safe type themselves or whose words do', () => {
    const chosen = listed.flatMap(({ todos }) => todos);
    expect(chosen.filter(({ type }) => !['Alert', 'Config', 'Monitor'].includes(type))).toEqual([]);
    expect(chosen).toHaveLength(14);
  });
});
