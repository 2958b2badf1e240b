import { allBlocks, canonical, plainText, readHcl } from './blocks.ts';
import type { Attribute, Block } from './blocks.ts';
import type { Finding } from './configuration.ts';
import { fileCallFindings } from './file-calls.ts';
import { folderOf, moduleFolder } from './module-sources.ts';
import type { SourceFile } from './stacks.ts';

/** Providers that neither run programs nor reach anything: Terraform's own, and HashiCorp's with no I/O at all. */
const HARMLESS_PROVIDERS = new Set(['terraform', 'null', 'random', 'time']);

/** Types by which a plan or an apply acts on the host's own files (hashicorp/local, hashicorp/archive). */
const HOST_TYPES = /^(?:local|archive)_/;

/** Data sources that send what they are given to an address of the configuration's choice. */
const OUTWARD_DATA = new Set(['http', 'terraform_remote_state']);

/** What in one `.tf` or `.tofu` file runs code, or decides which code runs. @throws HclError */
export function terraformFindings(file: SourceFile, all: readonly SourceFile[]): Finding[] {
  const hcl = readHcl(file.text);
  const folder = folderOf(file.path);
  const blocks = allBlocks(hcl.blocks);
  return [
    ...blocks.flatMap((block) => [
      ...runningBlock(block, folder),
      ...typedBlock(block, folder),
      ...postrender(block, folder),
    ]),
    ...hcl.blocks.flatMap((block) => decidingBlock(block, file, all)),
    ...fileCallFindings(hcl.tokens, folder),
  ];
}

/** Blocks that run something by themselves, at any depth. */
function runningBlock(block: Block, folder: string): Finding[] {
  const { type, labels, line } = block;
  const refuse = (reason: string): Finding => ({ line, rule: 'always', key: '', reason });
  const key = `${type} ${folder} ${block.canonical}`;
  const refuseNew = (reason: string): Finding => ({ line, rule: 'new', key, reason });
  if (type === 'provisioner' || (type === 'dynamic' && labels.includes('provisioner'))) {
    return [refuse('a provisioner runs commands when applied')];
  }
  if ((type === 'data' || type === 'ephemeral') && labels[0] === 'external') {
    return [refuse('an external data source runs a program when planned')];
  }
  if (type === 'ephemeral') return [refuseNew('an ephemeral resource is opened while planning, and is new or changed')];
  if (type === 'action' || type === 'action_trigger') {
    return [refuseNew(`an ${type} runs something when applied, and is new or changed`)];
  }
  if (type === 'data' && OUTWARD_DATA.has(labels[0] ?? '')) {
    return [refuseNew(`data "${labels[0] ?? ''}" sends a request when planned, and is new or changed`)];
  }
  return [];
}

/** Resources and data sources: by their type (or `provider =`) they decide which provider runs. */
function typedBlock(block: Block, folder: string): Finding[] {
  const type = block.labels[0];
  if (!['resource', 'data', 'ephemeral'].includes(block.type) || type === undefined) return [];
  const findings: Finding[] = [];
  const named = attribute(block, 'provider')?.value[0];
  const provider = named?.text ?? type.split('_')[0] ?? '';
  if (!HARMLESS_PROVIDERS.has(provider)) {
    const reason = `the provider "${provider}" was not used here before, and a provider is a program that runs when planned`;
    findings.push({ line: block.line, rule: 'new', key: providerKey(provider), reason });
  }
  if (HOST_TYPES.test(type)) {
    const reason = `${type} acts on files of the machine that plans and applies, and is new or changed`;
    findings.push({ line: block.line, rule: 'new', key: `host ${folder} ${block.canonical}`, reason });
  }
  return findings;
}

/** Helm's post-renderer is a program on the host; a block in version 2 of the provider, an attribute in version 3. */
function postrender(block: Block, folder: string): Finding[] {
  const reason = 'a post-renderer runs a program on the host, and is new or changed';
  const finding = (line: number, text: string): Finding => ({
    line,
    rule: 'new',
    key: `postrender ${folder} ${text}`,
    reason,
  });
  if (block.type === 'postrender') return [finding(block.line, block.canonical)];
  const value = attribute(block, 'postrender');
  return value ? [finding(value.line, canonical(value.value))] : [];
}

/** Blocks at a file's top that decide where code comes from and whom it acts as. */
function decidingBlock(block: Block, file: SourceFile, all: readonly SourceFile[]): Finding[] {
  const { line, labels } = block;
  const folder = folderOf(file.path);
  if (block.type === 'terraform') {
    const reason = 'the terraform block (versions, providers, where the state lies) was added, changed or removed';
    const required = block.blocks
      .filter(({ type }) => type === 'required_providers')
      .flatMap(({ attributes }) => attributes);
    const finding: Finding = { line, rule: 'changed', key: `terraform ${folder} ${block.canonical}`, reason };
    return [finding, ...declaredProviders(required.map(({ name }) => name))];
  }
  if (block.type === 'provider') {
    const reason = `the provider "${labels[0] ?? ''}" block (what Terraform acts on, and as whom) was added, changed or removed`;
    return [{ line, rule: 'changed', key: `provider ${folder} ${block.canonical}`, reason }, ...declaredProviders(labels)];
  }
  return block.type === 'module' ? moduleFindings(block, file, all) : [];
}

/** Providers that were declared before count as used; a new declaration has a finding of its own. */
function declaredProviders(names: readonly string[]): Finding[] {
  return names.map((name) => ({
    line: 1,
    rule: 'new',
    key: providerKey(name),
    reason: `the provider "${name}" is newly declared`,
  }));
}

function providerKey(name: string): string {
  return `uses provider ${name}`;
}

function moduleFindings(block: Block, file: SourceFile, all: readonly SourceFile[]): Finding[] {
  const source = attribute(block, 'source');
  const name = `module "${block.labels[0] ?? ''}"`;
  const text = source ? plainText(source.value) : null;
  const folder = text === null ? null : moduleFolder(file.path, text);
  if (folder !== null) {
    if (folder.startsWith('..')) {
      return [{ line: block.line, rule: 'always', key: '', reason: `${name} lies outside the repository` }];
    }
    if (all.some(({ path }) => folderOf(path) === folder && /\.(?:tf|tofu)(?:\.json)?$/i.test(path))) return [];
    return [
      {
        line: block.line,
        rule: 'always',
        key: '',
        reason: `${name} comes from ${folder || '.'}, where no Terraform file was found`,
      },
    ];
  }
  const version = attribute(block, 'version');
  const key = `module ${canonical(source?.value ?? [])} ${canonical(version?.value ?? [])}`;
  return [
    {
      line: block.line,
      rule: 'new',
      key,
      reason: `${name} brings in code from elsewhere, in a version that was not used here before`,
    },
  ];
}

function attribute(block: Block, name: string): Attribute | undefined {
  return block.attributes.find((candidate) => candidate.name === name);
}
