/** Things in new lines that look like credentials. */

interface Shape {
  readonly kind: string;
  readonly pattern: RegExp;
}

/** Credentials with a form of their own, as their issuers document them. Every pattern is linear. */
const SHAPES: readonly Shape[] = [
  {
    kind: 'a private key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d|\bAGE-SECRET-KEY-1[0-9A-Z]{20}/,
  },
  { kind: 'an AWS access key', pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/ },
  {
    kind: 'a Google credential',
    pattern: /\bAIza[\w-]{35}|\bya29\.[\w-]{20}|\bGOCSPX-[\w-]{20}|"private_key_id"\s*:\s*"[0-9a-f]{20}/,
  },
  { kind: 'a GitHub token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{20}/ },
  { kind: 'a GitLab token', pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[\w-]{20}/ },
  { kind: 'a Slack token', pattern: /\bxox[abeoprs]-[\w-]{10}|\bxapp-\d-[\w-]{10}|\bxwfp-[\w-]{10}/ },
  { kind: 'a Slack webhook', pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Z0-9]{6,}\/[\w/-]{10}/ },
  { kind: 'a Discord webhook', pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{15,}\/[\w-]{30}/ },
  { kind: 'a Vault token', pattern: /\bhv[sbr]\.[\w-]{20}|(?<![\w.])s\.(?=[A-Za-z]*\d)[A-Za-z0-9]{24}(?![\w.])/ },
  { kind: 'a JSON web token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { kind: 'an Anthropic key', pattern: /\bsk-ant-[\w-]{16}/ },
  {
    kind: 'an OpenAI key',
    pattern: /\bsk-(?:proj|svcacct|admin)-[\w-]{20}|\bsk-[A-Za-z0-9]{20}T3BlbkFJ|(?<![\w-])sk-[A-Za-z0-9]{48}(?![\w-])/,
  },
  { kind: 'a payment key', pattern: /\b[sr]k_live_[A-Za-z0-9]{16}|\bwhsec_[A-Za-z0-9+/]{24}/ },
  {
    kind: 'a package registry token',
    pattern: /\bnpm_[A-Za-z0-9]{36}|\bpypi-AgEI[\w-]{20}|\bdckr_pat_[\w-]{20}|\brubygems_[0-9a-f]{40}/,
  },
  { kind: 'a Grafana token', pattern: /\bgl(?:sa|c)_[\w+/=]{30}/ },
  { kind: 'a Terraform Cloud token', pattern: /\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40}/ },
  { kind: 'a Telegram bot token', pattern: /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/ },
  {
    kind: 'a service token',
    pattern:
      /\bhf_[A-Za-z0-9]{30}|\bdop_v1_[0-9a-f]{40}|\btskey-[a-z]+-\w{10}|\bSG\.[\w-]{16,}\.[\w-]{30}|\bops_eyJ[\w-]{40}/,
  },
];

/** A password inside an address. */
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{1,80}:([^\s/@"'`]{1,200})@/i;

const KEY = /["']?([A-Za-z_][\w.-]{0,80})["']?/.source;
const VALUE = /(?:"((?:[^"\\]|\\.){0,2000})"|'([^']{0,2000})'|([^\s"',;{}()[\]]{1,2000}))/.source;

/** `key = "value"`, `"key": "value"`, `KEY=value`, `key: value`: the key, then the value in double, single or no quotes. */
const ASSIGNMENT = new RegExp(`(?:^|[\\s,;{("'])${KEY}\\s{0,40}(?::=|=>|=|:)\\s{0,40}${VALUE}`, 'g');

const KEY_OWNERS = 'access|account|api|auth|encryption|master|private|secret|signing|ssh|webhook';

/** Keys that hold the secret itself; `tls_secret_name`, `token_ttl` and `password_file` end in something else. */
const SECRET_KEY = new RegExp(
  `(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:${KEY_OWNERS})[_.-]?key)(?:[_.-]?(?:b64|base64|value))?$`,
  'i',
);

const PLACEHOLDER =
  /change[_-]?me|example|placeholder|dummy|redacted|replace|your[_-]|insert|sample|todo|secret-?here|^(.)\1+$/i;

/** Values that say where the secret is: the environment, Vault, 1Password, vals, SOPS, templates; and public keys. */
const POINTER =
  /^(?:\$[A-Za-z_{(]|%[{(]|\{\{|<[^<>]*>$|(?:vault|op|file|env):|ref\+|ENC\[|ssh-|ecdsa-|-----BEGIN (?:CERTIFICATE|PUBLIC))/;

/** What unquoted text can be besides: YAML tags, anchors and aliases, markup, and names with dots (`var.password`). */
const BARE_REFERENCE = /^(?:[!&*$:`]|[A-Za-z_][\w-]*(?:\.[A-Za-z_*][\w-]*)+$)/;

/**
 * Looks for credentials in new lines of one file.
 *
 * @param lines in file order
 * @returns one finding per line at most; `kind` reads after "looks like" and holds nothing of the text
 */
export function findSecrets(
  lines: readonly { readonly line: number; readonly text: string }[],
): { readonly line: number; readonly kind: string }[] {
  const findings: { line: number; kind: string }[] = [];
  let named = { line: -1, name: '' };
  for (const { line, text } of lines) {
    const kind = kindOf(text, named.line === line - 1 ? named.name : '');
    if (kind) findings.push({ line, kind });
    // Kubernetes' env and Helm's set blocks: `name = "DB_PASSWORD"` on one line, `value = "..."` on the next.
    const name = /^\s*(?:- )?["']?name["']?\s*[=:]\s*["']?([\w.-]+)["']?,?\s*$/.exec(text)?.[1];
    named = { line, name: name ?? '' };
  }
  return findings;
}

function kindOf(text: string, nameAbove: string): string | null {
  const shape = SHAPES.find(({ pattern }) => pattern.test(text));
  if (shape) return shape.kind;
  const password = URL_PASSWORD.exec(text)?.[1];
  if (password !== undefined && isSecret(password)) return 'an address with a password';
  let name = nameAbove;
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [whole, key = '', double, single, bare] = match;
    const quoted = double ?? single;
    if (key === 'name' && quoted !== undefined) name = quoted;
    if (!SECRET_KEY.test(key === 'value' ? name : key)) continue;
    const isCall = /^[([]/.test(text.slice(match.index + whole.length, match.index + whole.length + 1));
    const isLiteral = quoted === undefined ? !isCall && !BARE_REFERENCE.test(bare ?? '') : true;
    if (isLiteral && isSecret(quoted ?? bare ?? '')) return 'a password or key written out';
  }
  return null;
}

/** Whether the value of a secret's name is itself the secret: random-looking, and neither a pointer, a placeholder nor words. */
function isSecret(written: string): boolean {
  const value = written.replaceAll(/[$%]\{[^{}]*\}|\{\{[^{}]*\}\}/g, '').trim();
  if (value.length < 8 || PLACEHOLDER.test(value) || POINTER.test(value)) return false;
  // Three words or more are a sentence.
  if (/\S\s+\S+\s+\S/.test(value)) return false;
  return !value.split(/[-_./:@~\s]+/).every(isWord) && entropy(value) >= 2.75;
}

/** A plain word (one case, or capitalised, or camelCase), a number of an index or a port, or both together (`db1`, `v2`). */
function isWord(word: string): boolean {
  return /^(?:[a-z]{0,15}|[A-Z]{0,15}|[A-Za-z][a-z]{0,15}(?:[A-Z][a-z]{1,15}){0,4})\d{0,5}$/.test(word);
}

/** Shannon entropy in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
