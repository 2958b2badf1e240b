import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KIT } from '../../src/kit/files.ts';
import { docsMessage, fixMessage } from '../../src/run/messages.ts';
import { project } from '../support/bundle.ts';
import { codeBlocks, inlineCode } from '../support/documents.ts';
import { postMortem, todo } from '../support/reports.ts';
import { holds, readWorkflow, skips, starts } from '../support/woodpecker-schema.ts';

/**
 * The puzzle of the skip tag: a post-mortem's commit that carried one would keep the pipeline from starting. Held together here: what the
 * skill says, what the pipelines start on, what the plugin's own commits carry, and what the README says.
 */
const texts = (ending: string) => KIT.filter(({ path }) => path.endsWith(ending)).map(({ text }) => text);
const [skill = ''] = texts('post-mortem/SKILL.md');
/** Its sentences, wherever the lines are broken. */
const said = skill.replaceAll(/\s+/g, ' ');
const pipelines = texts('postmortem-todos.yml');
const files = ['docs/post-mortems/2026-05-03-dns.md'];
const shown = ['first', 'last'] as const;

/** The message the skill tells to commit with, filled in. */
const message = (/^ +git commit -m "([^"]+)"/m.exec(skill)?.[1] ?? '')
  .replace('<YYYY-MM-DD>', '2026-05-03')
  .replace('<title>', 'DNS outage');

describe("the skill's commit", () => {
  it('carries no skip tag, and says why', () => {
    expect(message).toBe('docs: post-mortem for 2026-05-03 DNS outage');
    expect(skips(message)).toBe(false);
    expect(said).toContain('**No `[ci skip]`, no `[skip ci]`, anywhere in the message**');
  });

  it('is the only command of the skill that names a message', () => {
    const messages = [...skill.matchAll(/git commit[^\n`]*-m "([^"]*)"/g)].map(([, words]) => words);
    expect(messages.length).toBeGreaterThan(0);
    for (const words of messages) expect(skips(words ?? '')).toBe(false);
  });
});

describe.each(pipelines)('the pipeline of the TODOs', (text) => {
  const workflow = readWorkflow(text);

  it.each(shown)("starts on the push of the skill's commit, whichever commit the forge shows (%s)", (which) => {
    expect(starts(workflow, { event: 'push', messages: [message], files, shown: which })).toBe(true);
  });

  it('would start on no forge with the tag in that commit, in any spelling', () => {
    for (const tag of ['[ci skip]', '[skip ci]', '[CI SKIP]', '[ciskip]', '[Skip  CI]']) {
      for (const which of shown)
        expect(starts(workflow, { event: 'push', messages: [`${message} ${tag}`], files, shown: which })).toBe(false);
      expect(starts(workflow, { event: 'push', messages: [`${message}\n\nSee ${tag}.`], files })).toBe(false);
    }
  });

  it('depends on the forge when another commit of the push carries the tag: hence a push of its own', () => {
    const messages = ['fix: restart the resolver [ci skip]', message];
    expect(shown.map((which) => starts(workflow, { event: 'push', messages, files, shown: which }))).toEqual([false, true]);
    expect(said).toContain('one push with only this commit');
  });

  it('picks up what a push did not start: nightly by cron, and by hand', () => {
    expect(starts(workflow, { event: 'cron', cron: 'post-mortem-todos' })).toBe(true);
    expect(starts(workflow, { event: 'cron', cron: 'post-mortem-digest' })).toBe(false);
    expect(starts(workflow, { event: 'manual' })).toBe(true);
    expect(starts(workflow, { event: 'manual', variables: { TASK: 'digest' } })).toBe(false);
    expect(said).toContain('`post-mortem-todos`');
  });

  it('does not start for other files, other branches and pull requests', () => {
    expect(starts(workflow, { event: 'push', messages: ['feat: more'], files: ['stacks/dns/main.tf'] })).toBe(false);
    expect(starts(workflow, { event: 'push', messages: [message], files, branch: 'a-feature' })).toBe(false);
    expect(starts(workflow, { event: 'pull_request', messages: [message], files })).toBe(false);
  });

  it('follows the default branch, whatever it is called', () => {
    const onMaster = readWorkflow(text, { CI_REPO_DEFAULT_BRANCH: 'master' });
    expect(starts(onMaster, { event: 'push', branch: 'master', messages: [message], files })).toBe(true);
  });

  it('announces a post-mortem by the words its commit begins with', () => {
    const announces = (words: string) =>
      workflow.steps[1]?.when?.some((condition) => holds(condition, { event: 'push', messages: [words], files }));
    expect(announces(message)).toBe(true);
    expect(announces('docs: correct a typo in the post-mortem')).toBe(false);
    expect(said).toContain('Keep the words `docs: post-mortem for`');
  });

  it("is not started by the plugin's own push", () => {
    const options = { notes: [], ci: 'skip', state: 'done' } as const;
    const own = [fixMessage(todo(), postMortem(), options), docsMessage([postMortem()], 'skip')];
    for (const which of shown) expect(starts(workflow, { event: 'push', messages: own, files, shown: which })).toBe(false);
  });
});

describe('the other pipelines of the kit', () => {
  const [digest = '', lint = ''] = [texts('postmortem-digest.yml')[0], texts('postmortem-lint.yml')[0]];

  it('start for their own occasions only', () => {
    expect(starts(readWorkflow(digest), { event: 'cron', cron: 'post-mortem-digest' })).toBe(true);
    expect(starts(readWorkflow(digest), { event: 'manual', variables: { TASK: 'digest' } })).toBe(true);
    expect(starts(readWorkflow(digest), { event: 'manual' })).toBe(false);
    expect(starts(readWorkflow(digest), { event: 'push', messages: [message], files })).toBe(false);
    expect(starts(readWorkflow(lint), { event: 'pull_request', messages: [message], files })).toBe(true);
    expect(starts(readWorkflow(lint), { event: 'push', messages: [message], files })).toBe(false);
  });
});

describe('the documents', () => {
  const documents = ['README.md', 'docs.md'].map((path) => ({ path, text: readFileSync(project + path, 'utf8') }));

  it.each(documents)('$path shows no commit with a tag, and no pipeline that would miss a post-mortem', ({ text }) => {
    for (const words of inlineCode(text).filter((code) => code.startsWith('docs: post-mortem'))) expect(skips(words)).toBe(false);
    for (const { language, text: block } of codeBlocks(text)) {
      if (!/^ya?ml$/.test(language) || !/^when:/m.test(block) || !/event: push/.test(block)) continue;
      expect(starts(readWorkflow(block), { event: 'push', messages: [message], files })).toBe(true);
    }
  });

  it('README.md explains the rule as the skill and the pipelines have it', () => {
    const [, section = ''] = /^## The skip tag\n([\s\S]*?)^## /m.exec(documents[0]?.text ?? '') ?? [];
    const rule = section.replaceAll(/\s+/g, ' ');
    expect(inlineCode(section).some((code) => code.startsWith(message.slice(0, 'docs: post-mortem for '.length)))).toBe(true);
    expect(rule).toContain('must not carry it');
    expect(rule).toMatch(/push that commit by itself/);
    expect(rule).toMatch(/by a cron: those are never skipped/);
    expect(rule).toContain("The plugin's own commits carry it");
  });
});
