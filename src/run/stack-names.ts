import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { stacksOf } from '../guard/stacks.ts';
import type { Todo } from '../postmortem/model.ts';

/** Which stack a TODO speaks of, as far as its words tell. A guess: what it changes is known when the agent has changed it. */

/** Folders in which nothing of a stack lies, and which can be large. */
const NEVER = new Set(['.git', 'node_modules', '.terraform', '.terragrunt-cache']);

/**
 * The stacks of a checkout, sorted, by the rule that the patch gate goes by. Symbolic links are not followed; what cannot be read is left out.
 * @param globs the setting `stacks`
 */
export function stacksIn(root: string, globs: readonly string[]): string[] {
  const files: { path: string }[] = [];
  const walk = (folder: string): void => {
    for (const entry of entriesOf(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) files.push({ path });
      else if (entry.isDirectory() && !NEVER.has(entry.name)) walk(path);
    }
  };
  const bases = globs.map((glob) => picomatch.scan(glob.trim().replace(/^\.?\//, '')).base).filter((base) => !base.split('/').includes('..'));
  for (const base of new Set(bases)) walk(base === '.' ? '' : base);
  return stacksOf(files, globs).stacks;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Finds stacks in texts: in time that depends on the text, not on the number of stacks. */
export class StackNames {
  private readonly folders: ReadonlySet<string>;
  /** Folders by name, as `wordsOf` writes it; of several of one name the first. */
  private readonly byName = new Map<string, string>();
  private longest = 0;

  /** @param stacks folders, sorted */
  constructor(stacks: readonly string[]) {
    this.folders = new Set(stacks);
    for (const folder of stacks) {
      const name = wordsOf(folder.slice(folder.lastIndexOf('/') + 1)).join('-');
      if (name === '' || this.byName.has(name)) continue;
      this.byName.set(name, folder);
      this.longest = Math.max(this.longest, name.split('-').length);
    }
  }

  /** The stack a TODO names: a folder that is written out before a mere name, the action before the details, the first before the next. */
  namedBy({ action, details }: Pick<Todo, 'action' | 'details'>): string | null {
    return this.folderIn(action) ?? this.folderIn(details) ?? this.nameIn(action) ?? this.nameIn(details);
  }

  /** `stacks/dns`, also as the beginning of `stacks/dns/main.tf`. */
  private folderIn(text: string): string | null {
    for (const [word] of text.matchAll(/[^\s"'`()<>[\]{},;|]*\/[^\s"'`()<>[\]{},;|]*/g)) {
      const parts = word.replace(/^\.?\//, '').replace(/[.:!?]+$/, '').split('/').slice(0, 20);
      for (let length = 1; length <= parts.length; length++) {
        const folder = parts.slice(0, length).join('/');
        if (this.folders.has(folder)) return folder;
      }
    }
    return null;
  }

  /** `uptime-kuma`, also written `Uptime Kuma`; `web-proxy` is not `web`. Of names that begin at one word the longest. */
  private nameIn(text: string): string | null {
    const words = wordsOf(text);
    for (let at = 0; at < words.length; at++) {
      for (let length = Math.min(this.longest, words.length - at); length > 0; length--) {
        const stack = this.byName.get(words.slice(at, at + length).join('-'));
        if (stack !== undefined) return stack;
      }
    }
    return null;
  }
}

/** Words in small letters, those with hyphens or underscores whole. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().replaceAll('_', '-').match(/[\p{L}\p{N}]+(?:-+[\p{L}\p{N}]+)*/gu) ?? [];
}
