import { templateFindings } from './file-calls.ts';
import { HclError } from './hcl.ts';
import { jsonFindings } from './json-rules.ts';
import { shown } from './paths.ts';
import type { SourceFile } from './stacks.ts';
import { terraformFindings } from './terraform-rules.ts';
import { terragruntFindings } from './terragrunt-rules.ts';

/** Something in a file that the gate has to judge. */
export interface Finding {
  readonly line: number;
  /**
   * `always`: refused wherever it stands. `new`: refused unless the same was there before. `changed`: as `new`, and it may not
   * go away either.
   */
  readonly rule: 'always' | 'new' | 'changed';
  /** Equal for two findings that mean the same. */
  readonly key: string;
  /** Reads after `file:line: `. */
  readonly reason: string;
}

/**
 * The configuration gate, before anything is planned: planning itself runs code (data sources, providers, Terragrunt).
 *
 * @param after every text file of one stack's folder and of the local modules it uses, as the patch leaves them (on the disk, so
 *   with files that git ignores)
 * @param before the same folders before the patch
 * @returns why the stack must not be planned, one line each, `file:line: ...`; empty when it may
 */
export function checkConfiguration(after: readonly SourceFile[], before: readonly SourceFile[]): string[] {
  const old = before.map((file) => ({ file, findings: findingsOf(file, before) }));
  const known = new Set(old.flatMap(({ findings }) => findings.map(({ key }) => key)));
  const kept = new Set<string>();
  const reasons: string[] = [];
  for (const file of after) {
    for (const finding of findingsOf(file, after)) {
      kept.add(finding.key);
      if (finding.rule === 'always' || !known.has(finding.key)) {
        reasons.push(`${shown(file.path)}:${finding.line}: ${finding.reason}`);
      }
    }
  }
  for (const { file, findings } of old) {
    for (const { rule, key, reason } of findings) {
      const isSaid = reasons.some((said) => said.startsWith(`${shown(file.path)}:`) && said.endsWith(reason));
      if (rule === 'changed' && !kept.has(key) && !isSaid) reasons.push(`${shown(file.path)}: ${reason}`);
    }
  }
  return [...new Set(reasons)];
}

function findingsOf(file: SourceFile, all: readonly SourceFile[]): Finding[] {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1).toLowerCase();
  try {
    if (/\.(?:tf|tofu|hcl)\.json$/.test(name)) return jsonFindings(file);
    if (/\.(?:tf|tofu)$/.test(name)) return [...shadowing(file, name), ...terraformFindings(file, all)];
    // Tests, their mocks and provider locks take no part in a plan.
    if (/\.(?:tftest|tfmock|terraform\.lock)\.hcl$/.test(name) || name === '.terraform.lock.hcl') return [];
    if (/\.hcl$/.test(name)) return terragruntFindings(file);
    return templateFindings(file);
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    return [{ line: error.line, rule: 'always', key: '', reason: `cannot be read for certain: ${error.message}` }];
  }
}

/** Files that silently replace what other files say (Terraform's override files, OpenTofu's own extension). */
function shadowing(file: SourceFile, name: string): Finding[] {
  if (/(?:^|_)override\.(?:tf|tofu)$/.test(name)) {
    const reason = 'an override file (it replaces what other files say) was added, changed or removed';
    return [{ line: 1, rule: 'changed', key: `override ${file.path} ${file.text}`, reason }];
  }
  if (!name.endsWith('.tofu')) return [];
  const reason = 'a new .tofu file takes the place of the .tf file of that name';
  return [{ line: 1, rule: 'new', key: `tofu ${file.path}`, reason }];
}
