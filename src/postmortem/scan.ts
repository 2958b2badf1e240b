/** Reads the post-mortems of a repository. With `find.ts` the only files here that touch the disk. */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { findFiles, pathProblem } from './find.ts';
import { parsePostMortem, type ParseOptions } from './parse.ts';
import type { PostMortem, Problem } from './model.ts';

export interface ScanOptions extends ParseOptions {
  /** The repository's root; it has to exist, and nothing outside it is read. */
  readonly root: string;
  /** Globs below the root with `/` separators, plain paths, folders; `!x` excludes. */
  readonly patterns: readonly string[];
}

export interface ScanResult {
  /** Sorted by path. */
  readonly postMortems: readonly PostMortem[];
  /** Of finding and reading files; problems inside a document are in its own `problems`. */
  readonly problems: readonly Problem[];
  /** How many files the patterns matched, unreadable ones and templates included. */
  readonly files: number;
}

/** Larger files (bytes) are no post-mortems; they are reported instead of read. */
export const fileSizeCap = 10 * 1024 * 1024;

const template = /(?:^|[-_.])template(?:[-_.]|$)/i;
const overview = /^(?:readme|index)\.md$/i;

/**
 * Reads every file that a pattern matches, each once. What cannot be read is a problem, and the rest goes on.
 *
 * A template (`template.md`, `_template.md`, `post-mortem-template.md`) is never a post-mortem: its rows are examples. A `README.md` or
 * `index.md` is one if it holds a row of an action table, or if a pattern names it (a pattern that ends in `/README.md`).
 * @throws only if the root does not exist
 */
export function scan(options: ScanOptions): ScanResult {
  const { files, named, problems: notFound } = findFiles(options.root, options.patterns);
  const postMortems: PostMortem[] = [];
  const problems: Problem[] = [...notFound];
  for (const file of files) {
    const name = file.split('/').at(-1) ?? '';
    if (template.test(name)) {
      continue;
    }
    const read = readText(join(options.root, file), file);
    if (typeof read !== 'string') {
      problems.push(read);
      continue;
    }
    const postMortem = parsePostMortem(read, file, options);
    if (!overview.test(name) || named.has(file) || postMortem.todos.some(({ source }) => source === 'table')) {
      postMortems.push(detached(postMortem, read));
    }
  }
  return { postMortems, problems, files: files.length };
}

/** Texts that were cut out of a large one keep all of it in memory: for a folder of large documents that is the whole folder. */
function detached(postMortem: PostMortem, text: string): PostMortem {
  return text.length > LARGE_CHARACTERS ? structuredClone(postMortem) : postMortem;
}

const LARGE_CHARACTERS = 16 * 1024;

/** A file's text, or what keeps it from being read. */
function readText(path: string, file: string): string | Problem {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    const { size } = fstatSync(descriptor);
    if (size > fileSizeCap) {
      const megabytes = Math.ceil(size / 1024 / 1024);
      const message = `the file has ${megabytes} MiB, the limit is ${fileSizeCap / 1024 / 1024}`;
      return pathProblem(file, 'error', 'file-too-large', message, 'Move logs and data out of the post-mortem.');
    }
    const bytes = readWhole(descriptor, size);
    return isUtf8(bytes) ? bytes.toString('utf8') : notUtf8(bytes, file);
  } catch (error) {
    return pathProblem(file, 'error', 'unreadable', `the file cannot be read: ${messageOf(error)}`, 'Check its permissions.');
  } finally {
    if (descriptor !== null) {
      closeSync(descriptor);
    }
  }
}

/** Files are read into the same memory: a buffer for each of thousands would cost more than reading it. */
let shared = Buffer.allocUnsafeSlow(256 * 1024);

/** A file's first `size` bytes, valid until the next call. */
function readWhole(descriptor: number, size: number): Buffer {
  if (size > shared.length) {
    shared = Buffer.allocUnsafeSlow(size);
  }
  let length = 0;
  for (let read = -1; read !== 0 && length < size; length += read) {
    read = readSync(descriptor, shared, length, size - length, null);
  }
  return shared.subarray(0, length);
}

function notUtf8(bytes: Buffer, file: string): Problem {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const line = isUtf16 ? 1 : (bytes.toString('utf8').split('\ufffd', 1)[0] ?? '').split(/\r\n?|\n/).length;
  const message = isUtf16 ? 'the file is UTF-16' : 'the file is not valid UTF-8 from here on';
  return { ...pathProblem(file, 'error', 'not-utf8', message, 'Save it as UTF-8.'), line };
}
