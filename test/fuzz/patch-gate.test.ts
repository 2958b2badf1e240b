import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { DIFF_ARGUMENTS, readChanges } from '../../src/guard/changes.ts';
import { checkPatch } from '../../src/guard/patch.ts';
import { DEFAULT_PROTECTED_PATHS } from '../../src/guard/paths.ts';
import { runs } from './runs.ts';

const LIMITS = { protectedPaths: DEFAULT_PROTECTED_PATHS, maxFiles: 100, maxLines: 1_000 };

/** One file of each kind that is protected, as git would print it. */
const PROTECTED = [
  ...['stacks/vault/main.tf', 'stacks/dbaas/x/y.tf', 'stacks/traefik/a', 'stacks/kyverno/policy.yaml', 'stacks/authentik/main.tf'],
  ...['.gitattributes', 'stacks/web/.gitattributes', '.gitmodules', '.github/workflows/x.yml', '.woodpecker/a.yml', '.woodpecker.yml', 'x/.gitlab-ci.yml', '.forgejo/workflows/a.yml'],
  ...['.claude/settings.json', 'stacks/web/.claude/agents/x.md', '.mcp.json', 'CLAUDE.md', 'stacks/web/CLAUDE.local.md', 'AGENTS.md'],
  ...['scripts/tg', 'scripts/tf-wrapper', 'root.hcl', '.envrc', 'stacks/web/.terraform.lock.hcl', 'stacks/web/terraform.tfstate', '.sops.yaml', 'docs/post-mortems/2026-01-01-x.md', '.terraform-version'],
];

/** Spellings of one character that some file system takes for the same, and characters that some take for nothing. */
const fullWidth = (char: string): string => (/[!-~]/.test(char) && char !== '/' ? String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0) : char);
const LOOKALIKES: Readonly<Record<string, readonly string[]>> = { s: ['\u017f'], k: ['\u212a'], '.': ['\uff0e', '\u2024'], '/': ['\\'], t: ['\u{1d42d}'], a: ['\u00aa'] };
const IGNORED = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u034f', '\u061c', '\u115f', '\u180b', '\ufe0f', '\u3164', '\u{e0100}', '\u{e0061}', '\u206a', '\u0000', '\u0001', '\t', '\n', '\u007f', '\u2028'];

const trick = fc.oneof(
  fc.nat().map((at) => (path: string) => swapped(path, at, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()))),
  fc.constant((path: string) => path.toUpperCase()),
  fc.nat().map((at) => (path: string) => swapped(path, at, fullWidth)),
  fc.tuple(fc.nat(), fc.nat()).map(([at, which]) => (path: string) => swapped(path, at, (char) => LOOKALIKES[char]?.[which % (LOOKALIKES[char]?.length ?? 1)] ?? char)),
  fc.tuple(fc.nat(), fc.constantFrom(...IGNORED)).map(([at, char]) => (path: string) => `${path.slice(0, at % path.length)}${char}${path.slice(at % path.length)}`),
  fc.tuple(fc.nat(), fc.constantFrom('.', ' ', '. ', '::$DATA', ':x')).map(([at, tail]) => (path: string) => {
    const parts = path.split('/');
    return parts.map((part, index) => (index === at % parts.length ? part + tail : part)).join('/');
  }),
  fc.constantFrom('NFD', 'NFKD').map((form) => (path: string) => path.normalize(form)),
  fc.constantFrom((path: string) => path),
);

function swapped(path: string, at: number, change: (char: string) => string): string {
  const chars = [...path];
  return chars.map((char, index) => (index === at % chars.length ? change(char) : char)).join('');
}

/** As git quotes a name in a patch (quote.c), with core.quotePath or without. */
function quotedByGit(prefix: string, path: string, quotesAll: boolean): string {
  const bytes = Buffer.from(path);
  const short: Readonly<Record<number, string>> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' };
  const isOdd = (byte: number) => byte < 32 || byte === 34 || byte === 92 || byte === 127 || (quotesAll && byte > 127);
  if (![...bytes].some(isOdd)) return `${prefix}${path}${path.includes(' ') ? '\t' : ''}`;
  const parts: Buffer[] = [...bytes].map((byte) => Buffer.from(isOdd(byte) ? (short[byte] ?? `\\${byte.toString(8).padStart(3, '0')}`) : [byte]));
  return `"${prefix}${Buffer.concat(parts).toString()}"`;
}

interface Change {
  readonly path: string;
  readonly status: 'A' | 'M' | 'D';
  readonly lines: readonly string[];
}

