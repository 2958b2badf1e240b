import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { compareFile } from '../kit/compare.ts';
import { findFacts } from '../kit/facts.ts';
import type { Backend, Facts } from '../kit/facts.ts';
import { KIT, kitFor } from '../kit/files.ts';
import type { KitFile } from '../kit/files.ts';
import { fill, placesFor } from '../kit/fill.ts';
import type { Places } from '../kit/fill.ts';
import { differenceHints, factLines, fileLines, isBehind, nextSteps, pushNote } from '../kit/report.ts';
import { stamped } from '../kit/stamp.ts';
import { readInstalled, writeInstalled } from '../kit/write.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/schema.ts';

export interface InitInput {
  readonly settings: Settings;
  /** The repository's root. */
  readonly root: string;
  readonly log: Log;
  /** Of this plugin, and so of the kit. */
  readonly version: string;
  /** How this program is called here, for the commands it prints. */
  readonly command: string;
  /** Takes the text of `show`. */
  readonly write: (text: string) => void;
}

/**
 * Writes the kit into a repository: skills, agent, pipelines, issue forms, the incident response page. Asks nothing, fills in
 * what it can find out, replaces only what nobody changed. With `check` it writes nothing.
 * @returns the exit code: with `check` 1 when files are missing or behind this kit
 * @throws UserError when the folder is not the repository's root or cannot be written
 */
export async function init({ settings, root, log, version, command, write }: InitInput): Promise<number> {
  const facts = findFacts(root, new Set(KIT.map(({ path }) => path)));
  if (!facts.isRepository) insistOnRoot(root);
  const backend: Backend = settings.backend ?? facts.backend ?? 'kubernetes';
  const files = kitFor(facts.forge, backend);
  const places = placesFor(facts, backend);
  if (settings.show !== null) {
    write(shown(settings.show, files, places, version));
    return 0;
  }
  describe(facts, backend, settings, log);
  const entries = files.map(({ path, text }) => ({
    path,
    state: compareFile(readInstalled(root, path), fill(text, places), text, path, version),
  }));
  if (settings.check) {
    log.info(`The kit ${version} and what is here:`);
    for (const line of [...fileLines(entries, 'checked'), ...differenceHints(entries, command)]) log.info(line);
    const behind = isBehind(entries);
    log.info(
      behind
        ? `The kit here is older than ${version} or not complete: ${command} init brings it up to date.`
        : `The kit here is that of ${version}.`,
    );
    return behind ? 1 : 0;
  }
  for (const { path, text } of files) {
    const kind = entries.find((entry) => entry.path === path)?.state.kind;
    if (kind === 'missing' || kind === 'older') writeInstalled(root, path, stamped(path, fill(text, places), version));
  }
  log.info(`The kit ${version}:`);
  const parts = [
    fileLines(entries, 'written'),
    differenceHints(entries, command),
    pushNote(facts.pushPipelines),
    nextSteps(backend, command),
  ];
  log.info(
    parts
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n'),
  );
  return 0;
}

function describe(facts: Facts, backend: Backend, settings: Settings, log: Log): void {
  if (!facts.isRepository) log.warn('this folder is no git repository: nothing could be learned from it');
  log.info('Found here:');
  for (const line of factLines(facts, backend, settings.backend)) log.info(line);
  log.info('');
}

/** The kit's text of one file, as init would write it. */
function shown(path: string, files: readonly KitFile[], places: Places, version: string): string {
  const wanted = path.replaceAll('\\', '/').replace(/^\.\//, '');
  const file = files.find((candidate) => candidate.path === wanted);
  if (!file)
    throw new UserError(
      `show: the kit has no file ${path} for this repository`,
      `Its files: ${files.map((candidate) => candidate.path).join(', ')}.`,
    );
  return stamped(file.path, fill(file.text, places), version);
}

/** A folder inside a repository is a mistake; one outside any is not. */
function insistOnRoot(root: string): void {
  for (let folder = dirname(root); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) {
      throw new UserError(`${root} is not the root of its repository`, `Run it in ${folder}, or mount that folder.`);
    }
  }
}
