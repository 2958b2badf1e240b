import { UserError, messageOf } from '../errors.ts';
import type { UsableKey } from './key.ts';

/** How far an attempt to connect has come. While it waits for the key, it waits for us. */
export type Stage = 'tcp' | 'handshake' | 'key' | 'login' | 'command';

/** An address for messages, and the setting it comes from. */
export interface Place {
  readonly where: string;
  readonly setting: 'ssh_host' | 'ssh_jump_host';
}

/** The error for a host that takes longer than `ssh_connect_timeout`. */
export function tooLate({ where, setting }: Place, stage: Exclude<Stage, 'key'>, timeoutMs: number): UserError {
  const limit = `within ${timeoutMs / 1000} s`;
  const late = {
    tcp: `${where} did not answer ${limit}`,
    handshake: `${where} accepts connections but did not answer as an SSH server ${limit}`,
    login: `${where} did not finish the login ${limit}`,
    command: `${where} accepts the key, but did not run a first command ${limit}`,
  };
  return new UserError(
    late[stage],
    stage === 'command'
      ? 'Check the load of the host, its disks, and what the login shell of the user waits for (rc files); or raise ssh_connect_timeout.'
      : `Check the address in ${setting}, firewalls in between, and the load of the host; or raise ssh_connect_timeout.`,
  );
}

/** What ssh2 and the network say of a connection that was not made, in words. */
export function notConnected({ where, setting }: Place, stage: Stage, error: Error & { readonly code?: unknown }): UserError {
  const text = messageOf(error);
  const code = typeof error.code === 'string' ? error.code : '';
  const make = (message: string, remedy: string) => new UserError(`${where} ${message}`, remedy, { cause: error });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return make(`cannot be found (${code})`, `Check the name in ${setting}, and the DNS of the pipeline.`);
  }
  if (code === 'ECONNREFUSED') {
    return make('refuses the connection', `Check the address and the port in ${setting}, and that sshd runs there.`);
  }
  if (stage === 'tcp') {
    return make(`cannot be reached (${text})`, `Check the address in ${setting}, and the network in between.`);
  }
  if (/no matching/i.test(text)) {
    return make(`has no algorithm in common with us (${text})`, 'Update the SSH server of the host.');
  }
  return make(
    `ended the connection before the login (${text})`,
    'Check that an SSH server listens there, and its log: MaxStartups, fail2ban, hosts.deny or a wrong port end connections so.',
  );
}

/**
 * The error for a host that does not let us in.
 * @param left the methods it still offers; @param partial whether it took the key and wants more
 */
export function notLetIn(who: string, key: UsableKey, left: readonly string[] | null, partial: boolean | null): UserError {
  if (partial) {
    return new UserError(
      `${who} wants more than the key (${left?.join(', ')})`,
      'Allow the key alone for this user: AuthenticationMethods publickey in its sshd_config.',
    );
  }
  return new UserError(
    `${who} does not accept the key (${key.type} ${key.fingerprint})`,
    `Check ssh_username, and add this line to ~/.ssh/authorized_keys of that user:\n${key.publicLine}`,
  );
}
