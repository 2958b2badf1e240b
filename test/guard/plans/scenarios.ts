/**
 * Configurations whose plans the tests judge. `test/integration/plan.test.ts` plans them with the real Terraform; the plans it
 * recorded lie beside this file, for machines without it.
 */
export interface Scenario {
  readonly name: string;
  /** Files applied first; without any, there is no state yet. */
  readonly before?: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  /** What the gate says: the summary of an allowed plan, or a reason of a refused one. */
  readonly allowed?: string;
  readonly refused?: string;
  readonly warning?: string;
}

const web = (body: string): string => `resource "terraform_data" "web" {\n${body}\n}\n`;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'create',
    after: { 'main.tf': web('input = "one"') },
    allowed: '1 to add: terraform_data.web (create)',
  },
  {
    name: 'update',
    before: { 'main.tf': web('input = "one"') },
    after: { 'main.tf': web('input = "two"') },
    allowed: '1 to change: terraform_data.web (update)',
  },
  {
    name: 'unchanged',
    before: { 'main.tf': web('input = "one"') },
    after: { 'main.tf': `# only a comment\n${web('input = "one"')}` },
    allowed: 'no changes',
  },
  {
    name: 'moved',
    before: { 'main.tf': web('input = "one"') },
    after: {
      'main.tf':
        'resource "terraform_data" "site" {\n  input = "one"\n}\nmoved {\n  from = terraform_data.web\n  to   = terraform_data.site\n}\n',
    },
    allowed: '1 to move: terraform_data.site (moved from terraform_data.web)',
  },
  {
    name: 'read',
    before: { 'main.tf': web('input = "one"') },
    after: {
      'main.tf': `${web('input = "two"')}data "terraform_remote_state" "self" {\n  backend = "local"\n  config = {\n    path = "none.tfstate"\n  }\n  depends_on = [terraform_data.web]\n}\n`,
    },
    allowed: '1 to change: data.terraform_remote_state.self (read), terraform_data.web (update)',
  },
  {
    name: 'output-removed',
    before: { 'main.tf': `${web('input = "one"')}output "address" {\n  value = terraform_data.web.input\n}\n` },
    after: { 'main.tf': web('input = "two"') },
    allowed: '1 to change: terraform_data.web (update)',
    warning: 'output address: is removed',
  },
  {
    name: 'check-fails',
    before: { 'main.tf': web('input = "one"') },
    after: {
      'main.tf': `${web('input = "two"')}check "is_three" {\n  assert {\n    condition     = terraform_data.web.input == "three"\n    error_message = "not three"\n  }\n}\n`,
    },
    allowed: '1 to change: terraform_data.web (update)',
    warning: 'check.is_three: this check fails',
  },
  {
    name: 'replace',
    before: { 'main.tf': web('triggers_replace = "one"') },
    after: { 'main.tf': web('triggers_replace = "two"') },
    refused: 'terraform_data.web: would be destroyed and created anew',
  },
  {
    name: 'replace-create-first',
    before: { 'main.tf': web('triggers_replace = "one"\n  lifecycle {\n    create_before_destroy = true\n  }') },
    after: { 'main.tf': web('triggers_replace = "two"\n  lifecycle {\n    create_before_destroy = true\n  }') },
    refused: 'terraform_data.web: would be destroyed and created anew',
  },
  {
    name: 'destroy',
    before: { 'main.tf': `${web('input = "one"')}resource "terraform_data" "kept" {}\n` },
    after: { 'main.tf': 'resource "terraform_data" "kept" {}\n' },
    refused: 'terraform_data.web: would be destroyed',
  },
  {
    name: 'destroy-one-of-many',
    before: {
      'main.tf': 'resource "terraform_data" "node" {\n  for_each = toset(["a", "b \\"c\\""])\n  input    = each.key\n}\n',
    },
    after: { 'main.tf': 'resource "terraform_data" "node" {\n  for_each = toset(["a", "new"])\n  input    = each.key\n}\n' },
    refused: 'terraform_data.node["b \\"c\\""]: would be destroyed',
  },
  {
    name: 'forget',
    before: { 'main.tf': web('input = "one"') },
    after: { 'main.tf': 'removed {\n  from = terraform_data.web\n  lifecycle {\n    destroy = false\n  }\n}\n' },
    refused: 'terraform_data.web: would be forgotten (it stays, but Terraform no longer manages it)',
  },
  {
    name: 'import',
    after: { 'main.tf': `${web('input = "one"')}import {\n  to = terraform_data.web\n  id = "by-hand"\n}\n` },
    refused: 'terraform_data.web: would be imported (Terraform did not make it)',
  },
  {
    name: 'provisioner',
    after: { 'main.tf': web('provisioner "local-exec" {\n    command = "true"\n  }') },
    refused: 'terraform_data.web: has a provisioner, which runs commands',
  },
  {
    name: 'provisioner-in-module',
    after: {
      'main.tf': 'module "outer" {\n  source = "./outer"\n}\n',
      'outer/main.tf': 'module "inner" {\n  source = "./inner"\n}\n',
      'outer/inner/main.tf': web('provisioner "local-exec" {\n    command = "true"\n  }'),
    },
    refused: 'module.outer.module.inner.terraform_data.web: has a provisioner, which runs commands',
  },
  {
    name: 'errored',
    after: {
      'main.tf': `${web('input = "one"')}resource "terraform_data" "broken" {\n  lifecycle {\n    precondition {\n      condition     = terraform_data.web.input == "two"\n      error_message = "never"\n    }\n  }\n}\n`,
    },
    refused: 'the plan ended with an error',
  },
];
