/** The structure of an HCL file: attributes and nested blocks. */

import { HclError, tokenize } from './hcl.ts';
import type { Token } from './hcl.ts';

export interface Attribute {
  readonly name: string;
  readonly line: number;
  /** The expression, without newlines. */
  readonly value: readonly Token[];
}

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
  /** Equal for two blocks that differ in nothing but comments, spacing and newlines. */
  readonly canonical: string;
}

export interface HclFile {
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
  readonly tokens: readonly Token[];
}

export interface Call {
  readonly name: string;
  readonly line: number;
  /** Everything between the parentheses, without newlines. */
  readonly argument: readonly Token[];
}

const MAX_DEPTH = 60;

/** Reads a whole file. @throws HclError where it is not understood */
export function readHcl(text: string): HclFile {
  const tokens = tokenize(text);
  const body = new Reader(tokens).body('file', 0);
  return { ...body, tokens };
}

/** Every block of the file at any depth, outer ones first. */
export function allBlocks(blocks: readonly Block[]): Block[] {
  return blocks.flatMap((block) => [block, ...allBlocks(block.blocks)]);
}

/** Tokens as comparable text: no comments, spacing, newlines or line numbers. */
export function canonical(tokens: readonly Token[]): string {
  return JSON.stringify(tokens.filter(({ kind }) => kind !== 'newline').map(({ kind, text }) => [kind, text]));
}

/** The text of an expression that is one plain text; `null` for anything else. */
export function plainText(value: readonly Token[]): string | null {
  const [only, ...more] = value;
  return only?.kind === 'string' && more.length === 0 ? only.text : null;
}

/** How a token changes the nesting of an expression. */
export function nesting(token: Token): -1 | 0 | 1 {
  if (token.kind === 'open' || token.kind === 'interpolation') return 1;
  if (token.kind === 'close' || token.kind === 'interpolated') return -1;
  if (token.kind !== 'sign') return 0;
  if (['(', '[', '{'].includes(token.text)) return 1;
  return [')', ']', '}'].includes(token.text) ? -1 : 0;
}

/** Calls of functions whose name matches, in text order, nested ones too. */
export function callsOf(tokens: readonly Token[], name: RegExp): Call[] {
  const code = tokens.filter(({ kind }) => kind !== 'newline');
  return code.flatMap((token, i) => {
    if (token.kind !== 'name' || !name.test(token.text) || !isSign(code[i + 1], '(')) return [];
    let depth = 0;
    const end = code.findIndex((next, at) => at > i && (depth += nesting(next)) === 0);
    return [{ name: token.text, line: token.line, argument: code.slice(i + 2, end === -1 ? undefined : end) }];
  });
}

/** The first of several arguments. */
export function firstArgument(argument: readonly Token[]): readonly Token[] {
  let depth = 0;
  const end = argument.findIndex((token) => (depth += nesting(token)) === 0 && isSign(token, ','));
  return argument.slice(0, end === -1 ? undefined : end);
}

class Reader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  body(kind: 'file' | 'block', depth: number): { attributes: Attribute[]; blocks: Block[] } {
    const attributes: Attribute[] = [];
    const blocks: Block[] = [];
    if (depth > MAX_DEPTH) throw new HclError(this.next().line, 'blocks are nested too deeply');
    for (;;) {
      const token = this.tokens[this.at];
      if (!token) {
        if (kind === 'file') return { attributes, blocks };
        throw new HclError(this.tokens.at(-1)?.line ?? 1, 'a block has no end');
      }
      if (token.kind === 'newline') {
        this.at++;
      } else if (kind === 'block' && isSign(token, '}')) {
        return { attributes, blocks };
      } else if (token.kind !== 'name') {
        throw new HclError(token.line, 'there is something that is neither an attribute nor a block');
      } else if (isSign(this.tokens[this.at + 1], '=')) {
        attributes.push(this.attribute());
      } else {
        blocks.push(this.block(depth));
      }
    }
  }

  private next(): Token {
    const token = this.tokens[this.at++];
    if (!token) throw new HclError(this.tokens.at(-1)?.line ?? 1, 'the file ends too early');
    return token;
  }

  private attribute(): Attribute {
    const { text: name, line } = this.next();
    this.at++;
    const value: Token[] = [];
    let depth = 0;
    for (let token = this.next(); ; token = this.next()) {
      if (depth === 0 && (token.kind === 'newline' || isSign(token, '}'))) break;
      depth += nesting(token);
      if (depth < 0) throw new HclError(token.line, 'a bracket closes nothing');
      if (token.kind !== 'newline') value.push(token);
    }
    this.at--;
    if (value.length === 0) throw new HclError(line, `${name} has no value`);
    return { name, line, value };
  }

  private block(depth: number): Block {
    const from = this.at;
    const { text: type, line } = this.next();
    const labels: string[] = [];
    for (let token = this.next(); !isSign(token, '{'); token = this.next()) {
      if (token.kind !== 'name' && token.kind !== 'string') throw new HclError(line, `${type} begins no proper block`);
      labels.push(token.text);
    }
    const body = this.body('block', depth + 1);
    this.at++;
    return { type, labels, line, ...body, canonical: canonical(this.tokens.slice(from, this.at)) };
  }
}

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}
