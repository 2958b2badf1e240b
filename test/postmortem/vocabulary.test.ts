import { describe, expect, test } from 'vitest';
import { contextualStatuses, statusPhrases, unspacedStatuses } from '../../src/postmortem/status-words.ts';
import { normaliseName } from '../../src/postmortem/table.ts';
import { Phrases } from '../../src/postmortem/phrases.ts';
import { readStatus } from '../../src/postmortem/status.ts';
import { columnPhrases, roleOf } from '../../src/postmortem/columns.ts';
import { sectionBelow, sectionOf } from '../../src/postmortem/sections.ts';
import { topicPhrases } from '../../src/postmortem/section-words.ts';

describe('the lists of words', () => {
  const lists = [new Phrases(statusPhrases), new Phrases(topicPhrases), new Phrases(columnPhrases)];
  const spaced = lists.flatMap((phrases) => phrases.entries().map(([phrase]) => phrase));

  test('are written as names are compared, or they would never match', () => {
    expect(spaced.filter((phrase) => phrase.split("'").map(normaliseName).join("'") !== phrase.replaceAll('%', ''))).toEqual([]);
  });

  test('call no status both open and closed', () => {
    const states = Object.entries({ ...statusPhrases }).flatMap(([kind, list]) => list.split('|').map((phrase) => [phrase, kind] as const));
    const kinds = new Map<string, Set<string>>();
    for (const [phrase, kind] of states) {
      kinds.set(phrase, (kinds.get(phrase) ?? new Set()).add(kind));
    }
    expect([...kinds].filter(([, all]) => all.size > 1).map(([phrase]) => phrase)).toEqual([]);
  });

  test('read every status of theirs as what they call it', () => {
    for (const lists of [statusPhrases, unspacedStatuses]) {
      for (const [kind, list] of Object.entries(lists)) {
        expect(list.split('|').filter((word) => readStatus(word).kind !== kind && readStatus(word).state !== (kind === 'closed' ? 'closed' : 'open'))).toEqual([]);
      }
    }
  });

  test('know every contextual word as a status', () => {
    expect(contextualStatuses.split('|').filter((word) => readStatus(word).kind === null)).toEqual([]);
  });
});

describe('columns', () => {
  test.each([
    ['Action Item', 'action'],
    ['Action owner', 'owner'],
    ['Owner item', 'owner'],
    ['Type of action', 'type'],
    ['Tipo de acción', 'type'],
    ['Due date', 'due'],
    ['Target date (UTC)', 'due'],
    ['Date', 'date'],
    ['Status (2026)', 'status'],
    ['Präventions-Maßnahmen', 'action'],
    ['**AÇÃO**', 'action'],
    ['対応状況', 'status'],
    ['担当チーム', 'owner'],
    ['Implemented By', 'implementer'],
    ['#', 'index'],
    ['Event', null],
    ['Ebene', null],
    ['', null],
  ])('%s: %s', (name, role) => {
    expect(roleOf(normaliseName(name))).toBe(role);
  });
});

describe('sections', () => {
  test.each([
    ['## 7. Action Items (from the review)'.slice(3), 'actions'],
    ['Follow-ups (not yet done)', 'actions'],
    ['Post-incident follow-up', 'actions'],
    ['Follow-up incident: driver hang', 'prevention'],
    ['Follow-up Implementation', 'follow-up-log'],
    ['Next Steps', 'actions'],
    ['Actions taken', 'steps'],
    ['Recovery actions taken', 'steps'],
    ['Lessons learned', 'other'],
    ['Lessons learned and action items', 'actions'],
    ['Prevention', 'prevention'],
    ['Preventive measures', 'measures'],
    ['Short-term improvements', 'measures'],
    ['Abschluss-Checkliste', 'checklist'],
    ['Ações preventivas (pendentes)', 'actions'],
    ['📝 Empfehlungen', 'measures'],
    ['実施した対応', 'steps'],
    ['再発防止策', 'actions'],
    ['Glossary', 'other'],
    ['The database', 'unknown'],
  ])('%s: %s', (heading, kind) => {
    expect(sectionOf(heading)).toBe(kind);
  });

  test('below others: groups keep the kind, steps keep their measures', () => {
    expect(sectionBelow('actions', 'Detection')).toBe('actions');
    expect(sectionBelow('actions', 'Timeline')).toBe('steps');
    expect(sectionBelow('actions', 'P1 - soon')).toBe('actions');
    expect(sectionBelow('steps', 'Long-term fix')).toBe('steps');
    expect(sectionBelow('other', 'Action items')).toBe('actions');
    expect(sectionBelow('prevention', 'Immediate actions')).toBe('measures');
  });
});
