import { UserError } from '../errors.ts';
import { ACTIONS, SETTING_NAMES } from './schema.ts';
import { variableOf } from './settings.ts';

/**
 * Arguments of people at a terminal, as the variables Woodpecker would set: `list docs/x.md`, `lint --format json`, `--dry-run`.
 * The first word may be an action; other words are files or globs; `--a-setting value` or `--a-setting=value` is any setting.
 * @throws UserError on an option that is no setting
 */
export function readCommandLine(words: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  const files: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('-')) {
      const [option = '', given] = word.replace(/^--/, '').split(/=(.*)/s);
      const name = SETTING_NAMES.find((known) => known === option.replaceAll('-', '_'));
      if (name === undefined) throw new UserError(`${word} is not an option`, 'Every setting is one, for instance --dry-run or --log-level debug; --help lists them.');
      // Whoever lets somebody run `postmortem-plugin lint ...` does not mean any other action.
      if (name === 'action' && 'PLUGIN_ACTION' in variables) throw new UserError('the action is given twice', `Leave out ${word}, or the action in front of it.`);
      // A bare flag is true, unless a word follows that belongs to it.
      const next = rest[0];
      const takesNext = given === undefined && next !== undefined && !next.startsWith('--') && !isFlag(name, next);
      variables[variableOf(name)] = given ?? (takesNext ? (rest.shift() ?? '') : 'true');
    } else if (files.length === 0 && !('PLUGIN_ACTION' in variables) && ACTIONS.some((action) => action === word)) {
      variables['PLUGIN_ACTION'] = word;
    } else {
      files.push(word);
    }
  }
  if (files.length > 0) variables['PLUGIN_POST_MORTEMS'] = JSON.stringify(files);
  return variables;
}

const FLAGS = new Set<string>(['dry_run', 'retry', 'vault_skip_verify', 'ssh_insecure', 'apply', 'fix', 'check']);

/** Whether an option stands alone: it is true or false, and the next word is neither. */
function isFlag(name: string, next: string): boolean {
  return FLAGS.has(name) && !/^(?:true|false|yes|no|on|off|0|1)$/i.test(next);
}
