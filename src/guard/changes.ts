/**
 * What a patch changes, read from git's own output. The three formats are read together and must agree: what one of them
 * hides (a mode, a binary file, an odd name) shows in another.
 */

/** `git` arguments the reader relies on: whatever the user's or the repository's configuration says, this is the output. */
const PLAIN_DIFF = [
  '--no-renames',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-relative',
  '--ignore-submodules=none',
  '--submodule=short',
];

/** Arguments for `git diff` (before any revision) that give `readChanges` its three inputs. */
export const DIFF_ARGUMENTS = {
  raw: [...PLAIN_DIFF, '--raw', '-z', '--no-abbrev'],
  numstat: [...PLAIN_DIFF, '--numstat', '-z'],
  patch: [...PLAIN_DIFF, '--patch', '-U0', '--inter-hunk-context=0', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'],
} as const;

export interface AddedLine {
  /** 1-based, in the new file. */
  readonly line: number;
  readonly text: string;
}

/** One changed path. A rename is a deletion and an addition. */
export interface FileChange {
  readonly path: string;
  /** git's letter: A, M, D, T (type changed), U (unmerged), or one we do not know. */
  readonly status: string;
  /** Six octal digits as git writes them; `000000` where there is no file. */
  readonly oldMode: string;
  readonly newMode: string;
  readonly binary: boolean;
  readonly added: number;
  readonly deleted: number;
  readonly addedLines: readonly AddedLine[];
}

/** A patch as it was understood; `problems` is empty when all of it was. */
export interface Patch {
  readonly files: readonly FileChange[];
  readonly problems: readonly string[];
}

/**
 * Reads one patch from the outputs of `git diff` with the arguments of `DIFF_ARGUMENTS`, over the same two trees.
 * Never throws: what cannot be read is a problem, and a patch with problems is refused by `checkPatch`.
 */
export function readChanges(input: {
  readonly raw: Buffer | string;
  readonly numstat: string;
  readonly patch: string;
}): Patch {
  const problems: string[] = [];
  const counts = readCounts(input.numstat, problems);
  const added = readAddedLines(input.patch, problems);
  const files = readRecords(input.raw.toString('utf8'), problems).map((record): FileChange => {
    const count = counts.get(record.path);
    const addedLines = added.get(record.path) ?? [];
    if (!count) {
      problems.push(`git counts no lines for a file it calls changed: ${JSON.stringify(record.path)}`);
    } else if (count.added !== addedLines.length) {
      problems.push(
        `git counts ${count.added} new lines in ${JSON.stringify(record.path)}, its patch shows ${addedLines.length}`,
      );
    }
    counts.delete(record.path);
    added.delete(record.path);
    return { ...record, ...(count ?? { added: 0, deleted: 0, binary: false }), addedLines };
  });
  for (const path of new Set([...counts.keys(), ...added.keys()])) {
    problems.push(`git shows new lines for a file it does not call changed: ${JSON.stringify(path)}`);
  }
  return { files, problems };
}

type Record = Pick<FileChange, 'path' | 'status' | 'oldMode' | 'newMode'>;

/** `:<old mode> <new mode> <old id> <new id> <status>NUL<path>NUL`, see git-diff, RAW OUTPUT FORMAT. */
function readRecords(raw: string, problems: string[]): Record[] {
  const records: Record[] = [];
  const fields = raw.split('\0');
  if (fields.pop() !== '') problems.push("git's list of changed files (--raw) ends in the middle of an entry");
  for (let i = 0; i < fields.length; i += 2) {
    const head = /^:([0-7]{6}) ([0-7]{6}) [0-9a-f]{40,64} [0-9a-f]{40,64} ([A-Z]\d*)$/.exec(fields[i] ?? '');
    const path = fields[i + 1];
    if (!head || path === undefined) {
      problems.push("git's list of changed files (--raw) has an entry that cannot be read");
      break;
    }
    records.push({ path, oldMode: head[1] ?? '', newMode: head[2] ?? '', status: head[3] ?? '' });
  }
  return records;
}

/** `<added>TAB<deleted>TAB<path>NUL`, with `-` for both numbers of a binary file. */
function readCounts(numstat: string, problems: string[]): Map<string, { added: number; deleted: number; binary: boolean }> {
  const counts = new Map<string, { added: number; deleted: number; binary: boolean }>();
  const entries = numstat.split('\0');
  if (entries.pop() !== '') problems.push("git's line counts (--numstat) end in the middle of an entry");
  for (const entry of entries) {
    const match = /^(?:(\d+)\t(\d+)|-\t-)\t([\s\S]+)$/.exec(entry);
    if (!match) {
      problems.push("git's line counts (--numstat) have an entry that cannot be read");
      continue;
    }
    const binary = match[1] === undefined;
    counts.set(match[3] ?? '', { added: Number(match[1] ?? 0), deleted: Number(match[2] ?? 0), binary });
  }
  return counts;
}

const HEADER =
  /^(?:diff --git |index |old mode |new mode |deleted file mode |new file mode |Binary files |\* Unmerged path |\\ )/;

/** New lines per path. Hunks are read by their counts, so that no line of a file can pass for a header. */
function readAddedLines(patch: string, problems: string[]): Map<string, AddedLine[]> {
  const added = new Map<string, AddedLine[]>();
  const lines = patch.split('\n');
  if (lines.pop() !== '') problems.push('the patch ends in the middle of a line');
  let oldName = '';
  let target: AddedLine[] | null = null;
  for (let i = 0; i < lines.length;) {
    const line = lines[i++] ?? '';
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk && target) {
      i = readHunk(lines, i, { deleted: Number(hunk[1] ?? 1), start: Number(hunk[2]), added: Number(hunk[3] ?? 1) }, target);
    } else if (line.startsWith('--- ')) {
      oldName = fileName(line, 'a/');
    } else if (line.startsWith('+++ ')) {
      const path = fileName(line, 'b/') || oldName;
      if (path === '') problems.push('the patch names a file in a way that cannot be read');
      target = added.get(path) ?? [];
      added.set(path, target);
    } else if (HEADER.test(line)) {
      target = null;
    } else {
      problems.push('the patch has a line that cannot be read');
      break;
    }
  }
  return added;
}

