import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/guard/configuration.ts';
import { checkPlan, samePlan } from '../../src/guard/plan.ts';
import { summary } from '../../src/guard/planned-changes.ts';
import { SCENARIOS } from '../guard/plans/scenarios.ts';

const hasTerraform = spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0;
const PLANS = join(import.meta.dirname, '../guard/plans');

/** One stack in a temp folder, without network: only Terraform's built-in provider is there. */
class Stack {
  readonly folder = mkdtempSync(join(tmpdir(), 'plan-gate-'));

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  run(...args: string[]): { readonly ok: boolean; readonly stdout: string; readonly stderr: string } {
    const { TF_CLI_CONFIG_FILE: _, ...env } = process.env;
    const result = spawnSync('terraform', args, {
      cwd: this.folder,
      env: { ...env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    return { ok: result.status === 0, stdout: result.stdout, stderr: result.stderr };
  }

  apply(files: Readonly<Record<string, string>>): void {
    this.write(files);
    this.run('init', '-input=false');
    const applied = this.run('apply', '-input=false', '-auto-approve', '-no-color');
    if (!applied.ok) throw new Error(applied.stderr);
  }

  /** What the show command prints for a new plan of the files. */
  plan(files: Readonly<Record<string, string>>, name = 'plan.tfplan'): string {
    this.write(files);
    this.run('init', '-input=false');
    this.run('plan', '-input=false', `-out=${name}`);
    return this.run('show', '-json', name).stdout;
  }
}

describe.skipIf(!hasTerraform)('the plan gate over the real terraform (skipped where it is not installed)', () => {
  let stack: Stack;
  beforeEach(() => {
    stack = new Stack();
  });
  afterEach(() => rmSync(stack.folder, { recursive: true, force: true }));

  it.each(SCENARIOS)('judges $name as the recorded plan is judged', ({ name, before, after, allowed, refused, warning }) => {
    if (before) stack.apply(before);
    const shown = stack.plan(after);
    // RECORD_PLANS=1 renews the recorded plans, see test/guard/plans/README.md.
    if (process.env['RECORD_PLANS']) writeFileSync(join(PLANS, `${name}.json`), shown);
    const verdict = checkPlan(shown);
    if (verdict.kind === 'allowed') {
      expect(summary(verdict.changes)).toBe(allowed);
      expect(verdict.warnings).toEqual(warning === undefined ? [] : [warning]);
    } else {
      expect(verdict.reasons).toEqual([refused]);
    }
  });

  it('finds the plan between what a wrapper prints', () => {
    const shown = stack.plan({ 'main.tf': 'resource "terraform_data" "web" {}\n' });
    expect(checkPlan(`Decrypting state of web ...\n${shown}state unchanged\n`).kind).toBe('allowed');
  });

  it('refuses what the show command prints when there is no such plan', () => {
    stack.run('init', '-input=false');
    const { stdout, stderr } = stack.run('show', '-json', 'missing.tfplan');
    expect(checkPlan(stdout + stderr).kind).toBe('refused');
  });

  it('refuses the JSON of a state in place of a plan', () => {
    stack.apply({ 'main.tf': 'resource "terraform_data" "web" {\n  input = "one"\n}\n' });
    const verdict = checkPlan(stack.run('show', '-json').stdout);
    expect(verdict.kind === 'refused' && verdict.reasons.join()).toContain('is not a plan');
  });

  it('knows the same plan again when a saved one went stale, and a different one as different', () => {
    const files = (input: string): Record<string, string> => ({
      'main.tf': `resource "terraform_data" "web" {\n  input = "${input}"\n}\nresource "terraform_data" "other" {\n  input = var.other\n}\n`,
      'variables.tf': 'variable "other" {\n  default = "x"\n}\n',
    });
    stack.apply(files('one'));
    const gated = checkPlan(stack.plan(files('two'), 'gated.tfplan'));
    // Somebody else's apply: the state moves on, what this plan does stays.
    stack.run('apply', '-input=false', '-auto-approve', '-var=other=y', '-target=terraform_data.other');
    const apply = stack.run('apply', '-input=false', '-no-color', 'gated.tfplan');
    expect(apply.ok).toBe(false);
    expect(apply.stderr).toContain('Saved plan is stale');

    stack.run('apply', '-input=false', '-auto-approve', '-target=terraform_data.other');
    expect(samePlan(gated, checkPlan(stack.plan(files('two'))))).toBe(true);
    expect(samePlan(gated, checkPlan(stack.plan(files('three'))))).toBe(false);
  });

  it('does not let a destroy pass for the plan it was gated as', () => {
    stack.apply({ 'main.tf': 'resource "terraform_data" "web" {\n  input = "one"\n}\n' });
    const gated = checkPlan(stack.plan({ 'main.tf': 'resource "terraform_data" "web" {\n  input = "two"\n}\n' }));
    const destroy = checkPlan(stack.plan({ 'main.tf': '' }));
    expect(destroy.kind).toBe('refused');
    expect(samePlan(gated, destroy)).toBe(false);
    expect(samePlan(destroy, destroy)).toBe(false);
  });
});

/** Text that Terraform takes for a provisioner; the configuration gate must see it too. */
const HIDDEN_PROVISIONERS: readonly (readonly [name: string, body: string])[] = [
  ['plain', 'provisioner "local-exec" {\n command = "true"\n}'],
  ['behind a comment', 'provisioner/**/"local-exec"{\ncommand = "true"\n}'],
  ['with an unquoted label', 'provisioner local-exec {\n command = "true"\n}'],
  ['with an escaped label', 'provisioner "local\\u002dexec" {\n command = "true"\n}'],
  [
    'after a heredoc that looks longer than it is',
    'input = <<EOT\n  EOT\nprovisioner "local-exec" {\n command = "true"\n}\n# EOT',
  ],
  ['after a text with a comment in it', 'input = "/*"\nprovisioner "local-exec" {\n command = "true"\n}\n# */'],
  ['after an interpolation with a bracket in it', 'input = "${"}"}"\nprovisioner "local-exec" {\n command = "true"\n}'],
  ['with Windows line ends', 'input = <<EOT\r\nx\r\nEOT\r\nprovisioner "local-exec" {\r\n command = "true"\r\n}'],
];

describe.skipIf(!hasTerraform)('the configuration gate over the real terraform (skipped where it is not installed)', () => {
  it.each(HIDDEN_PROVISIONERS)('sees a provisioner %s that Terraform sees', (_, body) => {
    const stack = new Stack();
    const text = `resource "terraform_data" "web" {\n${body}\n}\n`;
    const shown = stack.plan({ 'main.tf': text });
    rmSync(stack.folder, { recursive: true, force: true });
    expect(JSON.stringify(checkPlan(shown))).toContain('has a provisioner');
    expect(checkConfiguration([{ path: 'stacks/web/main.tf', text }], [])).toContainEqual(
      expect.stringContaining('a provisioner runs commands when applied'),
    );
  });

  it('refuses an external data source in text, before Terraform asks for its provider', () => {
    const text = 'data "external" "id" {\n  program = ["sh", "-c", "touch ran"]\n}\n';
    expect(checkConfiguration([{ path: 'stacks/web/main.tf', text }], [])[0]).toBe(
      'stacks/web/main.tf:1: an external data source runs a program when planned',
    );
  });
});
