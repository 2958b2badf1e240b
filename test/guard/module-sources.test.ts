import { describe, expect, it } from 'vitest';
import { localModuleSources, moduleFolder } from '../../src/guard/module-sources.ts';

describe('local module sources', () => {
  const sources = (text: string, path = 'stacks/web/main.tf'): string[] => localModuleSources([{ path, text }]);

  it('are folders of the repository, each once', () => {
    const text =
      'module "a" {\n  source = "../../modules/x"\n}\nmodule "b" {\n  source = "./modules/y/"\n}\nmodule "c" {\n  source = "../../modules/x"\n}\n';
    expect(sources(text)).toEqual(['modules/x', 'stacks/web/modules/y']);
  });

  it('leave out what comes from elsewhere, and what lies outside', () => {
    const text =
      'module "a" {\n  source = "hashicorp/x/aws"\n}\nmodule "b" {\n  source = "../../../x"\n}\nmodule "c" {\n  source = "git::ssh://x"\n}\n';
    expect(sources(text)).toEqual([]);
  });

  it('are found in Terragrunt files, with a double slash', () => {
    expect(sources('terraform {\n  source = "../../modules//web"\n}\n', 'stacks/web/terragrunt.hcl')).toEqual([
      'modules/web',
    ]);
  });

  it('are none in files that are no Terraform, or cannot be read', () => {
    expect(sources('module "a" {\n  source = "./x"\n}\n', 'stacks/web/README.md')).toEqual([]);
    expect(sources('module "a" {\n  source = "./x"\n')).toEqual([]);
  });

  it.each([
    ['main.tf', './x', 'x'],
    ['main.tf', './', ''],
    ['a/main.tf', '..', ''],
    ['a/main.tf', '../..', '..'],
    ['a/b/main.tf', '../c//d', 'a/c/d'],
    ['a/main.tf', 'x', null],
    ['a/main.tf', '.x', null],
    ['a/main.tf', '/x', null],
  ])('resolve from %s: %s', (file, source, folder) => {
    expect(moduleFolder(file, source)).toBe(folder);
  });
});
