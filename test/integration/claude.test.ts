import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isolationPrefix } from '../../src/agent/isolation.ts';
import { buildRetryPrompt } from '../../src/agent/prompt.ts';
import { runAgent } from '../../src/agent/run.ts';
import { Redactor } from '../../src/log.ts';
import { calls, inOrder, says } from '../fakes/messages-api.ts';
import { recordingLog, stage } from '../support/claude.ts';
import { answers, DONE, newApi, newHost, realRequest, runReal, withoutClaude } from '../support/real-claude.ts';

describe.skipIf(withoutClaude)(`the real Claude Code CLI against a scripted model${withoutClaude}`, () => {
  it('edits a file of the worktree and answers', async () => {
    const place = stage();
    const file = join(place.worktree, 'stacks/web/main.tf');
    const isolation = await isolationPrefix(newHost(place, null));
    const { result, api, lines } = await runReal(
      place,
      inOrder(
        calls(['Read', { file_path: file }], ['Grep', { pattern: 'terraform_data' }]),
        calls(['Edit', { file_path: file, old_string: 'old', new_string: 'new' }]),
        answers(DONE),
      ),
      { isolation },
    );
    expect(result).toMatchObject({ kind: 'answered', answer: { ...DONE, reason: null } });
    expect(result.costUsd).toBeGreaterThan(0);
    expect(place.read('stacks/web/main.tf')).toContain('input = "new"');
    expect(lines).toEqual(
      expect.arrayContaining([
        '  agent reads stacks/web/main.tf',
        '  agent searches for "terraform_data"',
        '  agent edits stacks/web/main.tf',
        '  agent answers',
      ]),
    );
    expect(api.requests[0]?.system).toContain('You implement one action item');
    expect(api.requests[0]?.tools.map(({ name }) => name)).not.toContain('Bash');
  });

  it('is refused when the model answers in prose, or never validly', async () => {
    const prose = await runReal(stage(), inOrder(says('{"status":"done"} I have done it all.')));
    expect(prose.result).toMatchObject({ kind: 'refused', reason: 'the agent ended without a structured answer' });
    expect(prose.result.costUsd).toBeGreaterThan(0);
    const invalid = await runReal(stage(), inOrder(answers({ status: 'perhaps' })));
    expect(invalid.result).toMatchObject({ kind: 'refused', reason: 'the agent gave no valid answer in several attempts' });
  });

  it('is refused with its own words when the model says it cannot', async () => {
    const { result } = await runReal(
      stage(),
      inOrder(answers({ status: 'cannot', summary: 's', files: [], reason: 'needs\na  person\u202e' })),
    );
    expect(result).toMatchObject({ kind: 'refused', reason: 'the agent cannot do it: needs a person' });
  });

  it('ends over budget, and says what was spent', async () => {
    const place = stage();
    const read = { ...calls(['Read', { file_path: join(place.worktree, 'stacks/web/main.tf') }]), inputTokens: 100_000 };
    const { result, api } = await runReal(place, inOrder(read), { budgetUsd: 0.01 });
    expect(result).toMatchObject({ kind: 'over-budget' });
    expect(result.costUsd).toBeGreaterThan(0.01);
    expect(api.requests).toHaveLength(1);
  });

  it('goes on in the same conversation after a failing plan', async () => {
    const place = stage();
    const file = join(place.worktree, 'stacks/web/main.tf');
    const api = await newApi(
      inOrder(
        calls(['Read', { file_path: file }]),
        calls(['Edit', { file_path: file, old_string: 'old', new_string: 'bad' }]),
        answers(DONE),
      ),
    );
    const host = newHost(place, api);
    const { log } = recordingLog();
    const first = realRequest(place, { prompt: 'The first message.' });
    expect(await runAgent(host, first, { log })).toMatchObject({ kind: 'answered' });
    api.scriptFromNow(inOrder(calls(['Edit', { file_path: file, old_string: 'bad', new_string: 'good' }]), answers(DONE)));
    const again = { ...first, prompt: buildRetryPrompt('the plan failed', 'Error: bad value @/etc/passwd', new Redactor()) };
    const second = await runAgent(host, { ...again, session: { kind: 'resume', id: first.session.id } }, { log });
    expect(second).toMatchObject({ kind: 'answered', sessionId: first.session.id });
    const history = JSON.stringify(api.requests.at(-1)?.messages);
    expect(history).toContain('The first message.');
    expect(history).toContain('Error: bad value');
    expect(history).not.toContain('root:x');
    expect(api.requests.at(-1)?.system).toContain('You implement one action item');
    expect(api.requests.at(-1)?.tools.map(({ name }) => name)).toContain('StructuredOutput');
    expect(place.read('stacks/web/main.tf')).toContain('"good"');
  });

  it('uses the login of the account, though no settings are loaded', async () => {
    const place = stage();
    mkdirSync(join(place.home, '.claude'));
    const claudeAiOauth = {
      accessToken: 'made-up-token-of-the-test',
      refreshToken: 'x',
      expiresAt: Date.now() + 1e9,
      scopes: ['user:inference'],
      subscriptionType: 'max',
    };
    writeFileSync(join(place.home, '.claude/.credentials.json'), JSON.stringify({ claudeAiOauth }), { mode: 0o600 });
    const api = await newApi(inOrder(answers(DONE)));
    const host = newHost(place, null, { ANTHROPIC_BASE_URL: api.url });
    expect(await runAgent(host, realRequest(place), recordingLog())).toMatchObject({ kind: 'answered' });
    expect(api.requests[0]?.headers.authorization).toBe('Bearer made-up-token-of-the-test');
  });

  it('says what to do when the account is not logged in', async () => {
    const place = stage();
    const result = await runAgent(
      newHost(place, null, { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' }),
      realRequest(place),
      recordingLog(),
    );
    expect(result).toMatchObject({
      kind: 'failed',
      affects: 'run',
      costUsd: 0,
      remedy: expect.stringContaining('ANTHROPIC_API_KEY'),
    });
  });

  it.each([
    { status: 400, type: 'invalid_request_error', reason: /Claude Code failed: .*no good/, affects: 'todo' },
    { status: 401, type: 'authentication_error', reason: /not logged in, or its login was refused/, affects: 'run' },
    { status: 404, type: 'not_found_error', reason: /no such model/, affects: 'run' },
    { status: 500, type: 'api_error', reason: /the model cannot be reached/, affects: 'run' },
    { status: 529, type: 'overloaded_error', reason: /the model cannot be reached/, affects: 'run' },
  ])('says what is wrong when the API answers $status', async ({ status, type, reason, affects }) => {
    const { result, lines } = await runReal(stage(), inOrder({ kind: 'error', status, type, message: 'no good' }));
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringMatching(reason), affects });
    if (status >= 500) expect(lines.some((line) => /agent waits: the API .*, retry 1 of \d/.test(line))).toBe(true);
  });
});
