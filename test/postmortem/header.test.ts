import { describe, expect, test } from 'vitest';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

function dateIn(text: string, file = 'x.md'): string | null {
  return parsePostMortem(text, file).date;
}

describe('the date of a post-mortem', () => {
  test.each([
    ['a table', '# Outage\n\n| Field | Value |\n|---|---|\n| **Date** | 2026-03-16 |\n', '2026-03-16'],
    ['a bold line', '# Outage\n\n**Date:** 2026-05-17\n', '2026-05-17'],
    ['a list', '# Outage\n\n- **Date of incident**: 2026-05-17 21:15 UTC to 2026-05-20\n', '2026-05-17'],
    ['front matter', '---\ntitle: Outage\ndate: "2026-05-17"\n---\n\n# Outage\n', '2026-05-17'],
    ['German', '# Ausfall\n\n**Datum**: 20.11.2025\n', '2025-11-20'],
    ['English words', '# Outage\n\nDate: May 9th, 2026\n', '2026-05-09'],
    ['English words, day first', '# Outage\n\nIncident date: 9 May 2026\n', '2026-05-09'],
    ['Japanese', '# 障害報告\n\n- 発生日: 2026年5月9日\n', '2026-05-09'],
    ['Korean', '# 장애 보고\n\n발생 일시: 2026년 5월 9일\n', '2026-05-09'],
    ['the title', '# 2026-06-11 — disk dead\n\ntext\n', '2026-06-11'],
    ['a day that does not exist', '# Outage\n\nDate: 2026-02-30\n', null],
    ['a date in the text', '# Outage\n\nOn 2026-02-03 the disk was full.\n', null],
  ])('from %s', (_, text, date) => {
    expect(dateIn(text)).toBe(date);
  });

  test('else from the name of the file', () => {
    expect(dateIn('# Outage\n', 'docs/2026-05-09-disk.md')).toBe('2026-05-09');
    expect(dateIn('# Outage\n', 'docs/2026_05_09.md')).toBe('2026-05-09');
    expect(dateIn('# Outage\n', 'docs/01_30_2020-x.md')).toBe('2020-01-30');
    expect(dateIn('# Outage\n', 'docs/2026-05-09/readme.md')).toBe(null);
  });
});

describe('the title of a post-mortem', () => {
  test.each([
    ['its first heading of level 1', 'text\n\n# The **big** outage #\n\n## Summary\n', 'The big outage'],
    ['else its first heading', '## Summary\n\n### More\n', 'Summary'],
    ['else its front matter', '---\ntitle: "The outage"\n---\n\ntext\n', 'The outage'],
    ['else its file name', 'text\n', 'x'],
  ])('is %s', (_, text, title) => {
    expect(parsePostMortem(text, 'docs/x.md').title).toBe(title);
  });
});
