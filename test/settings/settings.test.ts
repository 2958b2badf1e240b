import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/log.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/settings/schema.ts';
import { readSettings, SettingsError, variableOf } from '../../src/settings/settings.ts';

const REACHABLE = {
  PLUGIN_SSH_HOST: 'dev-vm',
  PLUGIN_SSH_USERNAME: 'infra',
  PLUGIN_VAULT_ADDR: 'https://vault.example.com',
  PLUGIN_VAULT_ROLE: 'ci',
};

/** The names and messages of all problems, in order. */
function problemsOf(environment: Readonly<Record<string, string>>): { text: string; names: string[] } {
  try {
    readSettings(environment, new Redactor());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { text: error.message, names: [...error.message.matchAll(/^ {2}- (.+?): /gm)].map(([, name = '']) => name) };
  }
  return { text: '', names: [] };
}

describe('settings', () => {
  test('are read from PLUGIN_ variables, with defaults for the rest', () => {
    const given = { ...REACHABLE, PLUGIN_BUDGET_USD: '2', PLUGIN_STACKS: 'live/*/*', CI_REPO: 'home/infra', PATH: '/bin' };
    expect(readSettings(given, new Redactor())).toMatchObject({
      ...{ action: 'implement', ssh_host: ['dev-vm'], budget_usd: 2, stacks: ['live/*/*'] },
      ...{ todo_timeout: 1_800_000, workspace: '~/code/infra', apply: true, model: null },
    });
  });

  test('that are empty are unset: Woodpecker passes "" for an empty list or text', () => {
    const given = { ...REACHABLE, PLUGIN_SAFE_TYPES: '', PLUGIN_MODEL: ' ', PLUGIN_DRY_RUN: '', PLUGIN_RETYR: '' };
    expect(readSettings(given, new Redactor())).toMatchObject({ safe_types: ['Alert', 'Config', 'Monitor'], model: null, dry_run: false });
  });

  test('all that is wrong comes in one list, by the names of the yml, with what was seen and the remedy', () => {
    const { text, names } = problemsOf({
      ...{ PLUGIN_SSH_PORT: 'twenty-two', PLUGIN_BUDGET_USD: '0', PLUGIN_ACTION: 'implment' },
      ...{ PLUGIN_SSH_HOSTS: 'dev-vm', PLUGIN_TODO_TIMEOUT: 'soon' },
    });
    expect(names.sort()).toEqual(['action', 'budget_usd', 'ssh_hosts', 'ssh_port', 'todo_timeout']);
    expect(text).toContain('5 settings are not usable:');
    expect(text).toContain('  - ssh_port: "twenty-two" is no whole number from 1 to 65535\n      Write a whole number from 1 to 65535.');
    expect(text).not.toContain('PLUGIN_');
  });

  test.each([
    ['ssh_hosts', 'Did you mean ssh_host?'],
    ['workspce', 'Did you mean workspace?'],
    ['budget', 'Did you mean budget_usd?'],
    ['webhook', 'Did you mean slack_webhook?'],
    ['vault_adress', 'Did you mean vault_addr?'],
    ['frobnicate_everything', 'Remove it; the nearest name is '],
  ])('an unknown one, %s: %s', (name, remedy) => {
    const { text, names } = problemsOf({ ...REACHABLE, [variableOf(name)]: 'x' });
    expect(names).toEqual([name]);
    expect(text).toContain(remedy);
  });

  test('what is missing to reach the dev VM is named all at once', () => {
    expect(problemsOf({}).names).toEqual(['ssh_host', 'ssh_username', 'vault_addr']);
    expect(problemsOf({ ...REACHABLE, PLUGIN_VAULT_ROLE: '' }).names).toEqual(['vault_role']);
  });

  test.each([
    ['with a key instead of Vault', { PLUGIN_SSH_HOST: 'dev-vm', PLUGIN_SSH_USERNAME: 'infra', PLUGIN_SSH_KEY: 'k' }],
    ['with a Vault token instead of a role', { ...REACHABLE, PLUGIN_VAULT_ROLE: '', PLUGIN_VAULT_TOKEN: 't' }],
    ['for a dry run', { PLUGIN_DRY_RUN: 'true' }],
    ['in this container', { PLUGIN_RUNNER: 'local' }],
    ['for the list', { PLUGIN_ACTION: 'list' }],
  ])('nothing is missing %s', (_, environment) => {
    expect(problemsOf(environment).names).toEqual([]);
  });

  test('half a Slack bot is a problem', () => {
    expect(problemsOf({ ...REACHABLE, PLUGIN_SLACK_CHANNEL: '#alerts' }).names).toEqual(['slack_token']);
    expect(problemsOf({ ...REACHABLE, PLUGIN_SLACK_TOKEN: 'xoxb-1' }).names).toEqual(['slack_channel']);
    expect(problemsOf({ ...REACHABLE, PLUGIN_SLACK_CHANNEL: '#alerts', PLUGIN_SLACK_TOKEN: 'xoxb-1' }).names).toEqual([]);
  });

  test('shards whose pushes would cancel each other are a problem', () => {
    expect(problemsOf({ ...REACHABLE, PLUGIN_SHARD: '2/5', PLUGIN_APPLY: 'false' }).names).toEqual(['shard']);
    expect(problemsOf({ ...REACHABLE, PLUGIN_SHARD: '1/1', PLUGIN_APPLY: 'false' }).names).toEqual([]);
    expect(problemsOf({ ...REACHABLE, PLUGIN_SHARD: '2/5' }).names).toEqual([]);
  });

  test('a value is shown short and harmless', () => {
    const { text } = problemsOf({ ...REACHABLE, PLUGIN_SSH_PORT: `\u001b[31m${'9'.repeat(500)}` });
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('9'.repeat(100));
  });

  test('the name of an unknown one is harmless, too', () => {
    expect(problemsOf({ ...REACHABLE, 'PLUGIN_A\u001b[31mB': 'x' }).text).not.toContain('\u001b');
  });
});

describe('secrets', () => {
  const secrets = SETTING_NAMES.filter((name) => SETTINGS[name].secret);

  test('are those that hold one', () => {
    expect(secrets).toEqual(['vault_token', 'ssh_key', 'ssh_passphrase', 'slack_webhook', 'slack_token']);
  });

  test.each(secrets)('%s never shows: not in a message, not in what is logged later', (name) => {
    const redactor = new Redactor();
    const secret = `planted-${name}-2f81ab`;
    const environment = { [variableOf(name)]: secret, PLUGIN_SSH_PORT: secret, PLUGIN_ACTION: secret };
    let message = '';
    try {
      readSettings(environment, redactor);
    } catch (error) {
      message = redactor.redact((error as Error).message);
    }
    expect(message).toContain('ssh_port');
    expect(message).not.toContain(secret);
    expect(redactor.redact(`a ${secret} b ${Buffer.from(secret).toString('base64')}`)).not.toMatch(/planted|cGxhbnRlZC/);
  });
});
