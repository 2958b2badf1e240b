/** Documents to measure with: made-up post-mortems for where no corpus is, and hostile ones. */

/** Fifty post-mortems of about 10 kB, one in four with open rows in a table, the others with lists or closed rows. */
export function generatedDocuments(): string[] {
  return Array.from({ length: 50 }, (_, index) => {
    const prose = Array.from({ length: 60 }, (_, line) => `Line ${line} of what \`service-${index}\` did in **this** outage, as far as is known.`);
    const event = (line: number): string => `| 10:${10 + line} | Pod ${line} of [service](https://example.org/${line}) restarted |`;
    const timeline = Array.from({ length: 20 }, (_, line) => event(line));
    return [
      `# Post-mortem: outage ${index}`,
      '',
      `**Date:** 2026-01-${String((index % 28) + 1).padStart(2, '0')}`,
      '',
      '## Timeline',
      '',
      '| Time | Event |',
      '|---|---|',
      ...timeline,
      '',
      '## Root cause',
      '',
      ...prose,
      '',
      '## Prevention Plan',
      '',
      ...(index % 2 === 0 ? rows(index % 4 === 0 ? 'TODO' : 'Done') : items()),
      '',
    ].join('\n');
  });
}

function rows(status: string): string[] {
  const action = (line: number): string => `Add an alert for \`metric_${line}\``;
  const row = (line: number): string => `| P${line % 4} | ${action(line)} | Alert | On more than ${line} errors | ${status} |`;
  const rows = Array.from({ length: 8 }, (_, line) => row(line));
  return ['| Priority | Action | Type | Details | Status |', '|---|---|---|---|---|', ...rows];
}

function items(): string[] {
  return Array.from({ length: 8 }, (_, line) => `- [${line % 2 === 0 ? 'x' : ' '}] Add an alert for \`metric_${line}\``);
}

const header = '## Action items\n\n| Priority | Action | Type | Details | Status |\n|---|---|---|---|---|\n';

const numbered = (n: number, line: (index: number) => string): string => Array.from({ length: n }, (_, index) => line(index)).join('');

/** Texts that cost Markdown parsers quadratic or cubic time. `size` is n, chosen so that 8n takes some tens of milliseconds. */
export const hostileDocuments: readonly { readonly name: string; readonly size: number; readonly make: (n: number) => string }[] = [
  { name: 'rows', size: 4000, make: (n) => header + numbered(n, (i) => `| P1 | Add alert ${i} | Alert | x | TODO |\n`) },
  { name: 'cells of link openers', size: 20, make: (n) => header + `| P1 | ${'[a]('.repeat(4000)} | Alert | x | TODO |\n`.repeat(n) },
  { name: 'link openers in one item', size: 100_000, make: (n) => `## Action items\n\n- ${'[a]('.repeat(n)}\n` },
  { name: 'items of link openers', size: 100, make: (n) => `## Action items\n\n${`- Add ${'[a]('.repeat(60)}\n`.repeat(n)}` },
  { name: 'lists in lists on one line', size: 50_000, make: (n) => `${'- '.repeat(n)}a\n` },
  { name: 'lists in lists', size: 300, make: (n) => `${'- '.repeat(20)}a\n`.repeat(n) },
  { name: 'quotes in quotes', size: 300, make: (n) => `${'>'.repeat(200)} a\n`.repeat(n) },
  { name: 'items', size: 2000, make: (n) => `## Action items\n\n${'- [ ] Add an alert\n  - for **this**\n'.repeat(n)}` },
  { name: 'headings', size: 20_000, make: (n) => '## Action items (open)\n\ntext\n\n'.repeat(n) },
  { name: 'paragraph lines', size: 40_000, make: (n) => 'text of a paragraph that never ends\n'.repeat(n) },
  { name: 'carriage returns', size: 100_000, make: (n) => `${'text\r'.repeat(n)}` },
  { name: 'open comments', size: 50_000, make: (n) => '<!-- '.repeat(n) },
  { name: 'definitions', size: 5000, make: (n) => numbered(n, (i) => `[r${i}]: https://a.example/${i}\n`) },
  { name: 'cells in a row', size: 30_000, make: (n) => `| ${'a | '.repeat(n)}\n| ${'- | '.repeat(n)}\n| ${'b | '.repeat(n)}\n` },
];
