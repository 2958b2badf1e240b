import { describe, expect, it } from 'vitest';
import { protectedMatcher } from '../../src/guard/paths.ts';
import { programsOf } from '../../src/guard/programs.ts';

const STACKS = ['stacks/*'];

describe('programs of the repository in the commands of the settings', () => {
  it.each([
    ['{root}/scripts/tg plan -input=false -no-color -out={plan}', ['/scripts/tg']],
    ['../../scripts/tg show -json {plan}', ['/scripts/tg']],
    ['sh -c "cd {root} && ./tools/a.sh" && \'{root}/b\'', ['/b', '/stacks/*/tools/a.sh']],
    ['terraform plan -var-file={root}/common.tfvars -var-file=../../env/{stack}.tfvars', ['/common.tfvars', '/env/stacks/*.tfvars']],
    ['/usr/bin/terraform -chdir={root}/{stack} -chdir=. -chdir={root}', []],
    ['~/bin/tg ../../../outside', []],
    ['sh plan.sh', ['/stacks/*/plan.sh']],
    ['{root}/a[1]*.sh', ['/a\\[1\\]\\*.sh']],
    ['', []],
  ])('%s', (command, patterns) => {
    expect(programsOf([command], STACKS)).toEqual(patterns);
  });

  it('never protects a whole stack, or everything', () => {
    const matches = protectedMatcher(programsOf(['{root}/scripts/tg -chdir={root}/{stack} . .. ../.. {root} {root}/ {root}/stacks {stack}'], STACKS));
    expect(matches('stacks/web/main.tf')).toBeNull();
    expect(matches('README.md')).toBeNull();
    expect(matches('scripts/tg')).toBe('/scripts/tg');
    expect(matches('Scripts/TG')).toBe('/scripts/tg');
  });

  it('protects what is written with characters that are wildcards elsewhere, and nothing like it', () => {
    const matches = protectedMatcher(programsOf(['{root}/a[1]*{x}.sh'], STACKS));
    expect(matches('a[1]*{x}.sh')).not.toBeNull();
    expect(matches('a1.sh')).toBeNull();
  });

  it('sees a program in the folder of each stack', () => {
    const matches = protectedMatcher(programsOf(['./plan.sh'], ['stacks/*', 'extra/dns']));
    expect(matches('stacks/web/plan.sh')).toBe('/stacks/*/plan.sh');
    expect(matches('extra/dns/plan.sh')).toBe('/extra/dns/plan.sh');
    expect(matches('stacks/web/main.tf')).toBeNull();
  });
});
