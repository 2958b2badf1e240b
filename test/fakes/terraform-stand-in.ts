import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A recorded plan, and the text in a stack's main.tf it stands for. The first entry that fits is taken. */
export interface RecordedPlan {
  readonly stack: string;
  readonly contains: string;
  /** `show -json` of the plan, parsed. */
  readonly plan: unknown;
}

/**
 * Puts an executable `terraform` with these plans into a folder, for PATH.
 * @param source the script beside this file; a bundle must say where it lies
 */
export function installTerraformStandIn(
  folder: string,
  plans: readonly RecordedPlan[],
  source = new URL('./terraform-stand-in', import.meta.url).pathname,
): { readonly applied: () => string[] } {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'terraform');
  copyFileSync(source, path);
  chmodSync(path, 0o755);
  writeFileSync(`${path}.json`, JSON.stringify(plans));
  return { applied: () => (existsSync(`${path}.applied`) ? readFileSync(`${path}.applied`, 'utf8').trimEnd().split('\n') : []) };
}

/** The plans recorded with Terraform 1.11 for what `EXAMPLE_RULES` changes in the example repository. */
export function examplePlans(folder: string): RecordedPlan[] {
  const plan = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  return [
    { stack: 'dns', contains: '"lan.home.example"', plan: plan('dns-zone') },
    { stack: 'dns', contains: 'cache_mib = 256', plan: plan('dns-cache') },
    { stack: 'monitoring', contains: 'DnsServfailRate', plan: plan('monitoring-alert') },
    { stack: 'uptime', contains: 'nas_nfs', plan: plan('uptime-monitor') },
  ];
}
