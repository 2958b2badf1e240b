import { expect, test } from 'vitest';
import { parseAddress, parseJumpHost, printAddress } from '../../src/host/address.ts';

test.each([
  ['devvm.lan', 'devvm.lan', 22],
  [' 10.0.10.10:2222 ', '10.0.10.10', 2222],
  ['[fd00::10]:2222', 'fd00::10', 2222],
  ['[fd00::10]', 'fd00::10', 22],
  ['fd00::10', 'fd00::10', 22],
  ['::1', '::1', 22],
  ['fe80::1%eth0', 'fe80::1%eth0', 22],
])('%s is the host %s on port %i', (text, host, port) => {
  expect(parseAddress(text, 22, 'ssh_host')).toEqual({ host, port });
});

test('the port of the setting is for hosts without one', () => {
  expect(parseAddress('devvm', 2200, 'ssh_host').port).toBe(2200);
  expect(parseAddress('devvm:22', 2200, 'ssh_host').port).toBe(22);
});

test.each(['', 'a b', 'devvm:', 'devvm:ssh', 'devvm:0', 'devvm:70000', 'ssh://devvm', '[fd00::10', 'wizard@devvm'])(
  '"%s" is refused, naming the setting',
  (text) => {
    expect(() => parseAddress(text, 22, 'ssh_host')).toThrow(/^ssh_host: /);
  },
);

test('a user in front of the host is told where it belongs', () => {
  expect(() => parseAddress('wizard@devvm', 22, 'ssh_host')).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('ssh_username') }),
  );
});

test('a jump host may name its user and port', () => {
  expect(parseJumpHost('gate@bastion:2222', 'wizard')).toEqual({ username: 'gate', host: 'bastion', port: 2222 });
  expect(parseJumpHost('bastion', 'wizard')).toEqual({ username: 'wizard', host: 'bastion', port: 22 });
  expect(() => parseJumpHost('gate@', 'wizard')).toThrow(/^ssh_jump_host: /);
});

test('printed addresses show the port, and brackets around IPv6', () => {
  expect(printAddress({ host: 'devvm', port: 22 })).toBe('devvm:22');
  expect(printAddress({ host: 'fd00::10', port: 22 })).toBe('[fd00::10]:22');
});
