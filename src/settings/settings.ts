import { UserError } from '../errors.ts';
import { cut, printable } from '../log.ts';
import type { Redactor } from '../log.ts';
import { editDistance } from '../postmortem/spelling.ts';
import { SETTINGS, SETTING_NAMES } from './schema.ts';
import type { SettingName, Settings } from './schema.ts';

/** One thing that is wrong with the settings. */
export interface SettingProblem {
  /** As written in the yml, also when it is not known. */
  readonly name: string;
  readonly message: string;
  readonly remedy: string;
}

/** All that is wrong with the settings, in one list. */
export class SettingsError extends UserError {
  constructor(problems: readonly SettingProblem[]) {
    const listed = problems.map(({ name, message, remedy }) => `\n  - ${name}: ${message}\n      ${remedy}`).join('');
    const what = problems.length === 1 ? 'a setting is' : `${problems.length} settings are`;
    super(`${what} not usable:${listed}`, 'All settings: docs.md, or the plugin with --help.');
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings from the variables Woodpecker makes of them (`ssh_host` -> `PLUGIN_SSH_HOST`). An empty variable is unset.
 * Secrets are registered with the redactor first, so that no message can show one.
 * @throws SettingsError naming every problem
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>, redactor: Redactor): Settings {
  for (const name of SETTING_NAMES) if (SETTINGS[name].secret) redactor.add(environment[variableOf(name)]);
  const problems = unknownSettings(environment);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const raw = environment[variableOf(name)];
    const { schema, fallback, secret } = SETTINGS[name];
    if (raw === undefined || raw.trim() === '') {
      values[name] = fallback;
      continue;
    }
    const read = schema.safeParse(raw);
    if (read.success) values[name] = read.data;
    else for (const issue of read.error.issues) problems.push(problem(name, raw, secret, issue, redactor));
  }
  const settings = values as Settings;
  if (problems.length === 0) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** The variable that carries a setting. */
export function variableOf(name: string): string {
  return `PLUGIN_${name.toUpperCase()}`;
}

function problem(name: string, raw: string, secret: boolean, issue: { readonly message: string }, redactor: Redactor): SettingProblem {
  const params = (issue as { params?: { remedy?: string } }).params;
  // A secret in the wrong setting: it is masked before anything is cut off or left out, since a part is no longer recognised.
  const shown = (text: string, length: number): string => {
    const line = printable(redactor.redact(text));
    return line.length > length ? `${cut(line, length)}...` : line;
  };
  const seen = secret ? `a secret of ${raw.length} characters` : JSON.stringify(shown(raw, 60));
  return { name, message: `${seen} ${shown(issue.message, 200)}`, remedy: params?.remedy ?? 'See docs.md.' };
}

/** Variables that look like settings and are none, each with the nearest known name. */
function unknownSettings(environment: Readonly<Record<string, string | undefined>>): SettingProblem[] {
  const known = new Set(SETTING_NAMES.map(variableOf));
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('PLUGIN_') && !known.has(variable) && environment[variable] !== '')
    .map((variable) => {
      const name = printable(variable.slice('PLUGIN_'.length).toLowerCase());
      // Half a name, such as `budget` for `budget_usd`, is nearer than any other of as few letters.
      const far = (known: string): number => (known.split('_').includes(name) || known.startsWith(`${name}_`) ? 0.5 : editDistance(name, known));
      const nearest = [...SETTING_NAMES].sort((a, b) => far(a) - far(b))[0] ?? '';
      const close = far(nearest) <= Math.max(2, Math.floor(name.length / 3));
      return { name, message: 'is not a setting', remedy: close ? `Did you mean ${nearest}?` : `Remove it; the nearest name is ${nearest}. --help lists all.` };
    });
}

/** What each setting allows by itself and all of them together do not. */
function contradictions(settings: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const missing = (name: SettingName, why: string, remedy: string) => problems.push({ name, message: `is missing: ${why}`, remedy });
  if (settings.post_mortems.length === 0) missing('post_mortems', 'no document would be read', 'Give at least one glob.');
  if (settings.stacks.length === 0) missing('stacks', 'no change could be planned', 'Give at least one glob, for instance stacks/*.');
  if (settings.slack_channel !== null && settings.slack_token === null && settings.slack_webhook === null) {
    missing('slack_token', 'slack_channel is set, which needs it', 'Add slack_token from a secret, or use slack_webhook instead.');
  }
  if (settings.slack_token !== null && settings.slack_channel === null) {
    missing('slack_channel', 'slack_token is set, which needs it', 'Add slack_channel, for instance C0123456789 or #alerts.');
  }
  const printing = ['list', 'health', 'digest', 'notify'];
  if (settings.format !== 'text' && settings.format !== 'json' && printing.includes(settings.action)) {
    problems.push({ name: 'format', message: `"${settings.format}" is a format of action lint`, remedy: `Use text or json with action ${settings.action}.` });
  }
  if (settings.action === 'notify' && settings.message === null) {
    missing('message', 'there is nothing to tell', 'Set message to investigating, fixed or published.');
  }
  if (settings.action === 'notify' && settings.subject === null && settings.message !== 'published') {
    missing('subject', 'the message has to say what it is about', 'Set subject to what is broken, for instance "DNS is slow".');
  }
  if (settings.action === 'implement' && settings.shard !== null && settings.shard.count > 1 && !settings.apply) {
    const message = 'does not go with apply: false: its pushes start pipelines, and by default Woodpecker cancels the other shards for them';
    problems.push({ name: 'shard', message, remedy: 'Remove shard, or let the plugin apply.' });
  }
  if (settings.action === 'implement' && settings.runner === 'ssh' && !settings.dry_run) problems.push(...connectionProblems(settings));
  return problems;
}

function connectionProblems(settings: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const missing = (name: SettingName, why: string, remedy: string) => problems.push({ name, message: `is missing: ${why}`, remedy });
  const alternatives = 'For a look without any of it set dry_run: true; to work in this container set runner: local.';
  if (settings.ssh_host.length === 0) missing('ssh_host', 'the run works on the dev VM over SSH', `Set ssh_host: dev-vm.example.com. ${alternatives}`);
  if (settings.ssh_username === null) missing('ssh_username', 'the run logs in on the dev VM', 'Set ssh_username to the user who owns the workspace.');
  if (settings.ssh_key === null && settings.vault_addr === null) {
    missing('vault_addr', 'the SSH key comes from Vault', 'Set vault_addr and vault_role, or give the key itself: ssh_key from a secret.');
  }
  if (settings.ssh_key === null && settings.vault_addr !== null && settings.vault_role === null && settings.vault_token === null) {
    missing('vault_role', 'the Kubernetes login needs a role', "Set vault_role to the role bound to the pod's service account; for local runs vault_token.");
  }
  return problems;
}
