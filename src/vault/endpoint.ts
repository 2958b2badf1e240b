/** Where Vault is and whom to trust there: the two settings that people write in many ways. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.ts';

/**
 * The base address without a trailing slash and without the API's `/v1`.
 * @throws UserError when it is no http(s) address
 */
export function parseAddress(addr: string): string {
  const example = 'Set vault_addr to the address of the server, for instance https://vault.example.com:8200.';
  const url = URL.canParse(addr) ? new URL(addr) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UserError(`vault_addr is no http:// or https:// address: ${addr.includes('@') ? '(not shown)' : addr}`, example);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserError('vault_addr holds a user name or a password', `Vault knows no such login. ${example}`);
  }
  if (/^\/ui(\/|$)/.test(url.pathname)) {
    throw new UserError(
      `vault_addr is the address of Vault's web pages: ${addr}`,
      `Leave out everything after the host and port. ${example}`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}`;
}

/**
 * The certificates of `vault_ca_cert`, given as PEM text (also with literal `\n`), as base64 of it, or as a path.
 * @returns PEM text, or `null` for the authorities Node trusts by itself
 * @throws UserError when nothing usable is found
 */
export async function readCaCert(caCert: string | null): Promise<string | null> {
  if (caCert === null || caCert.trim() === '') return null;
  const given = caCert.replaceAll('\\n', '\n').trim();
  const decoded = /^[A-Za-z0-9+/=\s]+$/.test(given) ? Buffer.from(given, 'base64').toString('utf8') : '';
  const inline = [given, decoded].find((text) => text.includes('-----BEGIN'));
  if (inline !== undefined) return checkedPem(inline, 'vault_ca_cert');
  try {
    return checkedPem(await readFile(given, 'utf8'), `the file ${given} of vault_ca_cert`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Something long is a broken certificate rather than a file name, and not worth repeating.
    const what =
      given.length > 200
        ? 'it is neither a certificate nor a path'
        : `it is no certificate, and as a path: ${messageOf(error)}`;
    throw new UserError(`vault_ca_cert cannot be used: ${what}`, CA_REMEDY);
  }
}

const CA_REMEDY =
  'Give the PEM text of the authority (-----BEGIN CERTIFICATE-----), base64 of it, or the path of a PEM file in the container.';

function checkedPem(text: string, where: string): string {
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new UserError(`${where} holds no certificate`, CA_REMEDY);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (error) {
    throw new UserError(`${where} holds a damaged certificate: ${messageOf(error)}`, CA_REMEDY);
  }
  return certificates.join('\n');
}
