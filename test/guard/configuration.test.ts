import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/guard/configuration.ts';
import type { SourceFile } from '../../src/guard/stacks.ts';

const PATH = 'stacks/web/main.tf';

/** A stack as real ones look: provider declarations, a local and a remote module, files, a template. */
const STACK = {
  'stacks/web/versions.tf':
    'terraform {\n  required_providers {\n    kubernetes = { source = "hashicorp/kubernetes" }\n    helm       = { source = "hashicorp/helm" }\n  }\n}\n',
  'stacks/web/provider.tf': 'provider "kubernetes" {\n  config_path = "~/.kube/config"\n}\n',
  [PATH]: 'resource "kubernetes_config_map" "web" {\n  data = {\n    "a.sh" = file("${path.module}/files/a.sh")\n  }\n}\n',
  'stacks/web/modules.tf':
    'module "local" {\n  source = "./modules/a"\n}\nmodule "remote" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n',
  'stacks/web/modules/a/main.tf': 'variable "x" {\n  type = string\n}\n',
  'stacks/web/terragrunt.hcl': 'include "root" {\n  path = find_in_parent_folders()\n}\ninputs = {\n  replicas = 1\n}\n',
  'stacks/web/values.tpl': 'password: ${password}\n',
};

type Files = Readonly<Record<string, string>>;
const files = (map: Files): SourceFile[] => Object.entries(map).map(([path, text]) => ({ path, text }));
/** The reasons after these files of the stack were changed or added (removed: `''` is an empty file). */
const changed = (change: Files, before: Files = STACK): string[] =>
  checkConfiguration(files({ ...before, ...change }), files(before));
const added = (text: string, path = 'stacks/web/new.tf'): string[] => changed({ [path]: text });

describe('the configuration gate', () => {
  it('has nothing against a stack that was not changed', () => {
    expect(changed({})).toEqual([]);
  });

  it.each<[string, Files]>([
    [
      'a changed resource',
      { [PATH]: `${STACK[PATH]}resource "kubernetes_service" "web" {\n  spec {\n    port { port = 80 }\n  }\n}\n` },
    ],
    [
      'a new file of a provider that is declared',
      { 'stacks/web/chart.tf': 'resource "helm_release" "x" {\n  name = "x"\n}\n' },
    ],
    [
      'built-in and harmless types',
      {
        'stacks/web/new.tf':
          'resource "terraform_data" "a" {}\nresource "null_resource" "b" {}\nresource "random_id" "c" {}\n',
      },
    ],
    [
      'new comments and another layout of decisive blocks',
      { 'stacks/web/provider.tf': '# why\nprovider "kubernetes" { config_path = "~/.kube/config" }\n' },
    ],
    [
      'a decisive block that moved to another file',
      { 'stacks/web/provider.tf': '', 'stacks/web/main2.tf': STACK['stacks/web/provider.tf'] },
    ],
    ['inputs of Terragrunt', { 'stacks/web/terragrunt.hcl': STACK['stacks/web/terragrunt.hcl'].replace('1', '2') }],
    [
      'a new local module',
      {
        'stacks/web/x.tf': 'module "b" {\n  source = "./modules/b"\n}\n',
        'stacks/web/modules/b/main.tf': 'locals {\n  a = 1\n}\n',
      },
    ],
    [
      'another call of the same remote module',
      {
        'stacks/web/x.tf':
          'module "c" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n  cidr    = "x"\n}\n',
      },
    ],
    ['tests', { 'stacks/web/a.tftest.hcl': 'run "x" {\n  command = plan\n}\n' }],
    [
      'variables and outputs',
      { 'stacks/web/terraform.tfvars': 'a = 1\n', 'stacks/web/out.tf': 'output "a" {\n  value = 1\n}\n' },
    ],
    [
      'moved, import, removed and check blocks, which the plan shows',
      {
        'stacks/web/m.tf':
          'moved {\n  from = a.b\n  to   = a.c\n}\ncheck "x" {\n  assert {\n    condition     = true\n    error_message = ""\n  }\n}\n',
      },
    ],
    [
      'a file that only looks like a template',
      { 'stacks/web/values.tpl': 'a: ${replicas}\nb: profile (x)\nc: my_file(x)\n' },
    ],
    [
      'a text that names what blocks do',
      {
        'stacks/web/new.tf':
          'locals {\n  a = "provisioner \\"local-exec\\" {"\n  provisioner = "csi.example.org"\n  b = { provisioner = "x", external = 1 }\n}\n# provisioner "local-exec" {}\n',
      },
    ],
  ])('allows %s', (_, change) => {
    expect(changed(change)).toEqual([]);
  });
});

