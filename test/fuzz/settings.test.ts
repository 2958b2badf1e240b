import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, Redactor } from '../../src/log.ts';
import { ACTIONS, SETTING_NAMES, SETTINGS } from '../../src/settings/schema.ts';
import type { SettingName } from '../../src/settings/schema.ts';
import { readSettings, SettingsError, variableOf } from '../../src/settings/settings.ts';
import { runs } from './runs.ts';

/** Values as people, Woodpecker and accidents make them: scalars, comma lists, JSON, halves of JSON, other shells' leftovers. */
const value = fc.oneof(
  fc.constantFrom(...ACTIONS, 'ssh', 'local', 'text', 'sarif', 'published', 'true', 'False', ' yes ', '0', '', ' ', '\n', 'null', 'undefined', 'NaN', '1e400', '-0', '0x10', '٣', '５'),
  fc.constantFrom('[]', '["a", "b"]', '[', '{', '{}', '{"P0": 14}', '{"P0": "never", "P9": 1}', '{"__proto__": 1}', '[[[1]], {"a": null}]', '"text"', 'P0=14,P1=never', '=', ',', ',,,', '{a,b', 'a},{b'),
  fc.constantFrom('30m', '1h30m', '999999999999d', '1.5.5s', '$5', '5 usd', '0.001', 'https://vault:8200', 'host:22,[::1]:2222', 'wizard@host', 'T000/B000/xxx', '$(id)', '${HOME}', '%s', '\u001b[31m\u202e'),
  fc.constantFrom('-----BEGIN OPENSSH PRIVATE KEY-----\\nabc', `${'['.repeat(20_000)}`, '1'.repeat(2_000), `host ssh-ed25519 ${'A'.repeat(60)},host2`, '(a+)+$', 'a'.repeat(3_000)),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.json({ maxDepth: 3 }),
  fc.integer().map(String),
  fc.double().map(String),
);

/** Names of settings, names that are nearly ones, and anything. */
const name = fc.oneof(
  { arbitrary: fc.constantFrom<string>(...SETTING_NAMES), weight: 8 },
  fc.constantFrom<string>(...SETTING_NAMES).chain((known) => fc.nat(known.length).map((at) => known.slice(0, at) + known.slice(at + 1))),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x'.repeat(200), '', '\u001b[2J', 'a b', '-'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

const environment = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => Object.fromEntries(pairs.map(([key, text]) => [variableOf(key), text])));

/** What is wrong, or nothing; anything but a `SettingsError` comes out as it is and fails the test. */
function complaintsOf(given: Readonly<Record<string, string>>, redactor = new Redactor()): SettingsError | null {
  try {
    const settings = readSettings(given, redactor);
    expect(Object.keys(settings)).toEqual(SETTING_NAMES);
    return null;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error;
  }
}

test('any values are settings, or problems that name the setting as written in the yml, what was seen, and a remedy', () => {
  fc.assert(
    fc.property(environment, (given) => {
      const complaints = complaintsOf(given);
      if (complaints === null) return;
      expect(complaints.message).not.toMatch(/PLUGIN_[A-Z]/);
      // eslint-disable-next-line no-control-regex
      expect(complaints.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      const [, ...problems] = complaints.message.split(/^ {2}- /m);
      expect(problems.length).toBeGreaterThan(0);
      const named = [...SETTING_NAMES, ...Object.keys(given).map((variable) => printable(variable.slice('PLUGIN_'.length).toLowerCase()))];
      for (const problem of problems) {
        expect(problem).toMatch(/: [^]+\n {6}\S/);
        expect(named.some((known) => problem.startsWith(`${known}: `)), problem).toBe(true);
      }
    }),
    runs(300),
  );
});

test('a setting that is wrong by itself is among the problems, whatever the others are', () => {
  fc.assert(
    fc.property(environment, fc.constantFrom<SettingName>('ssh_port', 'budget_usd', 'todo_timeout', 'dry_run', 'action', 'overdue_days'), (given, wrong) => {
      const complaints = complaintsOf({ ...given, [variableOf(wrong)]: 'no such value' });
      expect(complaints?.message).toMatch(new RegExp(`^  - ${wrong}: "no such value" `, 'm'));
    }),
    runs(150),
  );
});

const SECRETS = SETTING_NAMES.filter((known) => SETTINGS[known].secret);

/** A secret that is nobody's word; pieces of it are looked for, too. */
const secret = fc.tuple(fc.string({ unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789+/'), minLength: 24, maxLength: 90 }), fc.constantFrom('', '\n', '\\n', ' ', '"', '\u0000')).map(([text, odd]) => `${text.slice(0, 20)}${odd}${text.slice(20)}`);

test('no message holds a secret, nor a piece of one, also when it was given to the wrong setting or to none', () => {
  expect(SECRETS.length).toBeGreaterThan(3);
  fc.assert(
    fc.property(environment, fc.constantFrom(...SECRETS), secret, name, fc.string({ maxLength: 70 }), (given, holder, planted, other, before) => {
      const redactor = new Redactor();
      const complaints = complaintsOf({ ...given, [variableOf(other)]: `${before}${planted}`, [variableOf(holder)]: planted }, redactor);
      const said = complaints === null ? '' : redactor.redact(`${complaints.message}\n${complaints.remedy}`);
      for (const part of planted.split(/[^A-Za-z0-9+/]+/)) {
        for (let at = 0; at + 14 <= part.length; at += 1) expect(said).not.toContain(part.slice(at, at + 14));
      }
    }),
    runs(300),
  );
});
