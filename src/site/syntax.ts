/** Which extensions of Markdown a document needs: all of GitHub's cost a third more time than those nearly every document does with. */
import { gfm } from 'micromark-extension-gfm';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfmTable } from 'micromark-extension-gfm-table';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item';
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item';
import type { Options } from 'mdast-util-from-markdown';

/** One tilde is no strikethrough: people write approximations (`~5h`) with it. */
export const fullSyntax: Options = { extensions: [gfm({ singleTilde: false })], mdastExtensions: [gfmFromMarkdown()] };
const tablesAndTasks: Options = { extensions: [gfmTable(), gfmTaskListItem()], mdastExtensions: [gfmTableFromMarkdown(), gfmTaskListItemFromMarkdown()] };

const code = /^ {0,3}(```|~~~)[^\n]*\n[\s\S]*?^ {0,3}\1|`[^`\n]+`/gm;
/** Strikethrough, footnotes, and addresses that are no link yet. */
const others = /~~|\[\^|(?<!\]\(|<|\]: )https?:\/\/|www\.|[\w.+-]@[\w-]+\./i;

/** The syntax that reads a document as `fullSyntax` would. */
export function syntaxFor(text: string): Options {
  return others.test(text.replaceAll(code, '')) ? fullSyntax : tablesAndTasks;
}
