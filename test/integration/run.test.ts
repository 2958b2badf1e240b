import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installStandIn } from '../fakes/claude-stand-in.ts';
import { applyAll, EXAMPLE_RULES, makeStage, runPlugin, seedExample } from '../support/stage.ts';

const project = new URL('../../', import.meta.url).pathname;
const bundle = join(project, 'dist/postmortem-plugin.cjs');

test('the example repository, locally', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-run-'));
  const stage = makeStage(dir, seedExample(join(project, 'examples')));
  const claude = installStandIn(join(dir, 'bin'), EXAMPLE_RULES);
  const env = { PATH: process.env['PATH'] ?? '', HOME: stage.home };
  applyAll(stage, env);
  const ended = await runPlugin(bundle, {
    cwd: stage.checkout(),
    env: { ...env, PLUGIN_RUNNER: 'local', PLUGIN_CLAUDE_PATH: claude.path, CI_COMMIT_BRANCH: 'main', CI_REPO_URL: 'https://git.example.com/home/infra', CI_FORGE_TYPE: 'forgejo' },
  });
  console.log(ended.output);
  console.log(stage.git('log', '--format=%h %an %s%n%b', 'main'));
  console.log(stage.git('diff', 'main~4', 'main', '--', 'docs'));
  console.log(dir);
  expect(ended.code).toBe(0);
});
