import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/log.ts';
import { noticeMessage, noticeText } from '../../src/report/notices.ts';
import type { Notice } from '../../src/report/notices.ts';
import { blockProblems } from '../fakes/slack.ts';

const issueUrl = 'https://git.example.com/ops/infra/issues/12';
const published: Notice = {
  kind: 'published',
  title: 'DNS outage',
  url: 'https://git.example.com/ops/infra/src/branch/main/docs/post-mortems/2026-05-03-dns.md',
  file: 'docs/post-mortems/2026-05-03-dns.md',
  issueUrl,
  done: [{ action: 'Raise the cache', url: 'https://git.example.com/ops/infra/commit/abc' }],
  coming: [{ action: 'Add an alert', url: null }],
  planned: [{ action: 'Run a second resolver', url: null }],
};
const notices: readonly Notice[] = [
  { kind: 'investigating', subject: 'DNS is slow', issueUrl },
  { kind: 'fixed', subject: 'DNS is slow', issueUrl: null },
  published,
];

describe('the messages reporters are promised', () => {
  it.each(notices)('$kind is valid for Slack', (notice) => {
    expect(blockProblems(noticeMessage(notice, new Redactor()))).toEqual([]);
  });

  it('say that somebody looks into it, and that a fix is applied and what to check', () => {
    expect(noticeText({ kind: 'investigating', subject: 'DNS is slow', issueUrl })).toMatch(
      /^\*\*We are looking into it: DNS is slow\*\*\n\nThank you/,
    );
    expect(noticeText({ kind: 'fixed', subject: 'DNS is slow', issueUrl })).toMatch(
      /^\*\*A fix is applied: DNS is slow\*\*\n\nPlease check on your side/,
    );
  });

  it('say with the post-mortem what was done, what is coming and what is planned', () => {
    expect(noticeText(published)).toBe(
      [
        '**The post-mortem is published: DNS outage**',
        '',
        published.url,
        '',
        'Done so that it does not happen again:',
        '- Raise the cache (https://git.example.com/ops/infra/commit/abc)',
        '',
        'Being put in place automatically:',
        '- Add an alert',
        '',
        'Planned:',
        '- Run a second resolver',
      ].join('\n'),
    );
    const text = JSON.stringify(noticeMessage(published, new Redactor()).blocks);
    expect(text).toContain('|Read the post-mortem>');
    expect(text).toContain('<https://git.example.com/ops/infra/commit/abc|Raise the cache>');
    expect(text).toContain(`<${issueUrl}|The report>`);
  });

  it('name the file where the forge is not known, and say when there are no measures', () => {
    const bare: Notice = { ...published, url: null, done: [], coming: [], planned: [] };
    expect(noticeText(bare)).toContain('docs/post-mortems/2026-05-03-dns.md\nIt names no measures.');
    expect(blockProblems(noticeMessage(bare, new Redactor()))).toEqual([]);
  });

  it('stay valid whatever the texts hold', () => {
    const nasty = `<!channel> \`\`\` & ${'x'.repeat(5000)}\n# ${'\u202e'}*bold*`;
    const many = Array.from({ length: 100 }, (_, i) => ({
      action: `${i} ${nasty}`,
      url: `https://git.example.com/${'y'.repeat(500)}`,
    }));
    for (const notice of [
      { kind: 'fixed', subject: nasty, issueUrl: 'javascript:alert(1)' },
      { ...published, title: nasty, done: many, planned: many },
    ] as const) {
      const message = noticeMessage(notice, new Redactor());
      expect(blockProblems(message)).toEqual([]);
      // A header is plain text: nothing in it is a mention.
      const mrkdwn = JSON.stringify([message.text, ...message.blocks.filter(({ type }) => type !== 'header')]);
      expect(mrkdwn).not.toMatch(/<!channel>|javascript:/);
    }
  });
});
