import { posix } from 'node:path';
import { callsOf, canonical, firstArgument } from './blocks.ts';
import type { Finding } from './configuration.ts';
import type { Token } from './hcl.ts';
import type { SourceFile } from './stacks.ts';

/** Functions that read files of the host while planning; their content ends in the plan, and from there anywhere. */
const FILE_FUNCTION = /^(?:file\w*|templatefile|fileset|pathexpand)$/;

/**
 * Calls that read files which are not certain to be the repository's own. Such calls are refused when new or changed. (What fills
 * a variable part of a path is not followed.)
 */
export function fileCallFindings(tokens: readonly Token[], folder: string): Finding[] {
  return callsOf(tokens, FILE_FUNCTION).flatMap(({ name, line, argument }): Finding[] => {
    const path = firstArgument(argument);
    // The second argument of fileset is a path too.
    if (staysInside(path, folder) && !(name === 'fileset' && argument.slice(path.length).some(climbs))) return [];
    const reason = `${name}() may read a file outside the repository (a path must begin with \${path.module}/ and stay inside)`;
    return [{ line, rule: 'new', key: `call ${folder} ${name} ${canonical(name === 'fileset' ? argument : path)}`, reason }];
  });
}

/**
 * Whether a path is certain to lie in the repository: text from the module's folder on (`..` counted), with anything that is
 * filled in only further right; or plain text without `..`, which is relative to the stack's folder.
 */
function staysInside(argument: readonly Token[], folder: string): boolean {
  const [first, ...rest] = argument;
  if (first?.kind === 'string' && rest.length === 0) return isPlain(first.text) && !hasParent(first.text);
  if (first?.kind === 'name') return ['path . module', 'path . root'].includes(words(argument));
  if (first?.kind !== 'open' || rest.at(-1)?.kind !== 'close') return false;
  const base = words(rest.slice(0, 5));
  if (base !== '${ path . module }' && base !== '${ path . root }') {
    return rest[0]?.kind === 'text' && isPlain(rest[0].text) && !rest.some(climbs);
  }
  const [start, ...later] = rest.slice(5);
  if (start?.kind === 'close') return true;
  if (start?.kind !== 'text' || !start.text.startsWith('/')) return false;
  // Where the root module lies is not known here, so nothing may climb from it.
  const leaves = base.includes('module')
    ? posix.normalize(`${folder || '.'}${start.text}`).startsWith('..')
    : hasParent(start.text);
  return !leaves && !later.some(climbs);
}

function words(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join(' ');
}

function climbs({ kind, text }: Token): boolean {
  return (kind === 'text' || kind === 'string') && hasParent(text);
}

function isPlain(path: string): boolean {
  return path !== '' && !/^[/~\\]/.test(path);
}

function hasParent(path: string): boolean {
  return path.split(/[/\\]/).includes('..');
}

/** The same functions where a template can call them. */
const TEMPLATE_CALL =
  /(?<![\w.])(?:file|filebase64|fileexists|filemd5|file(?:base64)?sha(?:1|256|512)|templatefile|pathexpand)\s*\(/g;

/** Any other text file can be a template: a new call in one that has `${` or `%{` is refused, whatever its path. */
export function templateFindings(file: SourceFile): Finding[] {
  if (!/[$%]\{/.test(file.text)) return [];
  return [...file.text.matchAll(TEMPLATE_CALL)].map((match): Finding => {
    const line = file.text.slice(0, match.index).split('\n').length;
    const rest = /[^\n]*/.exec(file.text.slice(match.index))?.[0] ?? '';
    const reason = 'a template reads a file when planned, by a call that is new or changed';
    return { line, rule: 'new', key: `template ${file.path} ${rest}`, reason };
  });
}
