/** How bad an incident was, from what people write: `SEV2 — users could not log in`, `SEV-3 (degraded)`, `Critical`, `Alta`. */

export interface Severity {
  /** Short, for labels and filters: `SEV2`, `P1`, `Critical`. */
  readonly label: string;
  /** 0 is the worst; `null` when the words name no known level. */
  readonly rank: number | null;
  /** As written, Markdown stripped. */
  readonly text: string;
}

/** Words for the levels 1 to 4. */
const words: readonly string[] = [
  'critical|catastrophic|blocker|kritisch|critique|critico|critica|crítico|crítica|krytyczny|критическ\\p{L}*|critico|致命的?|重大|严重|嚴重|심각',
  'high|major|severe|hoch|schwerwiegend|haute|élevée?|majeur|alta|alto|grave|hoog|wysoki|высок\\p{L}*|高|높음',
  'medium|moderate|mittel|moyenne?|media|medio|média|médio|gemiddeld|średni|средн\\p{L}*|中|중간|보통',
  'low|minor|niedrig|gering|faible|mineur|baja|bajo|baixa|baixo|bassa|basso|laag|niski|низк\\p{L}*|低|낮음',
];
const byWord = words.map((list) => new RegExp(`(?<!\\p{L})(?:${list})(?!\\p{L})`, 'iu'));
const nothing = /^(?:n\/?a|none|tbd|todo|unknown|unclassified|not (?:applicable|classified|set)|[-–—?.\s]*)$/i;

/** @returns `null` when nothing is stated (`N/A`, `TBD`, a dash) */
export function readSeverity(text: string): Severity | null {
  const stated = text.trim();
  if (nothing.test(stated)) {
    return null;
  }
  const level = /(?<!\p{L})(?:(sev(?:erity)?)[\s-]*|([ps])-?)([0-5])(?!\d)/iu.exec(stated) ?? /^(?:level\s*)?()()([0-5])(?![\d.])/i.exec(stated);
  if (level !== null) {
    return { label: `${level[2] ? level[2].toUpperCase() : 'SEV'}${level[3] ?? ''}`, rank: Number(level[3]), text: stated };
  }
  for (const [index, word] of byWord.entries()) {
    const found = word.exec(stated)?.[0];
    if (found !== undefined) {
      return { label: found.charAt(0).toUpperCase() + found.slice(1).toLowerCase(), rank: index + 1, text: stated };
    }
  }
  const first = /^[^.,;:()—–]{1,24}(?=[.,;:()—–]|$)/u.exec(stated)?.[0].trim();
  return { label: first === undefined || first === '' ? 'Other' : first, rank: null, text: stated };
}
