/** The two hashes a TODO is known by, and the text they are made of. */
import { hash } from 'node:crypto';

/** What all writings of an action have in common: case and Unicode form do not count. Plain text has single spaces already. */
export function normaliseAction(text: string): string {
  return (/^[ -~]*$/.test(text) ? text : text.normalize('NFC')).toLowerCase();
}

/** Length of a hash in hexadecimal digits. */
const hashLength = 12;

/**
 * Hash of an action: with the post-mortem's path it is a TODO's identity (design 4). Case, spacing and Unicode form do not matter.
 */
export function actionHash(action: string): string {
  return hashOf(normaliseAction(action));
}

/** The same for list items: their own, so that a row's identity does not depend on a list that repeats it. */
export function listHash(action: string): string {
  return hashOf(`list\n${normaliseAction(action)}`);
}

/** Hash of what a person would edit to have a refused TODO tried again: action, type and details. */
export function textHashOf(action: string, type: string | null, details: string): string {
  return hashOf([action, type ?? '', details].map(normaliseAction).join('\n'));
}

/** Marks who refused which text in the Follow-up table: `<!-- todo:0123456789ab -->`. */
export const refusalMarker = /<!--\s*todo:([0-9a-f]{12})\s*-->/;

function hashOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, hashLength);
}
