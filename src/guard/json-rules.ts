import type { Finding } from './configuration.ts';
import { HclError } from './hcl.ts';
import type { SourceFile } from './stacks.ts';

/**
 * Configuration in JSON (`.tf.json`, `.hcl.json`): nobody writes it by hand, so a new or changed one is for a person; in one
 * that was there before, whatever runs programs is refused as in HCL.
 * @throws HclError when it is no JSON
 */
export function jsonFindings(file: SourceFile): Finding[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(file.text.replace(/^\ufeff/, ''));
  } catch {
    throw new HclError(1, 'it is no valid JSON');
  }
  const reason = 'configuration written in JSON was added, changed or removed';
  const findings: Finding[] = [{ line: 1, rule: 'changed', key: `json ${file.path} ${file.text}`, reason }];
  const queue: unknown[] = [parsed];
  for (const value of queue) {
    if (Array.isArray(value)) queue.push(...(value as unknown[]));
    const isCommand = typeof value === 'string' && /\brun_cmd\s*\(/.test(value);
    if (isCommand) findings.push(always('run_cmd runs a program when planned'));
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'provisioner') findings.push(always('a provisioner runs commands when applied'));
      if (key === 'data' || key === 'ephemeral') findings.push(...externalIn(child));
      if (/^(?:before|after|error)_hook$/.test(key)) findings.push(always(`a ${key} runs a program`));
      queue.push(child);
    }
  }
  return findings;
}

function externalIn(child: unknown): Finding[] {
  const types = (Array.isArray(child) ? (child as unknown[]) : [child]).filter(
    (type) => typeof type === 'object' && type !== null,
  );
  return types.some((type) => 'external' in type) ? [always('an external data source runs a program when planned')] : [];
}

function always(reason: string): Finding {
  return { line: 1, rule: 'always', key: '', reason };
}
