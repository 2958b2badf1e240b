import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeSlack } from '../fakes/slack.ts';
import type { FakeSlack } from '../fakes/slack.ts';
import { plugin } from '../support/plugin-process.ts';
import { repository } from '../support/repositories.ts';

let slack: FakeSlack;
beforeAll(async () => {
  slack = await startFakeSlack();
});
afterAll(() => slack.stop());

const FILE = 'docs/post-mortems/2026-01-10-dns.md';
const DOCUMENT = `# Post-Mortem: DNS outage

| Field | Value |
|-------|-------|
| **Date** | 2026-01-10 |

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
| P0 | Raise the cache | Config | \`cache_mib\` in stacks/dns | Done |
| P0 | Add an alert on SERVFAIL answers | Alert | in stacks/monitoring | TODO |
| P1 | Run a second resolver | Architecture | on other hardware | TODO |
`;
const other = DOCUMENT.replace('DNS outage', 'Something older').replace('2026-01-10', '2025-01-10');
const newRepository = () =>
  repository({
    remote: 'git@github.com:acme/homelab.git',
    files: { [FILE]: DOCUMENT, 'docs/post-mortems/2025-01-10-older.md': other },
  });

/** The last message Slack took: what is read there. */
const lastMessage = () => JSON.stringify(slack.messages.at(-1) ?? {});

describe('digest', () => {
  it('tells the log and Slack what is open, overdue ones first', async () => {
    const { code, stdout } = await plugin(newRepository(), ['digest'], {
      env: {
        PLUGIN_SLACK_WEBHOOK: slack.webhookUrl,
        CI_REPO_URL: 'https://github.com/acme/homelab',
        CI_FORGE_TYPE: 'github',
        CI_COMMIT_BRANCH: 'main',
      },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Post-mortems: 4 open action items in 2 documents, 2 P0, 2 P1, 4 overdue, 2 for a person, 2 without an owner/,
    );
    expect(stdout.indexOf('2025-01-10-older')).toBeLessThan(stdout.indexOf('2026-01-10-dns'));
    expect(lastMessage()).toContain('*Overdue*');
    expect(lastMessage()).toContain(`https://github.com/acme/homelab/blob/main/${FILE}#L`);
  });

  it('keeps to the limits it is given, and prints data', async () => {
    const { code, stdout } = await plugin(newRepository(), [
      'digest',
      '--format',
      'json',
      '--overdue-days',
      'P0=never,P1=100000',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      open: 4,
      overdue: 0,
      items: expect.arrayContaining([
        expect.objectContaining({ action: 'Run a second resolver', awaits: 'person', overdue_days: null }),
      ]),
    });
  });

  it('fails when Slack was not told: telling is all it does', async () => {
    slack.failNext({ status: 404, body: 'no_service' });
    const { code, stdout } = await plugin(newRepository(), ['digest'], { env: { PLUGIN_SLACK_WEBHOOK: slack.webhookUrl } });
    expect(code).toBe(1);
    expect(stdout).toContain('error: Slack was not told');
    expect((await plugin(repository(), ['digest'])).code).toBe(1);
  });
});

describe('notify by hand', () => {
  it('prints the text and tells Slack', async () => {
    const env = { PLUGIN_SLACK_WEBHOOK: slack.webhookUrl };
    const words = [
      'notify',
      '--message',
      'investigating',
      '--subject',
      'DNS is slow',
      '--issue-url',
      'https://github.com/acme/homelab/issues/12',
    ];
    const { code, stdout } = await plugin(newRepository(), words, { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\*\*We are looking into it: DNS is slow\*\*\n\nThank you/);
    expect(lastMessage()).toContain('https://github.com/acme/homelab/issues/12');
  });

  it('announces the post-mortem that is named, with what was done and a link from the remote', async () => {
    const { code, stdout } = await plugin(newRepository(), ['notify', FILE, '--message', 'published']);
    expect(code).toBe(0);
    expect(stdout).toContain(`**The post-mortem is published: DNS outage**\n\nhttps://github.com/acme/homelab/blob/main/${FILE}`);
    expect(stdout).toContain('Done so that it does not happen again:\n- Raise the cache');
    expect(stdout).toContain('Being put in place automatically:\n- Add an alert on SERVFAIL answers');
    expect(stdout).toContain('Planned:\n- Run a second resolver');
    expect(stdout).toContain('slack_webhook is not set');
  });

  it('says what is missing', async () => {
    expect((await plugin(newRepository(), ['notify'])).stdout).toMatch(/message: is missing/);
    expect((await plugin(newRepository(), ['notify', '--message', 'fixed'])).stdout).toMatch(/subject: is missing/);
    expect(await plugin(newRepository(), ['notify', '--message', 'published'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('2 match'),
    });
  });
});

describe('notify in a pipeline', () => {
  const pipeline = {
    PLUGIN_ACTION: 'notify',
    PLUGIN_MESSAGE: 'published',
    CI_REPO_URL: 'https://codeberg.org/acme/homelab',
    CI_FORGE_TYPE: 'forgejo',
    CI_COMMIT_BRANCH: 'main',
    CI_PIPELINE_FILES: JSON.stringify([FILE, 'README.md']),
  };

  it('announces what the push touches, with the commits of the run before it', async () => {
    const folder = newRepository();
    const id = (
      JSON.parse((await plugin(folder, ['list', '--format', 'json', FILE])).stdout) as readonly {
        todos: readonly { id: string }[];
      }[]
    )[0]?.todos[0]?.id;
    const outcome = {
      id,
      action: 'Add an alert on SERVFAIL answers',
      outcome: 'done',
      commit: { id: 'abc', url: 'https://codeberg.org/acme/homelab/commit/abc' },
    };
    writeFileSync(
      join(folder, 'report.json'),
      JSON.stringify({ version: 1, outcomes: [outcome, { id: 'x', outcome: 'failed' }] }),
    );
    const env = { ...pipeline, PLUGIN_SLACK_WEBHOOK: slack.webhookUrl, PLUGIN_REPORT_FILE: 'report.json' };
    const { code, stdout } = await plugin(folder, [], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('- Add an alert on SERVFAIL answers (https://codeberg.org/acme/homelab/commit/abc)');
    expect(stdout).not.toContain('Something older');
    expect(lastMessage()).toContain('<https://codeberg.org/acme/homelab/commit/abc|Add an alert on SERVFAIL answers>');
  });

  it('goes on without a report, and with a push that touches none', async () => {
    const without = await plugin(newRepository(), [], { env: { ...pipeline, PLUGIN_REPORT_FILE: 'nothing.json' } });
    expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining('report_file: nothing.json cannot be read') });
    const none = await plugin(newRepository(), [], { env: { ...pipeline, CI_PIPELINE_FILES: '["docs/post-mortems/gone.md"]' } });
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('No post-mortem was published') });
  });
});
