/**
 * HCL read for gating: far enough to know every block, attribute and call for certain. What Terraform's own scanner would read
 * differently, or not at all, throws. The rules are those of hclsyntax/scan_tokens.rl and spec.md in hashicorp/hcl.
 */

export interface Token {
  /**
   * `string`: a plain quoted text, unescaped. A template is `open`, then `text` and `interpolation` ... `interpolated` in turn,
   * then `close`; the tokens between `interpolation` and `interpolated` are code.
   */
  readonly kind:
    'name' | 'number' | 'string' | 'sign' | 'newline' | 'open' | 'text' | 'interpolation' | 'interpolated' | 'close';
  readonly text: string;
  readonly line: number;
}

/** HCL that is not understood; `line` is 1-based. */
export class HclError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'HclError';
    this.line = line;
  }
}

/** The tokens of a file without comments and spaces. @throws HclError */
export function tokenize(text: string): Token[] {
  return new Scanner(text).run();
}

type Mode =
  /** `braces` counts open `{` inside an interpolation; `null` at the top, where the file's end is the end. */
  | { readonly kind: 'code'; braces: number | null }
  | { readonly kind: 'quoted'; readonly opened: number }
  | { readonly kind: 'heredoc'; readonly marker: string };

const NAME = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SIGN = /\.\.\.|[=!<>]=|=>|&&|\|\||::|[-+*/%=<>!?:.,~{}[\]()]/y;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
const COMMENT = /(?:#|\/\/)[^\n]*|\/\*[\s\S]*?\*\//y;
const ESCAPES: Readonly<{ [letter: string]: string }> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

class Scanner {
  private readonly source: string;
  private readonly tokens: Token[] = [];
  private readonly modes: Mode[] = [{ kind: 'code', braces: null }];
  private at = 0;
  private line = 1;

  constructor(source: string) {
    this.source = source.replace(/^\ufeff/, '');
  }

  run(): Token[] {
    while (this.at < this.source.length) {
      const mode = this.mode();
      if (mode.kind === 'code') this.code(mode);
      else if (mode.kind === 'quoted') this.quoted(mode);
      else this.heredoc(mode);
    }
    if (this.modes.length > 1) throw new HclError(this.line, 'a text or a ${...} in it has no end');
    this.push('newline', '');
    return this.tokens;
  }

  private mode(): Mode {
    const mode = this.modes.at(-1);
    if (!mode) throw new HclError(this.line, 'a } closes nothing');
    return mode;
  }

  private push(kind: Token['kind'], text: string): void {
    this.tokens.push({ kind, text, line: this.line });
  }

  /** Takes what the sticky pattern matches here. */
  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (match) this.at += match[0].length;
    return match;
  }

  private code(mode: { braces: number | null }): void {
    if (this.take(/[ \t]+/y)) return;
    const comment = this.take(COMMENT);
    if (comment) {
      this.line += comment[0].split('\n').length - 1;
      return;
    }
    if (this.take(/\r?\n/y)) {
      this.push('newline', '');
      this.line++;
      return;
    }
    const heredoc = this.take(HEREDOC);
    if (heredoc) {
      this.push('open', '<<');
      this.line++;
      this.modes.push({ kind: 'heredoc', marker: heredoc[1] ?? '' });
      return;
    }
    if (this.take(/"/y)) {
      this.modes.push({ kind: 'quoted', opened: this.tokens.length });
      this.push('open', '"');
      return;
    }
    const name = this.take(NAME);
    if (name) return this.push('name', name[0]);
    const number = this.take(NUMBER);
    if (number) return this.push('number', number[0]);
    this.sign(mode);
  }

  private sign(mode: { braces: number | null }): void {
    if (this.source.startsWith('<<', this.at)) throw new HclError(this.line, 'a heredoc has no proper marker');
    const sign = this.take(SIGN)?.[0];
    if (sign === undefined) {
      const code = (this.source.codePointAt(this.at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      throw new HclError(this.line, `there is a character that does not belong there (U+${code})`);
    }
    if (mode.braces !== null && sign === '{') mode.braces++;
    if (mode.braces !== null && sign === '}' && mode.braces-- === 0) {
      this.modes.pop();
      return this.push('interpolated', '}');
    }
    this.push('sign', sign);
  }

  private quoted(mode: { readonly opened: number }): void {
    let text = '';
    for (;;) {
      const part = this.take(/[^"\\$%\n]+/y);
      if (part) {
        text += part[0];
      } else if (this.source[this.at] === '\\') {
        text += this.escape();
      } else if (this.take(/"/y)) {
        return this.closeQuoted(mode.opened, text);
      } else if (/[$%]/.test(this.source[this.at] ?? '')) {
        const dollars = this.dollars();
        if (dollars !== null) text += dollars;
        else return this.interpolate(text);
      } else {
        throw new HclError(this.line, 'a quoted text has no end on its line');
      }
    }
  }

  /** A template that turned out to hold nothing but text becomes one `string` token. */
  private closeQuoted(opened: number, text: string): void {
    this.modes.pop();
    if (this.tokens.length === opened + 1) {
      this.tokens.pop();
      this.push('string', text);
    } else {
      if (text !== '') this.push('text', text);
      this.push('close', '"');
    }
  }

  private escape(): string {
    const code = this.take(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/y);
    if (code) {
      const point = Number.parseInt(code[1] ?? code[2] ?? '', 16);
      if (point > 0x10_ff_ff) throw new HclError(this.line, 'a \\U escape names no character');
      return String.fromCodePoint(point);
    }
    const letter = ESCAPES[this.take(/\\(.)/y)?.[1] ?? ''];
    if (letter === undefined) throw new HclError(this.line, 'a backslash escape is not one HCL knows');
    return letter;
  }

  /** Text at a run of `$` or `%`: `$${` stands for `${`; `null` (and nothing taken) where an interpolation begins. */
  private dollars(): string | null {
    const run = /([$%])\1*(\{?)/y;
    run.lastIndex = this.at;
    const [all = '', sign = '', brace = ''] = run.exec(this.source) ?? [];
    const count = all.length - brace.length;
    if (brace !== '' && count === 1) return null;
    if (brace !== '' && count > 2) throw new HclError(this.line, `${sign}${sign}${sign}{ can be read in two ways`);
    this.at += all.length;
    return brace === '' ? all : `${sign}{`;
  }

  private interpolate(textBefore: string): void {
    if (textBefore !== '') this.push('text', textBefore);
    this.push('interpolation', this.source.slice(this.at, this.at + 2));
    this.at += 2;
    this.modes.push({ kind: 'code', braces: 0 });
  }

  private heredoc(mode: { readonly marker: string }): void {
    let text = '';
    while (this.at < this.source.length) {
      if (this.source[this.at - 1] === '\n' && this.endsHeredoc(mode.marker)) {
        this.modes.pop();
        if (text !== '') this.push('text', text);
        return this.push('close', mode.marker);
      }
      const part = this.take(/[^$%\n]+/y);
      if (part) {
        text += part[0];
      } else if (this.take(/\n/y)) {
        text += '\n';
        this.line++;
      } else {
        const dollars = this.dollars();
        if (dollars !== null) text += dollars;
        else return this.interpolate(text);
      }
    }
  }

  /** Whether the line that starts here is the end marker; takes it, not its newline. */
  private endsHeredoc(marker: string): boolean {
    const end = this.source.indexOf('\n', this.at);
    const line = this.source.slice(this.at, end === -1 ? undefined : end);
    if (/^[ \t]*([^\s]+)[ \t]*\r?$/.exec(line)?.[1] === marker) {
      this.at += line.replace(/\r$/, '').length;
      return true;
    }
    // Terraform trims every kind of Unicode space around the marker; do not argue about where the text ends.
    if (line.replaceAll(/[\s\p{Cc}\p{Cf}\p{Z}]/gu, '') === marker) {
      throw new HclError(this.line, 'it is not clear whether a heredoc ends here');
    }
    return false;
  }
}
