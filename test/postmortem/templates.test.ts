import { describe, expect, test } from 'vitest';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

/** `line source state owner/priority action` of every TODO, with empty parts left out. */
function items(text: string): string[] {
  return parsePostMortem(text, 'x.md').todos.map(({ source, state, owner, priorityFrom, priorityRaw, action }) =>
    [source, state, owner, priorityFrom === 'default' ? null : priorityRaw, action].filter((part) => part !== null).join(' | '),
  );
}

describe('the templates people start from', () => {
  test('Google SRE: Action Item, Type, Owner, Bug', () => {
    const text = `# Shakespeare Sonnet++ Postmortem

**Action Items:**

| Action Item | Type | Owner | Bug |
| ----------- | ---- | ----- | --- |
| Update playbook with instructions | mitigate | jennifer | n/a **DONE** |
| Schedule cascading failure test | process | docbrown | Bug 5554824 **TODO** |
| Freeze production for a month | prevent | docbrown | |
`;
    expect(items(text)).toEqual([
      'table | closed | jennifer | Update playbook with instructions',
      'table | unknown | docbrown | Schedule cascading failure test',
      'table | unknown | docbrown | Freeze production for a month',
    ]);
  });

  test('Atlassian: issue, deliverable, due date and ticket', () => {
    const text = `## Corrective actions

| Deliverable | Owner | Due date | Jira ticket | State |
|---|---|---|---|---|
| Alert on queue depth | Anna | 2026-02-01 | [OPS-12](https://x.example/OPS-12) | In Progress |
| Rotate the key | Ben | 2026-02-03 | OPS-13 | Won't do |
`;
    expect(items(text)).toEqual(['table | open | Anna | Alert on queue depth', "table | closed | Ben | Rotate the key"]);
  });

  test('PagerDuty: follow-up list with tickets and people', () => {
    const text = `## Action Items

- [OPS-3172](https://jira.example/OPS-3172) Revert the change that disabled notifications.
- @anna: Add a canary for the new cluster
- [ ] @ben: write the runbook
- TODO: page on failed backups (Owner: Carl, due 2026-03-01)
- DONE: document the fail-over
- Alert on disk usage (in progress)
`;
    expect(items(text)).toEqual([
      'bullet | unknown | OPS-3172 Revert the change that disabled notifications.',
      'bullet | unknown | @anna | @anna: Add a canary for the new cluster',
      'tasklist | open | @ben | @ben: write the runbook',
      'bullet | open | Carl | page on failed backups (Owner: Carl, due 2026-03-01)',
      'bullet | closed | document the fail-over',
      'bullet | open | Alert on disk usage (in progress)',
    ]);
  });

  test('GitLab: corrective actions as a list of links with bold group labels', () => {
    const text = `## Corrective Actions

**Investigation followups**

1. [Add saturation metrics](https://gitlab.example/1) - DRI: @carla
2. https://gitlab.example/2

**Lessons learned**

1. Saturation is hard to see.
`;
    expect(items(text)).toEqual(['bullet | unknown | @carla | Add saturation metrics - DRI: @carla']);
  });

  test('numbered items with owner and status lines of their own', () => {
    const text = `## Action Plan

1. **Add alerting for the queue**
   - **Owner:** Dana
   - **Due:** 2026-03-01
   - **Status:** Done
2. **Shorten the timeout**
   - Owner: Eve
   - Status: Not started
`;
    expect(items(text)).toEqual(['bullet | closed | Dana | Add alerting for the queue', 'bullet | open | Eve | Shorten the timeout']);
  });

  test('parents that end in a colon only group', () => {
    const text = `## Follow-ups

- Monitoring:
  - Add a dashboard
  - File: \`dashboards/a.json\`
  - https://grafana.example/d/1
- Ensure that backups are tested
`;
    expect(items(text)).toEqual(['bullet | unknown | Add a dashboard', 'bullet | unknown | Ensure that backups are tested']);
  });

  test('sections state the status of what is below them', () => {
    const text = `## Action items

### Completed ✅

- Pinned the chart

### Short-term (in progress)

- Move the database

**Not yet started:**

- Add a second region
`;
    expect(items(text)).toEqual([
      'bullet | closed | Pinned the chart',
      'bullet | open | Move the database',
      'bullet | open | Add a second region',
    ]);
  });

  test('priorities from prefixes and from headings', () => {
    const text = `## Action items

- [P0] Add an alert
- (P3) Tidy the docs

### P1 - soon

- Add a probe
`;
    expect(items(text)).toEqual(['bullet | unknown | P0 | Add an alert', 'bullet | unknown | P3 | Tidy the docs', 'bullet | unknown | P1 | Add a probe']);
  });

  test('emoji statuses, priorities in words, and columns in any order', () => {
    const text = `## Remediation items

| Status | # | Severity of need | Task | Priority | Assignee |
|---|---|---|---|---|---|
| ✅ | 1 | x | Add a probe | High | Fay |
| ⏳ In progress | 2 | x | Add a replica | 🔴 Critical | Gil |
| ❌ Not started | 3 | x | Add a cache | low | |
`;
    expect(items(text)).toEqual(['table | closed | Fay | High | Add a probe', 'table | open | Gil | 🔴 Critical | Add a replica', 'table | open | low | Add a cache']);
    expect(parsePostMortem(text, 'x.md').todos.map(({ priority }) => priority)).toEqual(['P1', 'P0', 'P3']);
  });

  test('a header that lies: the statuses stand under Owner', () => {
    const text = `## Prevention Plan

| Action | Owner | Status |
|---|---|---|
| Add a probe | Done | Completed in March |
| Add a replica | TODO | Reduces the risk |
`;
    const { todos, problems } = parsePostMortem(text, 'x.md');
    expect(todos.map(({ state, owner, details }) => [state, owner, details])).toEqual([
      ['closed', null, 'Completed in March'],
      ['open', null, 'Reduces the risk'],
    ]);
    expect(problems.map(({ rule }) => rule)).toEqual(['header-contradicts-cells']);
  });

  test('an action column without a known name is found by its texts, below a heading of action items only', () => {
    const table = '| Thing we promise | Owner | Status |\n|---|---|---|\n| Add a probe to the pool | Hal | Open |\n';
    expect(items(`## Action items\n\n${table}`)).toEqual(['table | open | Hal | Add a probe to the pool']);
    expect(items(`## Impact\n\n${table}`)).toEqual([]);
  });
});

