import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/log.ts';
import { buildSlackMessage, shouldNotify } from '../../src/report/slack.ts';
import type { SlackMessage } from '../../src/report/slack-blocks.ts';
import type { RunReport, TodoOutcome } from '../../src/report/report.ts';
import { blockProblems } from '../fakes/slack.ts';
import { decided, outcome, runReport, todo } from '../support/reports.ts';

const build = (change: Partial<RunReport> = {}, redactor = new Redactor()): SlackMessage =>
  buildSlackMessage(runReport(change), redactor);

/** All text a reader sees, block by block. */
function texts(message: SlackMessage): string[] {
  return message.blocks.flatMap((block) => {
    switch (block.type) {
      case 'context':
        return block.elements.map(({ text }) => text);
      case 'actions':
        return block.elements.map(({ text, url }) => `[${text.text}](${url})`);
      default:
        return [block.text.text];
    }
  });
}

describe('the message of a run', () => {
  it('shows per post-mortem its title and link, and per TODO what came of it', () => {
    const other = todo({
      file: 'docs/post-mortems/2026-04-14-nfs.md',
      priority: 'P1',
      type: 'Config',
      action: 'Manage nfs.conf',
    });
    const message = build({
      outcomes: [
        outcome(),
        outcome({
          todo: other,
          postMortemTitle: 'NFS was gone',
          kind: 'needs-review',
          reason: 'the plan destroys a resource',
          commit: null,
          costUsd: 0.004,
          durationMs: 900,
        }),
        outcome({
          todo: todo({ action: 'Alert on iowait' }),
          kind: 'failed',
          reason: 'time limit of 30m reached',
          commit: null,
          costUsd: null,
          durationMs: null,
        }),
        outcome({
          todo: todo({ action: 'Alert on inodes' }),
          kind: 'deferred',
          reason: 'budget used up',
          commit: null,
          costUsd: null,
          durationMs: null,
        }),
      ],
    });
    expect(texts(message)).toEqual([
      'Post-mortem TODOs: 1 done, 1 for human review, 1 failed, 1 deferred',
      'ops/infra | branch main | host wizard@10.0.10.10:22 | $1.23 | 4m 14s',
      '*<https://git.example.com/ops/infra/src/branch/main/docs/post-mortems/2026-05-25-disk.md|The disk was full>*\n' +
        '• *Done:* P0 Alert: Add an alert for a full disk - commit <https://git.example.com/ops/infra/commit/abcdef01|abcdef01> - ' +
        'applied 1 change in stacks/monitoring - $0.42, 1m 12s\n' +
        '• *Failed:* P0 Alert: Alert on iowait - time limit of 30m reached\n' +
        '• *Deferred to the next run:* P0 Alert: Alert on inodes - budget used up',
      '*<https://git.example.com/ops/infra/src/branch/main/docs/post-mortems/2026-04-14-nfs.md|NFS was gone>*\n' +
        '• *Needs human review:* P1 Config: Manage nfs.conf - the plan destroys a resource - under $0.01, 0.9s',
      '[Open pipeline 12](https://ci.example.com/repos/1/pipeline/12)',
    ]);
    expect(blockProblems(message)).toEqual([]);
  });

  it('has a text for clients without blocks', () => {
    expect(build({ outcomes: [outcome()] }).text).toBe(
      'Post-mortem TODOs: 1 done\nops/infra, branch main\nDone: Add an alert for a full disk',
    );
  });

  it('of a run with nothing to do says so, and what waits for people', () => {
    const awaiting = Array.from({ length: 7 }, (_, n) =>
      decided('review', { type: 'Migration', priority: 'P2', line: n, action: `Move ${n}` }, 'Migration is no safe type'),
    );
    const [head, , waiting] = texts(build({ status: 'nothing-to-do', awaiting }));
    expect(head).toBe('Post-mortem TODOs: nothing to do');
    expect(waiting?.split('\n')[0]).toBe('*Waiting for a person:* 7 TODOs');
    expect(waiting).toContain(
      '• P2 Migration: Move 0 - <https://git.example.com/ops/infra/src/branch/main/docs/post-mortems/2026-05-25-disk.md#L0|' +
        '2026-05-25-disk.md:0> - Migration is no safe type',
    );
    expect(waiting?.split('\n').at(-1)).toBe('and 2 more');
  });

  it('counts rightly what it leaves out for want of room', () => {
    const long = '&'.repeat(300);
    const awaiting = Array.from({ length: 9 }, () => decided('review', { action: long }, long));
    const waiting = texts(build({ awaiting, notices: Array.from({ length: 9 }, () => long) }));
    const listed = waiting.map((text) => [text.match(/^•/gm)?.length ?? 0, Number(/and (\d+) more$/.exec(text)?.[1] ?? 0)]);
    expect(listed.filter(([shown]) => shown).map(([shown = 0, more = 0]) => shown + more)).toEqual([9, 9]);
  });

  it('of a failed run leads with what happened and what to do', () => {
    const message = build({
      status: 'failed',
      error: { message: 'Vault is sealed', remedy: 'Unseal it.' },
      notices: ['2 commits lie unpushed in ~/code/infra'],
    });
    expect(texts(message)).toContain('*What happened:* Vault is sealed\n*What to do:* Unseal it.');
    expect(texts(message)).toContain('*Please note:*\n• 2 commits lie unpushed in ~/code/infra');
    expect(message.text).toContain('Vault is sealed');
  });

  it('says cancelled, and says that a dry run changed nothing', () => {
    expect(texts(build({ status: 'cancelled', outcomes: [outcome()] }))[0]).toBe('Post-mortem run cancelled: 1 done');
    const dry = texts(build({ dryRun: true }));
    expect(dry[0]).toBe('Dry run. Post-mortem TODOs: nothing was changed');
    expect(dry[1]).toContain('nothing was changed, nobody was contacted');
  });

  it('counts the problems of the documents', () => {
    const problem = {
      file: 'a.md',
      line: 1,
      column: 1,
      level: 'error',
      rule: 'broken-table-row',
      message: 'm',
      remedy: 'r',
    } as const;
    expect(texts(build({ problems: [problem, { ...problem, level: 'warning' }] }))).toContain(
      '2 problems in the post-mortems, 1 error: see the log of the pipeline.',
    );
  });

  it('leaves out what is not known: forge, host, repository, pipeline', () => {
    const message = build({
      outcomes: [outcome({ commit: { id: 'abcdef0123', url: null } })],
      fileUrl: () => null,
      host: null,
      repository: null,
      pipelineUrl: null,
    });
    expect(texts(message)[1]).toBe('branch main | $1.23 | 4m 14s');
    expect(texts(message)[2]).toMatch(/^\*The disk was full\*\n.* - commit abcdef01 - /);
    expect(message.blocks.at(-1)?.type).toBe('section');
  });
});

