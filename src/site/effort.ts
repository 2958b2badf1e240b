/** Whether a document can be rendered in reasonable time: Markdown parsers are superlinear on text made to hurt them. */
import { outlineOf } from '../postmortem/outline.ts';

/** Larger documents (UTF-16 units) are data, not prose. */
const longest = 256 * 1024;
const mostTableLines = 2000;
/** Emphasis and links cost the square of their marks in one paragraph; 4 million are well below a second. */
const mostMarks = 4_000_000;

/** Why a document is shown as it is written instead of rendered; `null` when nothing speaks against rendering. */
export function tooMuchOf(text: string): string | null {
  if (text.length > longest) {
    return `it is longer than ${longest / 1024} KiB`;
  }
  const { tableLines, marks } = countMarks(text);
  if (tableLines > mostTableLines) {
    return `its tables have more than ${mostTableLines} rows`;
  }
  if (marks > mostMarks) {
    return 'a paragraph holds too many brackets, asterisks or underscores';
  }
  return outlineOf(text).tooDeepLine === null ? null : 'its lists or quotes are nested too deep';
}

/** Lines of tables, and the sum over all paragraphs and rows of the square of their marks. */
function countMarks(text: string): { readonly tableLines: number; readonly marks: number } {
  let tableLines = 0;
  let marks = 0;
  let ofParagraph = 0;
  for (const line of text.split(/\r\n?|\n/)) {
    const isRow = line.includes('|');
    tableLines += isRow ? 1 : 0;
    if (isRow || line.trim() === '') {
      marks += ofParagraph ** 2;
      ofParagraph = 0;
    }
    ofParagraph += line.match(/[*_~[]/g)?.length ?? 0;
  }
  return { tableLines, marks: marks + ofParagraph ** 2 };
}