describe('programs that run, refused whoever wrote them', () => {
  const reason = 'a provisioner runs commands when applied';

  it.each([
    ['in a resource', 'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n', 2],
    ['of any kind', 'resource "terraform_data" "x" {\n  provisioner "remote-exec" {}\n}\n', 2],
    ['between comments', 'resource "terraform_data" "x" {\n/* a\n*/ provisioner/**/"local-exec"{ command = "id" }\n}\n', 3],
    ['with an unquoted label', 'resource "terraform_data" "x" {\n  provisioner local-exec {\n  }\n}\n', 2],
    ['in a removed block', 'removed {\n  from = a.b\n  provisioner "local-exec" {\n    when = destroy\n  }\n}\n', 3],
    ['in a dynamic block', 'resource "terraform_data" "x" {\n  dynamic "provisioner" {\n    for_each = []\n  }\n}\n', 2],
    ['after a heredoc', 'resource "terraform_data" "x" {\n  input = <<-E\n    "\n    E\n  provisioner "file" {}\n}\n', 5],
  ])('finds a provisioner %s', (_, text, line) => {
    expect(added(text)).toEqual([`stacks/web/new.tf:${line}: ${reason}`]);
  });

  it('refuses provisioners that were there before, also in modules', () => {
    const old = { ...STACK, 'modules/x/main.tf': 'resource "terraform_data" "x" {\n  provisioner "file" {}\n}\n' };
    expect(changed({}, old)).toEqual([`modules/x/main.tf:2: ${reason}`]);
  });

  it.each([
    ['data "external" "x" {\n  program = ["id"]\n}\n'],
    ['data external x {\n  program = ["id"]\n}\n'],
    ['data "ext\\u0065rnal" "x" {\n}\n'],
    ['check "a" {\n  data "external" "x" {}\n}\n'],
    ['ephemeral "external" "x" {\n}\n'],
  ])('refuses the external data source %j', (text) => {
    expect(added(text).join()).toContain('an external data source runs a program when planned');
    expect(changed({}, { ...STACK, 'stacks/web/old.tf': text }).join()).toContain('an external data source');
  });

  it('refuses run_cmd and hooks of Terragrunt, there before or not', () => {
    const command = 'locals {\n  a = run_cmd("id")\n}\n';
    const hook = 'terraform {\n  before_hook "x" {\n    commands = ["plan"]\n    execute  = ["id"]\n  }\n}\n';
    expect(changed({}, { ...STACK, 'stacks/web/a.hcl': command })).toEqual([
      'stacks/web/a.hcl:2: run_cmd runs a program when planned',
    ]);
    expect(changed({}, { ...STACK, 'stacks/web/a.hcl': hook })).toEqual([
      'stacks/web/a.hcl:2: a Terragrunt before_hook runs a program',
    ]);
    expect(
      changed({ 'stacks/web/terragrunt.hcl': STACK['stacks/web/terragrunt.hcl'].replace('1', '"${run_cmd("id")}"') }),
    ).toEqual(['stacks/web/terragrunt.hcl:5: run_cmd runs a program when planned']);
  });

  it('sees through the escapes of JSON', () => {
    const json = '{"resource": {"terraform_data": {"x": {"provisio\\u006eer": [{"local-exec": {"command": "id"}}]}}}}';
    expect(changed({}, { ...STACK, 'stacks/web/x.tf.json': json })).toEqual([`stacks/web/x.tf.json:1: ${reason}`]);
    const external = '{"data": [{"external": {"x": {}}}]}';
    expect(changed({}, { ...STACK, 'stacks/web/x.tf.json': external }).join()).toContain('an external data source');
    expect(changed({}, { ...STACK, 'stacks/web/x.tf.json': '{"locals": {"external": 1}}' })).toEqual([]);
  });
});