/** What git prints of changes: every file gets, loses or swaps these lines. */
function printedByGit(changes: readonly Change[], quotesAll: boolean): { raw: string; numstat: string; patch: string } {
  const id = 'a'.repeat(40);
  const none = '0'.repeat(40);
  const mode = (status: string, missing: string) => (status === missing ? '000000' : '100644');
  const raw = changes.map(({ path, status }) => `:${mode(status, 'A')} ${mode(status, 'D')} ${status === 'A' ? none : id} ${status === 'D' ? none : id} ${status}\0${path}\0`);
  const count = (status: string, missing: string, lines: readonly string[]) => (status === missing ? 0 : lines.length);
  const numstat = changes.map(({ path, status, lines }) => `${count(status, 'D', lines)}\t${count(status, 'A', lines)}\t${path}\0`);
  const patch = changes.map(({ path, status, lines }) => {
    const [before, after] = [count(status, 'A', lines), count(status, 'D', lines)];
    if (lines.length === 0) return `diff --git ${quotedByGit('a/', path, quotesAll)} ${quotedByGit('b/', path, quotesAll)}\n`;
    return [
      `diff --git ${quotedByGit('a/', path, quotesAll).replace(/\t$/, '')} ${quotedByGit('b/', path, quotesAll).replace(/\t$/, '')}`,
      ...(status === 'A' ? ['new file mode 100644'] : status === 'D' ? ['deleted file mode 100644'] : []),
      `index ${id}..${id}`,
      `--- ${status === 'A' ? '/dev/null' : quotedByGit('a/', path, quotesAll)}`,
      `+++ ${status === 'D' ? '/dev/null' : quotedByGit('b/', path, quotesAll)}`,
      `@@ -${before === 0 ? 0 : 1},${before} +${after === 0 ? 0 : 1},${after} @@`,
      ...(before > 0 ? lines.map((line) => `-${line}`) : []),
      ...(after > 0 ? lines.map((line) => `+${line}`) : []),
      '',
    ].join('\n');
  });
  return { raw: raw.join(''), numstat: numstat.join(''), patch: patch.join('') };
}

const refusals = (printed: { raw: string; numstat: string; patch: string }) => checkPatch(readChanges(printed), LIMITS);

const status = fc.constantFrom('A', 'M', 'D');
const line = fc.oneof(fc.constantFrom('replicas = 3', '', '--- a/stacks/web/main.tf', '+++ b/x', '@@ -1 +1 @@', 'diff --git a/x b/x', '\\ No newline', ':100644 100644'), fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, '')));
const ordinary = fc.record({ path: fc.constantFrom('stacks/web/main.tf', 'stacks/mail/values.yaml', 'stacks/dns/zone file.txt', 'modules/ünï/a.tf', 'b/a.tf', 'stacks/web/sub/x.tf'), status, lines: fc.array(line, { minLength: 1, maxLength: 4 }) });
const ordinaryChanges = fc.uniqueArray(ordinary, { selector: ({ path }) => path, minLength: 1, maxLength: 4 });
const disguised = fc.record({ path: fc.tuple(fc.constantFrom(...PROTECTED), fc.array(trick, { minLength: 1, maxLength: 3 })).map(([path, tricks]) => tricks.reduce((spelt, change) => change(spelt), path)), status, lines: fc.array(line, { minLength: 1, maxLength: 3 }) });

