import { describe, expect, test } from 'vitest';
import { nestingCap } from '../../src/postmortem/scanner.ts';
import { outlineOf } from '../../src/postmortem/outline.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

const header = '## Action items\n\n| Priority | Action | Type | Details | Status |\n|---|---|---|---|---|\n';
const row = '| P1 | Add an alert | Alert | On load | TODO |\n';

/** Each would take minutes with a parser over the whole document; how time grows is measured in bench/parse.ts. */
describe('hostile documents are read to the end', () => {
  test.each([
    ['link openers in a cell', header + `| P1 | ${'[a]('.repeat(4000)} | Alert | x | TODO |\n${row}`],
    ['link openers in an item', `## Action items\n\n- ${'[a]('.repeat(200_000)}\n\n${header}${row}`],
    ['emphasis marks in a cell', header + `| P1 | ${'*a **b _c '.repeat(1500)} | Alert | x | TODO |\n${row}`],
    ['back-ticks of all lengths', header + `| P1 | ${Array.from({ length: 150 }, (_, n) => '`'.repeat(n)).join(' ')} | Alert | x | TODO |\n${row}`],
    ['lists in lists', `${'- '.repeat(50_000)}a\n\n${header}${row}`],
    ['lists in lists, line by line', `${Array.from({ length: 3000 }, (_, n) => `${'  '.repeat(n)}- a`).join('\n')}\n\n${header}${row}`],
    ['quotes in quotes', `${'>'.repeat(100_000)} a\n\n${header}${row}`],
    ['open comments', `${'<!-- '.repeat(50_000)}-->\n\n${header}${row}`],
    ['tags', `a ${'<a '.repeat(100_000)}\n\n${header}${row}`],
    ['headings', `${'# a\n'.repeat(20_000)}\n${header}${row}`],
    ['definitions', `${Array.from({ length: 20_000 }, (_, n) => `[r${n}]: https://a.example/${n}`).join('\n')}\n\n${header}${row}`],
    ['carriage returns', `${'a\r'.repeat(100_000)}\n\n${header}${row}`],
    ['a header of many cells', `| ${'a | '.repeat(50_000)}\n| ${'- | '.repeat(50_000)}\n\n${header}${row}`],
    ['statuses in an item', `## Action items\n\n- ${'(done) '.repeat(50_000)}\n\n${header}${row}`],
    ['control characters', `\u0000\u001b[2J\u202e${header.replace('## ', '## \u001b[31m')}${row.replace('alert', 'al\u0000ert\u001b]0;x\u0007')}`],
  ])('%s', (_, text) => {
    const { todos } = parsePostMortem(text, 'x.md');
    expect(todos.some(({ type, state }) => type === 'Alert' && state === 'open')).toBe(true);
  });

  test('50,000 rows are 50,000 TODOs', () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => row.replace('an alert', `alert ${n}`)).join('');
    expect(parsePostMortem(header + rows, 'x.md').todos).toHaveLength(50_000);
  });

  test('nesting beyond the cap is text, and reported', () => {
    const deep = Array.from({ length: nestingCap + 5 }, (_, n) => `${'  '.repeat(n)}- Add ${n}`).join('\n');
    expect(parsePostMortem(`## Action items\n\n${deep}\n`, 'x.md').problems).toMatchObject([{ rule: 'nesting-too-deep', line: 3 + nestingCap }]);
    expect(outlineOf(deep).blocks.filter(({ kind }) => kind === 'item')).toHaveLength(nestingCap);
  });

  test('no text comes out with control characters or direction overrides', () => {
    const text = `# a\u001b[31m\u202eb\n\n${header}${row.replace('alert', 'al\u0000e\u001b[2Jrt \u2066x\u2069').replace('On load', 'a\u0007b')}- \u009b31mAdd\u0085 x\n`;
    const { title, todos } = parsePostMortem(text, 'x.md');
    const texts = [title, ...todos.flatMap(({ action, details }) => [action, details])].join('');
    expect(texts).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  });
});
