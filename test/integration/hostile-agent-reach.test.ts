import { describe, expect, test } from 'vitest';
import type { StandInRule } from '../fakes/claude-stand-in.ts';
import { EVIL, FIRST, LAST, looseAgent } from '../support/loose-agent.ts';

describe('commands of the settings that lie in the repository', () => {
  const change = (path: string): Partial<StandInRule> => ({ steps: [{ do: 'append', path, content: '\n# changed\n' }], answer: { status: 'done', summary: 'Did it.', files: [path] } });

  test.each([
    ['the program itself', '{root}/tools/plan', 'tools/plan', 'tools/plan: is protected (/tools/plan)'],
    ['a program named from the stack', '../../tools/plan', 'tools/plan', 'tools/plan: is protected (/tools/plan)'],
    ['what that program reads', '{root}/tools/plan', 'tools/common.sh', 'tools/common.sh: tools/plan may read it, so what it changes is not known'],
    ['a file given to it', '{root}/tools/plan {root}/policy/rules.json', 'policy/rules.json', 'policy/rules.json: is protected (/policy/rules.json)'],
  ])('%s may not be changed, whatever protected_paths says', async (_, command, path, reason) => {
    const scenario = looseAgent(() => change(path));
    scenario.stage.push({ 'tools/plan': '#!/bin/sh\n. "$(dirname "$0")/common.sh"\n', 'tools/common.sh': 'exec terraform plan\n', 'policy/rules.json': '{}\n' }, 'Tools');
    const settings = { protected_paths: 'docs/', plan_command: `{root}/scripts/tg plan -input=false -no-color -out={plan} # ${command}` };
    const run = await scenario.run(settings);
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'done' });
    expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toBe(reason);
  });
});

describe('a stack whose folder other code uses', () => {
  test.each([
    ['a module', 'module "x" {\n  source = "../dns/modules/x"\n}\n', 'stacks/dns/modules/x'],
    ['the stack itself as a module', 'module "x" {\n  source = "../dns"\n}\n', 'stacks/dns'],
    ['a file', 'locals {\n  x = file("${path.module}/../dns/names.json")\n}\n', 'stacks/dns/names.json'],
  ])('%s: what a change reaches is not known', async (_, use, used) => {
    const scenario = looseAgent(() => ({}));
    scenario.stage.push({ 'stacks/vault/uses.tf': use, 'stacks/dns/modules/x/main.tf': '# empty\n', 'stacks/dns/names.json': '{}\n' }, 'Share');
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'done' });
    expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toBe(`stacks/dns: stacks/vault/uses.tf uses ${used}, so what a change of this stack reaches is not known`);
  });
});
