import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { DOCS, fixOf, postMortem, raise, raising } from '../support/homelab.ts';
import { Scenario } from '../support/scenario.ts';
import type { Ended } from '../support/stage.ts';
import { pluginVariables } from '../support/woodpecker-schema.ts';

/**
 * The bundle as a release file, started as Woodpecker's local backend starts a plugin (pipeline/backend/local/{local,plugin}.go): the step's
 * image looked up on the agent's PATH, no arguments, nothing on standard input, output merged, in a folder of its own with `workspace` (the
 * checkout) and `home`: HOME is that empty folder, not the home of the agent's user.
 */
describe("a step of Woodpecker's local backend", () => {
  let scenario: Scenario;
  /** What the agent itself has. */
  let agent: Readonly<Record<string, string>>;
  beforeAll(() => {
    const text = postMortem('2026-01-10', 'Web down', [raise('web', 3), raise('vault', 2)]);
    scenario = new Scenario({ '2026-01-10-web.md': text }, [raising('web', 3), raising('vault', 2)]);
    agent = { ...scenario.machine, TG_STATE_DIR: join(scenario.stage.dir, 'state') };
    copyFileSync(bundle, join(scenario.bin, 'postmortem-plugin'));
    chmodSync(join(scenario.bin, 'postmortem-plugin'), 0o755);
  });
  afterAll(() => scenario.remove());

  /** @param settings as the step has them in its yml */
  function step(settings: Parameters<typeof pluginVariables>[0]): Promise<Ended & { readonly home: string }> {
    const base = mkdtempSync(join(scenario.stage.dir, 'woodpecker-local-'));
    const [workspace, home] = [join(base, 'workspace'), join(base, 'home')];
    renameSync(scenario.stage.checkout(), workspace);
    mkdirSync(home, { mode: 0o700 });
    const metadata = { CI: 'woodpecker', CI_REPO: 'home/infra', CI_COMMIT_BRANCH: 'main', CI_PIPELINE_EVENT: 'push', CI_WORKSPACE: workspace };
    const env = { ...agent, ...pluginVariables(settings, {}), ...metadata, HOME: home, USERPROFILE: home };
    return new Promise((resolve, reject) => {
      const child = spawn('postmortem-plugin', [], { cwd: workspace, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output, home }));
    });
  }

  test('a dry run needs the name and one setting', async () => {
    const { code, output, home } = await step({ dry_run: true });
    expect(code, output).toBe(0);
    expect(output).toContain('2 open TODOs, 2 to implement');
    expect(output).toContain('Nobody was contacted.');
    expect(readdirSync(home)).toEqual([]);
  });

  test('the main job with runner: local works on the machine of the agent', async () => {
    const { code, output } = await step({ runner: 'local', workspace: scenario.stage.workspace, claude_path: scenario.claude.path });
    expect(code, output).toBe(0);
    expect(output).toContain('2 open TODOs, 2 to implement');
    expect(scenario.subjects()).toEqual([fixOf('web', 3), DOCS]);
    expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    expect(scenario.stage.read('docs/post-mortems/2026-01-10-web.md')).toMatch(/Raise the replicas of web to 3 .*\| Done \|/);
    scenario.expectNothingLeft();
  });

  test('what is wrong with the settings is said, and the step fails', async () => {
    const { code, output } = await step({ runner: 'locally', ssh_hosts: 'dev-vm' });
    expect(code).toBe(1);
    expect(output).toContain('runner: ');
    expect(output).toContain('ssh_hosts: is not a setting');
  });
});
