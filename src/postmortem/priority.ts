/** Priorities as people write them. */
import type { Priority } from './model.ts';
import { normaliseName } from './table.ts';

const words: Readonly<Record<Priority, string>> = {
  P0: 'critical|highest|blocker|urgent|immediate|very high|top|kritisch|sehr hoch|sofort|dringend|critique|urgente?|critica|critico|krytyczny|критическии|критичныи|критично|緊急|最高|最優先|紧急|긴급|매우 높음',
  P1: 'high|major|important|hoch|wichtig|haute?|eleve|elevee|forte|alta|alto|hoog|wysoki|wysokie|wysoka|высокии|высокая|hog|hoy|yuksek|vysoka|magas|高|높음|상',
  P2: 'medium|med|moderate|normal|mittel|moyenne?|media|medio|medie|gemiddeld|middel|sredni|srednie|srednia|среднии|средняя|medel|orta|stredni|kozepes|中|중간|보통|중',
  P3: 'low|lowest|minor|trivial|optional|nice to have|niedrig|gering|basse|faible|baja|bajo|baixa|baixo|bassa|basso|laag|niski|niskie|niska|низкии|низкая|lag|lav|dusuk|nizka|alacsony|低|낮음|하',
};
const byWord = new Map<string, Priority>();
for (const [priority, list] of Object.entries(words) as [Priority, string][]) {
  for (const word of list.replaceAll(/(\w+)(\w)\?/g, '$1|$1$2').split('|')) {
    byWord.set(word, priority);
  }
}

/** The priority a cell states: `P1`, `p 1`, `High`, `2`, `P4` (as P3), `🔴 Hoch`. `null` when it states none. */
export function readPriority(text: string): Priority | null {
  const name = normaliseName(text);
  const numbered = /^(?:p|prio|priority|prioritat|sev)? ?([0-9])(?:$| )/.exec(name);
  if (numbered !== null) {
    return priorityOfNumber(Number(numbered[1]));
  }
  return byWord.get(name) ?? byWord.get(name.split(' ')[0] ?? '') ?? null;
}

/** `P1` at the very start of a heading or in brackets at the start of an action. */
export function headingPriority(heading: string): Priority | null {
  const match = /^[^\p{L}\p{N}]*(?:priority\s*)?P([0-4])(?![\p{L}\p{N}])/iu.exec(heading);
  return match === null ? null : priorityOfNumber(Number(match[1]));
}

/** `[P2] Add an alert`: the priority, how it is written and where the action starts. */
export function prefixPriority(text: string): { readonly priority: Priority; readonly raw: string; readonly end: number } | null {
  const match = /^(?:[[(](P[0-4])[\])]\s*[:–—-]?|(P[0-4])\s*[:–—-])\s+/i.exec(text);
  const raw = match?.[1] ?? match?.[2];
  return match === null || raw === undefined ? null : { priority: priorityOfNumber(Number(raw[1])), raw, end: match[0].length };
}

function priorityOfNumber(number: number): Priority {
  return number === 0 ? 'P0' : number === 1 ? 'P1' : number === 2 ? 'P2' : 'P3';
}
