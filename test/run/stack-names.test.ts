import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { stacksOf } from '../../src/guard/stacks.ts';
import { stacksIn, StackNames } from '../../src/run/stack-names.ts';

let root: string | null = null;
afterEach(() => {
  if (root !== null) rmSync(root, { recursive: true });
  root = null;
});

function checkout(...files: string[]): string {
  root = mkdtempSync(join(tmpdir(), 'postmortem-stacks-'));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

describe('the stacks of a checkout', () => {
  const FILES = ['stacks/dns/main.tf', 'stacks/web/modules/a/main.tf', 'stacks/README.md', 'terraform/prod/db/x.tf', 'main.tf', 'stacks/dns/.terraform/x/y.tf'];

  test.each([
    [['stacks/*'], ['stacks/dns', 'stacks/web']],
    [['./stacks/*/'], ['stacks/dns', 'stacks/web']],
    [['stacks/**'], ['stacks/dns', 'stacks/web']],
    [['terraform/*/*', 'stacks/d*'], ['stacks/dns', 'terraform/prod/db']],
    [['{stacks,terraform}/*'], ['stacks/dns', 'stacks/web', 'terraform/prod']],
    [['nowhere/*', '../*', '/etc/*'], []],
  ])('of %j are %j, as for the patch gate', (globs, stacks) => {
    expect(stacksIn(checkout(...FILES), globs)).toEqual(stacks);
    expect(stacksOf(FILES.map((path) => ({ path })), globs).stacks).toEqual(stacks);
  });

  test('are not looked for behind symbolic links', () => {
    const folder = checkout('stacks/dns/main.tf', 'elsewhere/main.tf');
    symlinkSync('../elsewhere', join(folder, 'stacks/linked'));
    symlinkSync('..', join(folder, 'stacks/dns/loop'));
    expect(stacksIn(folder, ['stacks/*'])).toEqual(['stacks/dns']);
  });
});

describe('the stack a TODO names', () => {
  const names = new StackNames(['stacks/dns', 'stacks/uptime-kuma', 'stacks/web', 'stacks/web-proxy', 'stacks/web_socket_gateway', 'terraform/dns']);
  const named = (action: string, details = '') => names.namedBy({ action, details });

  test.each([
    ['Raise the cache of dns', 'stacks/dns'],
    ['Raise the cache of DNS.', 'stacks/dns'],
    ['Fix web-proxy', 'stacks/web-proxy'],
    ['Fix the web proxy', 'stacks/web-proxy'],
    ['Watch the web with Uptime Kuma', 'stacks/web'],
    ['Add an Uptime Kuma check', 'stacks/uptime-kuma'],
    ['Restart web socket gateway', 'stacks/web_socket_gateway'],
    ['Change stacks/web-proxy/main.tf for dns', 'stacks/web-proxy'],
    ['See `stacks/dns/`, and stacks/web', 'stacks/dns'],
    ['Tune terraform/dns.', 'terraform/dns'],
  ])('in %j is %s', (action, stack) => {
    expect(named(action)).toBe(stack);
  });

  test.each(['Fix webhooks', 'Fix my-dns', 'Fix the website', '', '///', 'stacks/other/main.tf'])('in %j is none', (action) => {
    expect(named(action)).toBeNull();
  });

  test('in the details counts when the action names none, and a folder there before any name', () => {
    expect(named('Alert on errors', 'of dns')).toBe('stacks/dns');
    expect(named('Alert on errors of web', 'of dns')).toBe('stacks/web');
    expect(named('Alert on errors of web', 'in stacks/dns')).toBe('stacks/dns');
  });
});
