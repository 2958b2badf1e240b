/** Log lines, and the redactor every output passes through. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const MASK = '********';

/** Shapes of well-known credentials, for secrets nobody told us of: what an agent or a tool prints. */
const CREDENTIAL_SHAPES = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
  /\bhv[sb]\.[A-Za-z0-9_-]{20,}/g,
  /\bsk-ant-[A-Za-z0-9_-]{10,}/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,})/g,
  /\bxox[abposr]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
  /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/g,
];

/** Control, bidi and zero-width characters that could forge or hide log text; tab and newline are kept. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Escape sequences a terminal would act on (CSI, OSC, single characters). */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;

/** One half of a surrogate pair: written to a file it becomes U+FFFD. */
const HALF_CHARACTERS = /\p{Cs}/gu;

/** Text from outside made safe to print: no escape sequence, control or bidi character survives. */
export function printable(text: string): string {
  return text.replaceAll(ESCAPES, '').replaceAll('\r\n', '\n').replaceAll(UNPRINTABLE, '').replaceAll(HALF_CHARACTERS, '');
}

/** The first so many UTF-16 units of a text, without half a character at the end. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replaceAll(HALF_CHARACTERS, '');
}

/**
 * Replaces secrets in text. Knows the secrets it is told, line by line (a key printed one line at a time is masked too), in plain,
 * base64 and URL-encoded form, and the shapes of common credentials.
 */
export class Redactor {
  private readonly secrets = new Set<string>();
  private pattern: RegExp | null = null;

  /** Adds a secret; parts shorter than 6 characters are ignored, they would mask ordinary words. */
  add(secret: string | null | undefined): void {
    if (!secret) return;
    for (const part of [secret, secret.trim(), ...secret.split(/\r\n|\n|\r/), ...secret.split(/\r\n|\\n|\n|\r/)].flatMap(pieces)) {
      const plain = part.trim();
      // The frame of a PEM block is no secret, and masking it would hide which kind of key it is.
      if (plain.length < 6 || /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/.test(plain)) continue;
      this.secrets.add(plain);
      this.secrets.add(encodeURIComponent(plain.replaceAll(HALF_CHARACTERS, '\ufffd')));
      this.secrets.add(JSON.stringify(plain).slice(1, -1));
      for (const encoded of base64Forms(plain)) this.secrets.add(encoded);
    }
    this.pattern = null;
  }

  /** The text with every known secret masked. */
  redact(text: string): string {
    if (!this.pattern && this.secrets.size > 0) {
      const longestFirst = [...this.secrets].sort((a, b) => b.length - a.length);
      this.pattern = new RegExp(longestFirst.map((s) => s.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
    }
    let masked = this.pattern ? text.replaceAll(this.pattern, MASK) : text;
    for (const shape of CREDENTIAL_SHAPES) masked = masked.replaceAll(shape, MASK);
    return masked;
  }

  /** A copy of JSON-like data with every string redacted (keys too); other values unchanged. */
  redactDeep<T>(value: T): T {
    if (typeof value === 'string') return this.redact(value) as T;
    if (Array.isArray(value)) return value.map((item: unknown) => this.redactDeep(item)) as T;
    if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [this.redact(k), this.redactDeep(v)])) as T;
    }
    return value;
  }
}

const MAX_PIECE = 2_048;

/** A long text in pieces, each of which is masked by itself: V8 refuses a pattern with a very long text, and quotes it in the error. */
function pieces(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / MAX_PIECE) }, (_, index) => text.slice(index * MAX_PIECE, (index + 1) * MAX_PIECE));
}

/** Base64 of the text at its three possible alignments inside a longer encoded text; the first and last group are cut. */
function base64Forms(plain: string): string[] {
  const forms: string[] = [];
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.from(' '.repeat(shift) + plain).toString('base64').replace(/=+$/, '');
    const inner = encoded.slice(shift === 0 ? 0 : 4, encoded.length - 2);
    if (inner.length >= 8) forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Where log lines go; each is redacted, made printable and written whole. */
export class Log {
  readonly redactor: Redactor;
  private readonly level: LogLevel;
  private readonly write: (line: string) => void;

  constructor(options: { redactor: Redactor; level?: LogLevel; write?: (line: string) => void }) {
    this.redactor = options.redactor;
    this.level = options.level ?? 'info';
    this.write = options.write ?? ((line) => process.stdout.write(line));
  }

  debug(text: string): void {
    this.line('debug', text);
  }

  info(text: string): void {
    this.line('info', text);
  }

  warn(text: string): void {
    this.line('warn', `warning: ${text}`);
  }

  error(text: string): void {
    this.line('error', `error: ${text}`);
  }

  /** Whether lines of this level are shown; asked before costly text is built. */
  shows(level: LogLevel): boolean {
    return ORDER[level] >= ORDER[this.level];
  }

  private line(level: LogLevel, text: string): void {
    if (this.shows(level)) this.write(`${printable(this.redactor.redact(text))}\n`);
  }
}
