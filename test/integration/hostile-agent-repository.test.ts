import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DNS_CHANGE, EVIL, expectStopAndGoOn, FIRST, LAST, looseAgent, sh } from '../support/loose-agent.ts';
import type { Scenario } from '../support/scenario.ts';

const changedFolder = ({ stage }: Scenario) => `${stage.workspace}.post-mortem/changed`;

describe('an agent that writes into the repository of the workspace', () => {
  test('cannot make later git commands run its programs: all is put back, and kept for people to look at', async () => {
    const scenario = looseAgent(({ stage: { dir, workspace } }) => ({
      steps: [
        DNS_CHANGE,
        sh(`cd ${workspace}/.git
          git config core.sshCommand 'touch ${dir}/ran-ssh; false'; git config core.fsmonitor 'touch ${dir}/ran-fsmonitor'; git config core.hooksPath ${workspace}/.git/hooks
          git config filter.evil.clean 'touch ${dir}/ran-clean; cat'; git config filter.evil.smudge 'touch ${dir}/ran-smudge; cat'; git config filter.evil.required true
          git config remote.origin.pushurl ${dir}/evil.git; git config url.${dir}/evil.git.insteadOf ${dir}/remote.git
          echo '* filter=evil' > info/attributes; echo /nowhere > objects/info/alternates
          for hook in pre-push post-checkout reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch ${dir}/ran-%s\\n' $hook > hooks/$hook; chmod +x hooks/$hook; done`),
      ],
    }));
    const config = join(scenario.stage.workspace, '.git/config');
    const before = readFileSync(config, 'utf8');
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself were changed while the agent worked: \.git\/config, / });
    expect(readFileSync(config, 'utf8')).toBe(before);
    expect(existsSync(join(scenario.stage.workspace, '.git/hooks/pre-push'))).toBe(false);
    expect(readdirSync(changedFolder(scenario)).sort()).toEqual(['1-alternates', '1-attributes', '1-config', '1-post-checkout', '1-post-index-change', '1-pre-push', '1-reference-transaction']);
  });

  test('cannot bring a commit of its own onto the branch of the run', async () => {
    const scenario = looseAgent(({ stage: { workspace } }) => ({
      steps: [DNS_CHANGE, sh(`git --git-dir=${workspace}/.git/worktrees/worktree --work-tree=. -c user.name=evil -c user.email=e@example.com commit --all --message evil`)],
    }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself .*: \.git\/worktrees\/worktree\/HEAD$/ });
    expect(scenario.stage.git('log', '--format=%s', 'main')).not.toContain('evil');
  });

  test('cannot put another repository in the place of the hidden one', async () => {
    const scenario = looseAgent(({ stage: { dir, workspace } }) => ({
      steps: [
        DNS_CHANGE,
        sh(`git clone --quiet ${workspace} ${dir}/evil; cd ${dir}/evil; git config filter.evil.clean 'touch ${dir}/ran-clean; cat'; echo '* filter=evil' > .git/info/attributes
          echo 'gitdir: ${dir}/evil/.git' > ${workspace}.post-mortem/worktree.git`),
      ],
    }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself .*worktree\/\.git$/ });
  });

  test.each([
    ['the hidden repository', ({ workspace }: { workspace: string }) => `rm ${workspace}.post-mortem/worktree.git`],
    ['what git knows of the worktree', ({ workspace }: { workspace: string }) => `rm -r ${workspace}/.git/worktrees`],
  ])('cannot make the run lose its commits by removing %s', async (_, script) => {
    const scenario = looseAgent(({ stage }) => ({ steps: [DNS_CHANGE, sh(script(stage))] }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself were changed/ });
  });

  test('cannot leave an apply for the next run to commit', async () => {
    const scenario = looseAgent(({ stage: { workspace } }) => ({
      steps: [
        DNS_CHANGE,
        sh(`cd ${workspace}; export GIT_INDEX_FILE=$PWD/.git/evil; git read-tree HEAD; echo evil | git hash-object -w --stdin | xargs -I @ git update-index --add --cacheinfo 100644,@,evil.txt
          printf '{"step":"apply","base":"%s","tree":"%s","stacks":["stacks/web"],"plans":{},"message":"evil","partialMessage":"evil"}' $(git rev-parse HEAD) $(git write-tree) > ${workspace}.post-mortem/journal`),
      ],
    }));
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /^files of the repository itself .*journal$/ });
    expect(scenario.stage.git('log', '--format=%s', 'main')).not.toContain('evil');
  });

  test('cannot make files look to the gates and to Terraform like others (git replace)', async () => {
    const scenario = looseAgent(({ stage: { workspace } }) => ({
      steps: [DNS_CHANGE, sh(`cd ${workspace}; sed 's/replicas = 1/replicas = 7/' stacks/web/main.tf | git hash-object -w --stdin | xargs git replace $(git rev-parse HEAD:stacks/web/main.tf)`)],
    }));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'done', [LAST.action]: 'done' });
    expect(scenario.replicas('web')).toBe('3');
  });

  test('a person who tracks a branch there at the same time changes nothing', async () => {
    const scenario = looseAgent(({ stage: { workspace } }) => ({ steps: [DNS_CHANGE, sh(`cd ${workspace}; git branch --track mine origin/main; git fetch --quiet; git stash list; git gc --quiet`)] }));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'done', [LAST.action]: 'done' });
    expect(execFileSync('git', ['config', 'branch.mine.remote'], { cwd: scenario.stage.workspace, encoding: 'utf8' })).toBe('origin\n');
    expect(existsSync(changedFolder(scenario))).toBe(false);
  });
});
