/** Puts what was found out into the kit's texts. */
import { posix } from 'node:path';
import type { Facts } from './facts.ts';
import { addressesOf } from './remote.ts';
import { commandsFor } from './terraform.ts';

/** What stands for what could not be found out; easy to search for. */
export const EXAMPLE_URL = 'https://git.example.com/example/infra';
const EXAMPLE_REPOSITORY = 'example/infra';
export const DEFAULT_BRANCH = 'main';
export const DEFAULT_STACKS = 'stacks/*';
/** The image, and the program on the PATH of an agent with the local backend. */
export const IMAGE = 'infra/postmortem-plugin';
export const PROGRAM = 'postmortem-plugin';

export type Places = Readonly<Record<string, string>>;

/** The value of every place in the kit's texts. */
export function placesFor(facts: Facts, backend: string): Places {
  const url = facts.remote?.url ?? EXAMPLE_URL;
  const repository = facts.remote?.repository ?? EXAMPLE_REPOSITORY;
  const branch = facts.branch ?? DEFAULT_BRANCH;
  const { issues, newIssue, files } = addressesOf(url, facts.forge, branch);
  const commands = commandsFor(facts.terraform);
  return {
    repository,
    repository_url: url,
    name: posix.basename(repository),
    branch,
    issues_url: issues,
    new_issue_url: newIssue,
    docs_url: files,
    stacks: facts.terraform.stacks.length === 0 ? DEFAULT_STACKS : facts.terraform.stacks.join(','),
    plan_command: commands.plan,
    show_command: commands.show,
    apply_command: commands.apply,
    backend,
    image: backend === 'local' ? PROGRAM : `${IMAGE}:latest`,
  };
}

/**
 * The text with every `{{place}}` filled in (`${{ }}` is of GitHub Actions). The values are plain (see facts.ts): nothing in them
 * needs quoting in YAML or Markdown.
 * @throws Error on a place without a value, which is a bug of the kit
 */
export function fill(text: string, places: Places): string {
  return text.replaceAll(/(?<!\$)\{\{(\w+)\}\}/g, (place, name: string) => {
    const value = places[name];
    if (value === undefined) throw new Error(`the kit has a place nobody fills: ${place}`);
    return value;
  });
}