/** Takes one hunk's lines; a line that fits neither count ends it, and the caller stumbles over it. */
function readHunk(
  lines: readonly string[],
  from: number,
  hunk: { deleted: number; start: number; added: number },
  target: AddedLine[],
): number {
  let { deleted, added, start } = hunk;
  let i = from;
  for (; deleted > 0 || added > 0; i++) {
    const line = lines[i] ?? '';
    if (line.startsWith('+') && added > 0) {
      target.push({ line: start++, text: line.slice(1) });
      added--;
    } else if (line.startsWith('-') && deleted > 0) {
      deleted--;
    } else if (!line.startsWith('\\ ')) {
      break;
    }
  }
  // "\ No newline at end of file" after the hunk's last line.
  while (lines[i]?.startsWith('\\ ')) i++;
  return i;
}

/** The path of a `---` or `+++` line without its prefix; empty for /dev/null and for what cannot be read. */
function fileName(line: string, prefix: string): string {
  // git ends a name that holds a space with a tab, so that patch(1) finds its end.
  const written = line.slice(4).replace(/\t$/, '');
  const name = written.startsWith('"') ? unquoted(written) : written;
  return name.startsWith(prefix) ? name.slice(prefix.length) : '';
}

const ESCAPES: Readonly<{ [letter: string]: number }> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** Undoes git's quoting of unusual names (quote.c): C escapes, and bytes as three octal digits. */
function unquoted(written: string): string {
  const match = /^"((?:[^"\\]|\\.)*)"$/.exec(written);
  const bytes: Buffer[] = [];
  for (const [part, escape] of (match?.[1] ?? '').matchAll(/\\([0-7]{3}|.)|[^\\]+/g)) {
    if (escape === undefined) bytes.push(Buffer.from(part));
    else bytes.push(Buffer.from([/^[0-7]{3}$/.test(escape) ? Number.parseInt(escape, 8) : (ESCAPES[escape] ?? 63)]));
  }
  return Buffer.concat(bytes).toString('utf8');
}
