/** The type of an action in a legacy table, which has no Type column (design 4). */

const rules: readonly (readonly [type: string, words: RegExp])[] = [
  ['Alert', /\b(?:prometheusrules?|alerts?|alerting)\b/i],
  ['Monitor', /\b(?:uptime[ -]kuma|monitors?|monitoring|ping|tcp check)\b/i],
  ['Migration', /\b(?:migrat(?:e|es|ed|ing|ion|ions)|mov(?:e|es|ed|ing))\b/i],
  ['Investigation', /\b(?:review|investigat(?:e|es|ion)|verify)\b/i],
  ['Runbook', /\b(?:document|documentation|runbooks?)\b/i],
  ['Config', /\b(?:config|configure|configuration|manage|add option)\b|\bnfs\.conf\b/i],
];
const safe = new Set(['Alert', 'Monitor', 'Config']);

/**
 * The type an action's words speak of, `null` when they speak of none. Words of an unsafe type win over those of a safe one,
 * so that "Migrate Alertmanager config" is never taken for an alert.
 */
export function inferType(action: string): string | null {
  const found = rules.filter(([, words]) => words.test(action)).map(([type]) => type);
  return found.find((type) => !safe.has(type)) ?? found[0] ?? null;
}