describe('what is no action item', () => {
  test.each([
    ['timelines', '## Timeline\n\n| Time | Action | Who |\n|---|---|---|\n| 10:00 | Restarted the pod | Ann |\n'],
    ['a dated log without a heading', '| Date | Action | Who |\n|---|---|---|\n| 2026-01-01 | Restarted the pod | Ann |\n'],
    ['lessons', '## Lessons learned\n\n- Add alerts before launch\n- Test the backups\n'],
    ['what was done', '## Actions taken\n\n- Restart the pod\n1. Add a node\n'],
    ['resolution steps', '## Resolution\n\n### Immediate actions\n\n- Restart the pod\n'],
    ['checklists', '## Checklist\n\n- [ ] Timeline is complete\n\n## Verification\n\n- [x] Pods run\n'],
    ['status tables of services', '## Impact\n\n| Service | Status |\n|---|---|\n| API | Done |\n'],
    ['metrics', '## Metrics\n\n| Metric | Value | Target | Status |\n|---|---|---|---|\n| MTTR | 3h | 1h | Open |\n'],
    ['norms', '## Prevention\n\n- Always review migrations\n- Never deploy on Fridays\n'],
    ['told sentences', '## Prevention\n\n- The new smoke test guards the snippet\n- ADR 4 defines the boundary\n'],
    ['gaps', '## Detection gaps\n\n| Gap | Impact | Fix |\n|---|---|---|\n| No alert | 5h | Add one |\n'],
    ['empty bullets and nothing', '## Action items\n\n-\n- None\n- N/A\n- No further action required.\n'],
    ['templates', '## Action items\n\n- [ ] [Action 1] (due: YYYY-MM-DD, owner: XXX)\n- [ ] <action>\n- [ ] Action item 2\n'],
  ])('%s', (_, text) => {
    expect(items(`# Post-mortem\n\n${text}`)).toEqual([]);
  });

  test('measures that repeat an explicit list are tasks only if they read like one', () => {
    const measures = '## Prevention measures\n\n- Staging environment close to production\n- Add a canary\n';
    expect(items(`# X\n\n${measures}`)).toHaveLength(2);
    expect(items(`# X\n\n## Action items\n\n- [ ] Add staging\n\n${measures}`)).toEqual(['tasklist | open | Add staging', 'bullet | unknown | Add a canary']);
  });
});
