import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../../src/settings/command-line.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/settings/schema.ts';

const FILE = 'docs/post-mortems/2026-01-10-web.md';

describe('arguments of people at a terminal', () => {
  test('none at all, as Woodpecker calls it', () => {
    expect(readCommandLine([])).toEqual({});
  });

  test('an action and files', () => {
    expect(readCommandLine(['list', FILE, 'docs/*.md'])).toEqual({ PLUGIN_ACTION: 'list', PLUGIN_POST_MORTEMS: JSON.stringify([FILE, 'docs/*.md']) });
  });

  test('settings, with = or a space, with dashes or underscores', () => {
    expect(readCommandLine(['lint', '--format=json', '--log-level', 'debug', '--max_todos', '3', '--plan-command=tf plan -out={plan}'])).toEqual({
      PLUGIN_ACTION: 'lint',
      PLUGIN_FORMAT: 'json',
      PLUGIN_LOG_LEVEL: 'debug',
      PLUGIN_MAX_TODOS: '3',
      PLUGIN_PLAN_COMMAND: 'tf plan -out={plan}',
    });
  });

  test.each(SETTING_NAMES.filter((name) => typeof SETTINGS[name].fallback === 'boolean'))('--%s stands alone, and does not take the file behind it', (name) => {
    const option = `--${name.replaceAll('_', '-')}`;
    expect(readCommandLine([option, FILE])).toEqual({ [`PLUGIN_${name.toUpperCase()}`]: 'true', PLUGIN_POST_MORTEMS: JSON.stringify([FILE]) });
    expect(readCommandLine([option, 'false'])).toEqual({ [`PLUGIN_${name.toUpperCase()}`]: 'false' });
  });

  test('a file called like an action can be named with its path', () => {
    expect(readCommandLine(['list', './list'])).toEqual({ PLUGIN_ACTION: 'list', PLUGIN_POST_MORTEMS: '["./list"]' });
    expect(readCommandLine(['list', 'lint'])).toEqual({ PLUGIN_ACTION: 'list', PLUGIN_POST_MORTEMS: '["lint"]' });
  });

  test.each(['--action', '--action=health'])('one action only: %s behind one is refused, so that a permission to lint is one to lint', (word) => {
    expect(() => readCommandLine(['lint', FILE, word, 'health'])).toThrow('the action is given twice');
    expect(readCommandLine(['--action', 'lint'])).toEqual({ PLUGIN_ACTION: 'lint' });
  });

  test.each(['--frobnicate', '--frobnicate=1', '-x', '-'])('%s is no option', (word) => {
    expect(() => readCommandLine([word])).toThrow(`${word} is not an option`);
  });
});
