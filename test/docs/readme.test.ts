import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle, project } from '../support/bundle.ts';
import { codeBlocks, inlineCode } from '../support/documents.ts';

const text = readFileSync(`${project}README.md`, 'utf8');
const escaped = (line: string) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('commands shown with their output', () => {
  const shown = codeBlocks(text).filter(({ language }) => language === 'console').map((block) => block.text);

  it.each(shown.map((block) => block.split('\n')))('%s', (command, ...lines) => {
    const words = command.replace(/^\$ node \.\.\/dist\/postmortem-plugin\.cjs /, '').split(' ');
    const output = execFileSync(process.execPath, [bundle, ...words], { cwd: `${project}examples`, env: { PATH: process.env['PATH'] ?? '' }, encoding: 'utf8' });
    // A line of three dots stands for any lines.
    const pattern = lines.map((line) => (line === '...' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`)).join('').replace(/\\n$/, '');
    expect(output).toMatch(new RegExp(`^${pattern}`));
  });

  it('are there', () => {
    expect(shown.length).toBeGreaterThan(1);
  });
});

/** Literal text of the sources; what is filled in is cut out, and strings written in several parts are joined. */
function sourceText(): string {
  const files = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(join(project, 'src', file), 'utf8').replaceAll(/['`] \+\n\s*['`]/g, '')).join('\n');
}

describe('the messages under Trouble-shooting', () => {
  const source = sourceText();
  const section = /^## Trouble-shooting\n([\s\S]*?)^## /m.exec(text)?.[1] ?? '';
  const messages = section.split('\n').flatMap((line) => (/^\| `/.test(line) ? [inlineCode(line)[0] ?? ''] : []));

  it.each(messages)('%s', (message) => {
    const parts = message.split('...').filter((part) => part.trim().length > 3);
    expect(parts.filter((part) => !source.includes(part)), 'parts that no source file has').toEqual([]);
  });

  it('are there', () => {
    expect(messages.length).toBeGreaterThan(20);
  });
});
