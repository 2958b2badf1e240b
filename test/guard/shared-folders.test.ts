import { describe, expect, it } from 'vitest';
import { usedFromOutside } from '../../src/guard/shared-folders.ts';

const uses = (text: string, path = 'stacks/b/main.tf') => usedFromOutside(['stacks/a'], [{ path, text }]);

describe('a stack whose folder other code uses', () => {
  it.each([
    ['a module in it', 'module "x" { source = "../a/modules/x" }', 'stacks/a/modules/x'],
    ['the stack itself', 'module "x" {\n  source = "../a"\n}', 'stacks/a'],
    ['the stack itself, with a slash', 'module "x" {\n  source = "../a/"\n}', 'stacks/a'],
    ['a double slash', 'module "x" { source = "../..//stacks/a//modules/x" }', 'stacks/a/modules/x'],
    ['a file', 'x = file("${path.module}/../a/x.json")', 'stacks/a/x.json'],
    ['a template', 'x = templatefile("../a/x.tpl", {})', 'stacks/a/x.tpl'],
    ['a path from the root', 'include { path = "${get_repo_root()}/stacks/a/common.hcl" }', 'stacks/a/common.hcl'],
    ['a path from a folder that is found', 'x = read_terragrunt_config("${dirname(find_in_parent_folders())}/stacks/a/x.hcl")', 'stacks/a/x.hcl'],
    ['JSON', '{"module":{"x":{"source":"../a"}}}', 'stacks/a'],
  ])('%s', (_, text, used) => {
    expect(uses(text)).toEqual([`stacks/a: stacks/b/main.tf uses ${used}, so what a change of this stack reaches is not known`]);
  });

  it.each([
    ['its name', 'dependency "a" { config_path = "../a" }'],
    ['its state', 'config = { path = "../a/terraform.tfstate" }'],
    ['another stack whose name begins alike', 'module "x" { source = "../ab/x" }'],
    ['a module of its own', 'module "x" { source = "./modules/x" }'],
    ['a module from elsewhere', 'module "x" { source = "git::https://example.com/stacks/a/x" }'],
    ['an address', 'x = "https://example.com/${var.y}/a/x"'],
  ])('%s does not count', (_, text) => {
    expect(uses(text)).toEqual([]);
  });

  it('its own files may use what is in it', () => {
    expect(uses('module "x" { source = "./modules/x" }\nmodule "y" { source = "../a/modules/y" }', 'stacks/a/main.tf')).toEqual([]);
  });

  it('a shared module between them counts as well', () => {
    expect(uses('x = file("${path.module}/../../stacks/a/x.json")', 'modules/m/main.tf')).toHaveLength(1);
  });

  it('no text, however long or broken, takes long or throws', () => {
    expect(uses(`source = "${'../'.repeat(50_000)}a`)).toEqual([]);
    expect(uses(`${'"${'.repeat(20_000)}`)).toEqual([]);
    expect(uses('"\\'.repeat(20_000))).toEqual([]);
  });
});