describe('text from outside', () => {
  const nasty = '<!channel> & <https://evil.example|click> @here @channel\u202e\u001b[31m ```\nsecond line <@U123> <#C1>';

  it('is never markup, never notifies, never hides', () => {
    const message = build({
      branch: nasty,
      outcomes: [outcome({ todo: todo({ action: nasty, type: nasty }), postMortemTitle: nasty, reason: nasty })],
      awaiting: [decided('review', { action: nasty }, nasty)],
      notices: [nasty],
      error: { message: nasty, remedy: nasty },
    });
    const all = [...texts(message), message.text].join('\n');
    expect(all).not.toMatch(/<[!@#]/);
    expect(all).not.toContain('<https://evil');
    expect(all).not.toMatch(/@(here|channel)/);
    expect(all).not.toMatch(/[\u202e\u001b]|```/);
    expect(all).toContain('&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;');
    for (const block of message.blocks) if (block.type === 'section') expect(block.text.verbatim).toBe(true);
  });

  it('gives no link that is not http', () => {
    const message = build({
      outcomes: [outcome({ commit: { id: 'abcdef0123', url: 'javascript:alert(1)' } })],
      fileUrl: () => 'file:///etc/passwd',
      pipelineUrl: 'javascript:x',
    });
    expect(texts(message).join()).not.toMatch(/javascript|file:/);
  });

  it('cannot break out of a link by its address or label', () => {
    const message = build({
      outcomes: [outcome({ postMortemTitle: 'a|b>c' })],
      fileUrl: () => 'https://git.example.com/a|b>c <x>?a=1&b=2',
    });
    expect(texts(message)[2]).toMatch(/^\*<https:\/\/git\.example\.com\/a%7Cb%3Ec%20%3Cx%3E\?a=1&amp;b=2\|a\u00a6b&gt;c>\*\n/);
  });

  it('holds no secret, also where escaping or cutting would hide it from a later search', () => {
    const secret = 'p&ss<w>rd-of-the-vault';
    const redactor = new Redactor();
    redactor.add(secret);
    const long = `${'x'.repeat(390)}${secret}`;
    const message = build(
      {
        outcomes: [outcome({ reason: long })],
        notices: [secret],
        error: { message: secret, remedy: `${'y'.repeat(790)}${secret}` },
      },
      redactor,
    );
    expect(JSON.stringify(message)).not.toMatch(/p&amp;|p&s|ss&lt;w/);
  });
});

describe('whatever a run holds', () => {
  const wild = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({
      unit: fc.constantFrom('&', '<', '"', '\\', '\u{1f9d1}\u200d\u{1f680}', '\ud800', 'a', ' ', '\n', '`', '*'),
      maxLength: 4000,
    }),
  );
  const kinds = fc.constantFrom<TodoOutcome['kind']>('done', 'needs-review', 'failed', 'deferred');
  const wildOutcome = fc
    .record({
      action: wild,
      type: fc.option(wild),
      file: fc.constantFrom('a.md', 'b.md', 'c.md'),
      kind: kinds,
      reason: wild,
      title: wild,
      url: fc.option(wild),
      cost: fc.option(fc.double()),
    })
    .map(({ action, type, file, kind, reason, title, url, cost }) =>
      outcome({
        todo: todo({ action, type, file }),
        kind,
        reason,
        postMortemTitle: title,
        costUsd: cost,
        commit: url === null ? null : { id: url, url: `https://x.example/${url}` },
      }),
    );
  const wildReport = fc
    .record({
      status: fc.constantFrom<RunReport['status']>('nothing-to-do', 'completed', 'failed', 'cancelled'),
      outcomes: fc.array(wildOutcome, { maxLength: 60, size: 'max' }),
      awaiting: fc.array(
        wild.map((text) => decided('review', { action: text, type: text }, text)),
        { maxLength: 8 },
      ),
      notices: fc.array(wild, { maxLength: 8 }),
      error: fc.option(fc.record({ message: wild, remedy: wild })),
      branch: wild,
      repository: fc.option(wild),
      pipelineNumber: fc.option(wild),
      pipelineUrl: fc.option(wild.map((text) => `https://ci.example.com/${text}`)),
      link: wild,
    })
    .map(({ link, ...change }) => runReport({ ...change, fileUrl: (path) => `https://git.example.com/${link}/${path}` }));

  it('Slack takes the message, and every TODO is shown or counted', () => {
    fc.assert(
      fc.property(wildReport, (report) => {
        const message = buildSlackMessage(report, new Redactor());
        expect(blockProblems(message)).toEqual([]);
        const all = texts(message);
        const shown = all
          .join('\n')
          .split('\n')
          .filter((line) => /^• \*(Done|Needs human review|Failed|Deferred to the next run):\*/.test(line)).length;
        const more = Number(/^and (\d+) more TODO/.exec(all.find((text) => /^and \d+ more TODO/.test(text)) ?? '')?.[1] ?? 0);
        expect(shown + more).toBe(report.outcomes.length);
      }),
      { numRuns: 150 },
    );
  });

  it('500 TODOs are cut to what fits, with the right figures', () => {
    const outcomes = Array.from({ length: 500 }, (_, n) =>
      outcome({ todo: todo({ file: `docs/${n % 70}.md`, action: `Action ${n}` }), kind: n % 2 === 0 ? 'done' : 'failed' }),
    );
    const message = build({ outcomes });
    expect(blockProblems(message)).toEqual([]);
    expect(texts(message)[0]).toBe('Post-mortem TODOs: 250 done, 250 failed');
    const all = texts(message).join('\n');
    const [, more, done, failed] = /and (\d+) more TODOs: (\d+) done, (\d+) failed/.exec(all) ?? [];
    expect(Number(more)).toBe(Number(done) + Number(failed));
    expect(Number(more) + (all.match(/^• /gm)?.length ?? 0)).toBe(500);
    expect(message.text).toMatch(/and \d+ more$/);
  });

  it('100 short post-mortems do not make more blocks than Slack takes', () => {
    const outcomes = Array.from({ length: 100 }, (_, n) =>
      outcome({
        todo: todo({ file: `${n}`, action: 'a', type: null }),
        postMortemTitle: 't',
        reason: '',
        commit: null,
        costUsd: null,
      }),
    );
    const message = build({ outcomes, fileUrl: () => null });
    expect(blockProblems(message)).toEqual([]);
    expect(message.blocks).toHaveLength(50);
  });

  it('a post-mortem with many TODOs goes on in another section', () => {
    const outcomes = Array.from({ length: 20 }, (_, n) =>
      outcome({ todo: todo({ action: `Action ${n}` }), reason: 'r'.repeat(150) }),
    );
    const sections = texts(build({ outcomes })).filter((text) => text.includes('The disk was full'));
    expect(sections.length).toBeGreaterThan(1);
    expect(sections[1]?.split('\n')[0]).toMatch(/\|The disk was full>\* \(continued\)$/);
  });
});

describe('who is told', () => {
  const runs = {
    nothing: { status: 'nothing-to-do', dryRun: false, outcomes: [] },
    onlyDeferred: { status: 'completed', dryRun: false, outcomes: [outcome({ kind: 'deferred' })] },
    done: { status: 'completed', dryRun: false, outcomes: [outcome()] },
    review: { status: 'completed', dryRun: false, outcomes: [outcome({ kind: 'needs-review' })] },
    oneFailed: { status: 'completed', dryRun: false, outcomes: [outcome(), outcome({ kind: 'failed' })] },
    failed: { status: 'failed', dryRun: false, outcomes: [] },
    cancelled: { status: 'cancelled', dryRun: false, outcomes: [] },
    dry: { status: 'failed', dryRun: true, outcomes: [outcome()] },
  } as const;
  const told = (mode: 'always' | 'changes' | 'failure') =>
    Object.entries(runs)
      .filter(([, run]) => shouldNotify(run, mode))
      .map(([name]) => name);

  it('always: every run but a dry one', () =>
    expect(told('always')).toEqual(Object.keys(runs).filter((name) => name !== 'dry')));
  it('changes: when something was done, handed over or went wrong', () =>
    expect(told('changes')).toEqual(['done', 'review', 'oneFailed', 'failed', 'cancelled']));
  it('failure: when something went wrong', () => expect(told('failure')).toEqual(['oneFailed', 'failed', 'cancelled']));
});
