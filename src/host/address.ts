import { UserError } from '../errors.ts';

/** Where an SSH server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address as people write it; the port is always shown. */
export function printAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads `host`, `host:port`, `[v6]:port` or a bare IPv6 address.
 * @param setting the setting's name as written in the yml, for the message
 * @throws UserError naming the setting when the text is none of these
 */
export function parseAddress(text: string, defaultPort: number, setting: string): Address {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]\s]+)\](?::(\d+))?$/.exec(trimmed);
  const plain = /^([^\s:@/[\]]+)(?::(\d+))?$/.exec(trimmed);
  const bareV6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.%\w]*$/.exec(trimmed);
  const host = bracketed?.[1] ?? plain?.[1] ?? bareV6?.[0];
  const port = Number(bracketed?.[2] ?? plain?.[2] ?? defaultPort);
  if (!host || !(port >= 1 && port <= 65_535)) {
    throw new UserError(
      `${setting}: "${trimmed}" is no host`,
      'Write a name or an address, with a port if it is not the usual one: devvm.lan, 10.0.10.10:2222, [fd00::10]:22.' +
        (trimmed.includes('@') && setting === 'ssh_host' ? ' The user goes into ssh_username.' : ''),
    );
  }
  return { host, port };
}

/**
 * Reads `user@host:port`; user and port may be missing.
 * @throws UserError naming `ssh_jump_host`
 */
export function parseJumpHost(text: string, defaultUser: string): Address & { readonly username: string } {
  const at = text.lastIndexOf('@');
  const username = at > 0 ? text.slice(0, at).trim() : defaultUser;
  return { ...parseAddress(text.slice(at + 1), 22, 'ssh_jump_host'), username };
}
