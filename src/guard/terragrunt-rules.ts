import { allBlocks, callsOf, canonical, readHcl } from './blocks.ts';
import type { Finding } from './configuration.ts';
import { fileCallFindings } from './file-calls.ts';
import type { Token } from './hcl.ts';
import { folderOf } from './module-sources.ts';
import type { SourceFile } from './stacks.ts';

/** Terragrunt functions that read other files or the environment while planning. */
const READERS = /^(?:get_env|read_terragrunt_config|read_tfvars_file|sops_decrypt_file)$/;

/**
 * What in one Terragrunt file runs programs or decides what runs. Terragrunt evaluates nearly everything before it plans, so
 * only `inputs` may change. @throws HclError
 */
export function terragruntFindings(file: SourceFile): Finding[] {
  const hcl = readHcl(file.text);
  const hooks = allBlocks(hcl.blocks).filter(({ type }) => /^(?:before|after|error)_hook$/.test(type));
  const statements = [
    ...hcl.blocks.map(({ type, line, canonical: text }) => ({ name: `the ${type} block`, line, text })),
    ...hcl.attributes
      .filter(({ name }) => name !== 'inputs')
      .map(({ name, line, value }) => ({ name, line, text: `${name} ${canonical(value)}` })),
  ];
  return [
    ...hooks.map(({ type, line }): Finding => ({
      line,
      rule: 'always',
      key: '',
      reason: `a Terragrunt ${type} runs a program`,
    })),
    ...statements.map(({ name, line, text }): Finding => {
      const reason = `${name} of a Terragrunt file was added, changed or removed (only inputs may be)`;
      return { line, rule: 'changed', key: `terragrunt ${file.path} ${text}`, reason };
    }),
    ...callFindings(hcl.tokens, file.path),
    ...fileCallFindings(hcl.tokens, folderOf(file.path)),
  ];
}

function callFindings(tokens: readonly Token[], path: string): Finding[] {
  const programs = callsOf(tokens, /^run_cmd$/).map(({ line }): Finding => {
    return { line, rule: 'always', key: '', reason: 'run_cmd runs a program when planned' };
  });
  const readers = callsOf(tokens, READERS).map(({ name, line, argument }): Finding => {
    const reason = `${name} reads other files or the environment when planned, and is new or changed`;
    return { line, rule: 'new', key: `reads ${path} ${name} ${canonical(argument)}`, reason };
  });
  return [...programs, ...readers];
}