describe('the patch gate, over what git prints', () => {
  test('lets ordinary changes through, whatever their lines look like', () => {
    fc.assert(
      fc.property(ordinaryChanges, fc.boolean(), (changes, quotesAll) => {
        const harmless = changes.map((change) => ({ ...change, lines: change.lines.filter((text) => !/[=:"']/.test(text) || text === 'replicas = 3') }));
        expect(refusals(printedByGit(harmless, quotesAll))).toEqual([]);
      }),
      runs(200),
    );
  });

  test('stops a protected path in any case, width, spelling and quoting, alone and among others', () => {
    fc.assert(
      fc.property(disguised, ordinaryChanges, fc.boolean(), fc.nat(4), (hidden, others, quotesAll, at) => {
        const changes = [...others.slice(0, at), hidden, ...others.slice(at)];
        expect(refusals(printedByGit(changes, quotesAll)), JSON.stringify(hidden.path)).not.toEqual([]);
      }),
      runs(600),
    );
  });

  test('believes no single output: a protected change that one of the three hides, or names otherwise, is still refused', () => {
    const edit = fc.record({ which: fc.constantFrom('raw', 'numstat', 'patch'), how: fc.constantFrom('replace', 'cut', 'drop', 'reorder'), at: fc.nat(), to: fc.constantFrom('stacks/web/other.tf', 'stacks/web/main.tf', 'x', '') });
    fc.assert(
      fc.property(fc.constantFrom(...PROTECTED), ordinaryChanges, edit, (path, others, { which, how, at, to }) => {
        const printed = printedByGit([...others, { path, status: 'M', lines: ['a', 'b'] }], false);
        const text = printed[which];
        const changed = {
          replace: text.replaceAll(path, to),
          cut: text.slice(0, at % text.length),
          drop: text.split(path).slice(0, -1).join(path),
          reorder: text.split('\0').reverse().join('\0'),
        }[how];
        expect(refusals({ ...printed, [which]: changed })).not.toEqual([]);
      }),
      runs(400),
    );
  });

  test('refuses whatever it cannot read, and never throws', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.string({ unit: fc.constantFrom(...':0123456789abAMDRC \t\0\n+-@"\\/x'), maxLength: 200 }),
      fc.constantFrom('', ':100644 100644 ', '-\t-\tx\0', '+++ b/"', '@@ -0,0 +1,99999999999 @@', '1\t1\t\0', '+++ "b/\\377\\8\\"', 'Binary files a/x and b/x differ\n'),
    );
    fc.assert(
      fc.property(ordinaryChanges, noise, fc.constantFrom('raw', 'numstat', 'patch'), fc.nat(), fc.boolean(), (changes, garbage, which, at, alone) => {
        const printed = printedByGit(changes, false);
        const text = printed[which];
        const spoilt = { ...printed, [which]: alone ? garbage : text.slice(0, at % text.length) + garbage + text.slice(at % text.length) };
        const reasons = refusals(spoilt);
        // Where the garbage changed nothing that counts, the three still agree.
        if (reasons.length === 0) expect(readChanges(spoilt).files.map(({ path, added, deleted }) => [path, added, deleted])).toEqual(expectedFiles(spoilt));
        for (const reason of reasons) expect(reason).not.toMatch(/[\p{Cc}\p{Zl}]/u);
      }),
      runs(400),
    );
  });
});

/** Paths and counts as the numbers say, read by other means than the gate's. */
function expectedFiles({ raw, numstat }: { raw: string; numstat: string }): unknown[] {
  const counts = new Map(numstat.split('\0').slice(0, -1).map((entry) => [entry.split('\t').slice(2).join('\t'), entry.split('\t').slice(0, 2).map(Number)] as const));
  const fields = raw.split('\0').slice(0, -1);
  return fields.filter((_, index) => index % 2 === 1).map((path) => [path, ...(counts.get(path) ?? [])]);
}

const hasGit = spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0;
const folder = hasGit ? mkdtempSync(join(tmpdir(), 'patch-fuzz-')) : '';

describe.skipIf(!hasGit)(`the patch gate, over a real repository${hasGit ? '' : ' (skipped: git is not installed)'}`, () => {
  const git = (...words: string[]): Buffer => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'core.protectHFS=false', '-c', 'core.protectNTFS=false', ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('reads the names and new lines that were written, and stops the protected ones', () => {
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '-m', 'start');
    const name = fc.string({ unit: fc.constantFrom(...'ab. "\\\t\n\u0001\'$`é追🚀\u200b\u202e-:~'), minLength: 1, maxLength: 8 }).filter((part) => !/^\.{1,2}$/.test(part) && !/^\.git/i.test(part));
    const odd = fc.array(name, { minLength: 1, maxLength: 2 }).map((parts) => ({ path: ['new', ...parts].join('/'), isProtected: false }));
    const known = disguised.map(({ path }) => ({ path, isProtected: true })).filter(({ path }) => !/\0|(?:^|\/)(?:\.git)?(?:\/|$)|^\//.test(path) && !path.split('/').some((part) => part === '.' || part === '..'));
    const file = fc.record({ where: fc.oneof(odd, known), lines: fc.array(line, { minLength: 1, maxLength: 3 }) });
    fc.assert(
      fc.property(file, ({ where: { path, isProtected }, lines }) => {
        git('rm', '-r', '--quiet', '--cached', '--ignore-unmatch', '.');
        git('clean', '-ffdxq');
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), `${lines.join('\n')}\n`);
        git('add', '--all', '--force');
        const [raw, numstat, patch] = (['raw', 'numstat', 'patch'] as const).map((kind) => git('diff', '--cached', ...DIFF_ARGUMENTS[kind]).toString());
        const read = readChanges({ raw: raw ?? '', numstat: numstat ?? '', patch: patch ?? '' });
        expect(read.problems).toEqual([]);
        expect(read.files.map((change) => [change.path, change.addedLines.map(({ text }) => text)])).toEqual([[path, lines]]);
        if (isProtected) expect(checkPatch(read, LIMITS), JSON.stringify(path)).not.toEqual([]);
      }),
      runs(40),
    );
  });
});