describe('what decides which code runs, refused when it changes', () => {
  it.each<[string, Files, string]>([
    [
      'the required providers',
      { 'stacks/web/versions.tf': STACK['stacks/web/versions.tf'].replace('hashicorp/helm', 'someone/helm') },
      'versions.tf:1: the terraform block',
    ],
    [
      'a backend',
      { 'stacks/web/backend.tf': 'terraform {\n  backend "http" {\n    address = "https://example.org"\n  }\n}\n' },
      'backend.tf:1: the terraform block',
    ],
    ['a terraform block that is gone', { 'stacks/web/versions.tf': '' }, 'versions.tf: the terraform block'],
    [
      'a provider block',
      { 'stacks/web/provider.tf': STACK['stacks/web/provider.tf'].replace('config_path', 'host') },
      'provider.tf:1: the provider "kubernetes" block',
    ],
    [
      'a program in a provider block',
      { 'stacks/web/provider.tf': 'provider "kubernetes" {\n  exec {\n    command = "id"\n  }\n}\n' },
      'provider.tf:1: the provider "kubernetes" block',
    ],
    ['a provider block that is gone', { 'stacks/web/provider.tf': '' }, 'provider.tf: the provider "kubernetes" block'],
    [
      'a provider that nothing used',
      { 'stacks/web/new.tf': 'resource "shell_script" "x" {}\n' },
      'new.tf:1: the provider "shell" was not used here before',
    ],
    [
      'a provider named by an argument',
      { 'stacks/web/new.tf': 'data "kubernetes_secret" "x" {\n  provider = evil.alias\n}\n' },
      'new.tf:1: the provider "evil" was not used',
    ],
    [
      'a module from elsewhere',
      { 'stacks/web/new.tf': 'module "x" {\n  source = "git::https://example.org/x.git"\n}\n' },
      'new.tf:1: module "x" brings in code from elsewhere',
    ],
    [
      'another version of a module',
      { 'stacks/web/modules.tf': STACK['stacks/web/modules.tf'].replace('5.0.0', '5.0.1') },
      'modules.tf:4: module "remote" brings in code',
    ],
    [
      'a module source put together',
      { 'stacks/web/new.tf': 'module "x" {\n  source = "./modules/${var.x}"\n}\n' },
      'new.tf:1: module "x" brings in code from elsewhere',
    ],
    [
      'a module outside the repository',
      { 'stacks/web/new.tf': 'module "x" {\n  source = "../../../x"\n}\n' },
      'new.tf:1: module "x" lies outside the repository',
    ],
    [
      'a local module that was not read',
      { 'stacks/web/new.tf': 'module "x" {\n  source = "./modules/none"\n}\n' },
      'new.tf:1: module "x" comes from stacks/web/modules/none, where no Terraform file was found',
    ],
    [
      'an http data source',
      { 'stacks/web/new.tf': 'data "http" "x" {\n  url = "https://example.org"\n}\n' },
      'new.tf:1: data "http" sends a request',
    ],
    [
      'another state',
      { 'stacks/web/new.tf': 'data "terraform_remote_state" "x" {\n  backend = "http"\n}\n' },
      'new.tf:1: data "terraform_remote_state" sends a request',
    ],
    [
      'an ephemeral resource',
      { 'stacks/web/new.tf': 'ephemeral "kubernetes_token" "x" {}\n' },
      'new.tf:1: an ephemeral resource',
    ],
    ['an action', { 'stacks/web/new.tf': 'action "kubernetes_x" "y" {}\n' }, 'new.tf:1: an action runs something'],
    [
      'a trigger of an action',
      {
        [PATH]:
          'resource "kubernetes_config_map" "web" {\n  lifecycle {\n    action_trigger {\n      events = [after_update]\n    }\n  }\n}\n',
      },
      'main.tf:3: an action_trigger runs something',
    ],
    [
      'a file of the host',
      { 'stacks/web/new.tf': 'resource "local_file" "x" {\n  filename = "/home/x/.bashrc"\n}\n' },
      'new.tf:1: local_file acts on files of the machine',
    ],
    [
      'a post-renderer block',
      { 'stacks/web/new.tf': 'resource "helm_release" "x" {\n  postrender {\n    binary_path = "/bin/sh"\n  }\n}\n' },
      'new.tf:2: a post-renderer runs a program',
    ],
    [
      'a post-renderer argument',
      { 'stacks/web/new.tf': 'resource "helm_release" "x" {\n  postrender = { binary_path = "/bin/sh" }\n}\n' },
      'new.tf:2: a post-renderer runs a program',
    ],
    ['an override file', { 'stacks/web/override.tf': 'locals {\n  a = 1\n}\n' }, 'override.tf:1: an override file'],
    ['a named override file', { 'stacks/web/x_override.tf': 'locals {\n  a = 1\n}\n' }, 'x_override.tf:1: an override file'],
    [
      'a file of OpenTofu that shadows one',
      { 'stacks/web/main.tofu': 'locals {\n  a = 1\n}\n' },
      'main.tofu:1: a new .tofu file',
    ],
    [
      'configuration in JSON',
      { 'stacks/web/x.tf.json': '{"locals": {"a": 1}}' },
      'x.tf.json:1: configuration written in JSON',
    ],
    [
      'configuration in JSON of OpenTofu',
      { 'stacks/web/x.tofu.json': '{}' },
      'x.tofu.json:1: configuration written in JSON',
    ],
    [
      'Terragrunt in JSON',
      { 'stacks/web/terragrunt.hcl.json': '{}' },
      'terragrunt.hcl.json:1: configuration written in JSON',
    ],
    [
      'a Terragrunt include',
      { 'stacks/web/terragrunt.hcl': 'inputs = {\n  replicas = 1\n}\n' },
      'terragrunt.hcl: the include block of a Terragrunt file',
    ],
    [
      'a Terragrunt source',
      {
        'stacks/web/terragrunt.hcl': `${STACK['stacks/web/terragrunt.hcl']}terraform {\n  source = "git::https://example.org"\n}\n`,
      },
      'terragrunt.hcl:7: the terraform block of a Terragrunt file',
    ],
    [
      'a Terragrunt generate block',
      { 'stacks/web/terragrunt.hcl': `${STACK['stacks/web/terragrunt.hcl']}generate "x" {\n  path = "x.tf"\n}\n` },
      'terragrunt.hcl:7: the generate block of a Terragrunt file',
    ],
    [
      'a Terragrunt attribute',
      { 'stacks/web/terragrunt.hcl': `${STACK['stacks/web/terragrunt.hcl']}terraform_binary = "./x"\n` },
      'terragrunt.hcl:7: terraform_binary of a Terragrunt file',
    ],
    [
      'a Terragrunt input from elsewhere',
      { 'stacks/web/terragrunt.hcl': STACK['stacks/web/terragrunt.hcl'].replace('1', 'sops_decrypt_file("x")') },
      'terragrunt.hcl:5: sops_decrypt_file reads other files',
    ],
  ])('refuses %s', (_, change, reason) => {
    const reasons = changed(change);
    expect(reasons.join('\n')).toContain(`stacks/web/${reason}`);
    // What was there before is another matter.
    expect(
      changed({}, { ...STACK, ...change }).filter((line) => !/outside the repository|no Terraform file/.test(line)),
    ).toEqual([]);
  });

  it('tells other arguments of the same Terragrunt function apart', () => {
    const input = (name: string): string =>
      STACK['stacks/web/terragrunt.hcl'].replace('1', `sops_decrypt_file("\${get_repo_root()}/${name}")`);
    const old = { ...STACK, 'stacks/web/terragrunt.hcl': input('a.yaml') };
    expect(changed({ 'stacks/web/terragrunt.hcl': input('b.yaml') }, old)).toHaveLength(1);
  });
});

describe('files that are read while planning', () => {
  it.each([
    'file("${path.module}/files/b.sh")',
    'file("${path.module}/../../modules/x/b.json")',
    'templatefile("${path.module}/${each.key}.tpl", { a = "../x" })',
    'fileset("${path.module}", "*.json")',
    'fileset(path.module, "files/*.json")',
    'filesha256("${path.root}/files/x")',
    'file("files/x")',
    'file("./files/${each.key}")',
    'yamldecode(file("${path.module}/a.yaml"))',
  ])('are allowed inside the repository: %s', (call) => {
    expect(added(`locals {\n  a = ${call}\n}\n`)).toEqual([]);
  });

  it.each([
    'file("/home/wizard/.vault-token")',
    'file("~/.ssh/id_ed25519")',
    'file(pathexpand("~/.ssh/id_ed25519"))',
    'file(var.path)',
    'file("${var.home}/.ssh/id")',
    'file("${path.module}/../../../x")',
    'file("${path.module}../../../x")',
    'file("${path.module}/a/${each.key}/../../../../../x")',
    'file("${path.module}/${"../../../.."}/x")',
    'file("${path.root}/../x")',
    'file("../x")',
    'file(".." )',
    'file("")',
    'filebase64(join("/", ["", "etc", "passwd"]))',
    'fileset("/", "**")',
    'fileset(path.module, "../../../**")',
    'fileset("${path.module}/files", "../../../../${each.key}/**")',
    'templatefile("${path.cwd}/x", {})',
    'file(<<E\n/etc/passwd\nE\n)',
    '"${file("/etc/passwd")}"',
    '<<E\n${file("/etc/passwd")}\nE',
  ])('are refused where they may lie outside: %s', (call) => {
    expect(added(`locals {\n  a = ${call}\n}\n`).join()).toContain('may read a file outside the repository');
    expect(changed({}, { ...STACK, 'stacks/web/old.tf': `locals {\n  a = ${call}\n}\n` })).toEqual([]);
  });

  it('are refused in templates, where no path is certain', () => {
    for (const text of [
      '${file("/etc/passwd")}',
      '%{ for x in split("", file("a")) }',
      '${ merge({a=1},\n  { b = templatefile("x", {}) }) }',
      '${pathexpand("~")}',
    ]) {
      expect(changed({ 'stacks/web/values.tpl': `${STACK['stacks/web/values.tpl']}${text}\n` })).toEqual([
        `stacks/web/values.tpl:${text.includes('\n') ? 3 : 2}: a template reads a file when planned, by a call that is new or changed`,
      ]);
    }
    expect(changed({ 'stacks/web/notes.md': 'Read it with file("x").\n' })).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['a heredoc without an end', 'a = <<E\n', 2],
    ['a text without an end', 'locals {\n  a = "\n}\n', 2],
    ['a block that begins on another line', 'resource "a" "b"\n{\n}\n', 1],
    ['characters that are not seen', 'resource "a" "b" {\n\u200b}\n', 2],
  ])('is refused with its place: %s', (_, text, line) => {
    expect(added(text)[0]).toMatch(new RegExp(`^stacks/web/new\\.tf:${line}: cannot be read for certain: `));
  });

  it('is refused also where it was so before', () => {
    expect(changed({}, { ...STACK, 'stacks/web/x.tf': '}' })).toHaveLength(1);
    expect(changed({}, { ...STACK, 'stacks/web/x.tf.json': '{' })).toHaveLength(1);
  });

  it('never lets a provisioner through, whatever stands around it', () => {
    const piece = fc.constantFrom(
      '"',
      '${',
      '}',
      '{',
      '\n',
      '<<E\n',
      'E\n',
      '# ',
      '// ',
      '/* ',
      ' */',
      'a = 1\n',
      'a = "x"\n',
      'b {\n',
      '}\n',
      '\\',
      '$',
      '%{',
    );
    const around = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(around, around, (before, after) => {
        const marked = `resource "terraform_data" "x" {\n${before}\nprovisioner "local-exec" {\n}\n${after}\n}\n`;
        const reasons = added(marked);
        // Only a comment can hide it; a text cannot begin where a block does.
        if (reasons.length > 0) return;
        expect(`${before}${after}`).toMatch(/\/\*/);
      }),
      { numRuns: 3000 },
    );
  });
});
