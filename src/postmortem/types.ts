/** Types of TODOs: which are known, and which of them may be automated. */
import { editDistance } from './spelling.ts';
import { normaliseName } from './table.ts';

/** What the template's Type column may say. Other words are tracked all the same; they are never safe by themselves. */
export const knownTypes: readonly string[] =
  'Alert|Config|Monitor|Runbook|Docs|Migration|Investigation|Architecture|Terraform|Upstream|Process'.split('|');

/** The parts of a type as written: `Runbook + Config` has two. */
export function typeParts(type: string): string[] {
  return type.split(/\s*(?:[+/,;&|、，]|\band\b|\bund\b|\bet\b|\by\b)\s*/iu).filter((part) => part !== '');
}

/** The parts of a type that are not safe; empty when all are. A type without parts is not safe. */
export function unsafeParts(type: string, safeTypes: readonly string[]): string[] {
  const safe = new Set(safeTypes.map(normaliseName));
  const parts = typeParts(type);
  return parts.length === 0 ? [type] : parts.filter((part) => !safe.has(normaliseName(part)));
}

/** The known type a misspelt one was probably meant to be: at most two letters differ (one in short words). */
export function nearestType(type: string, known: readonly string[]): string | null {
  const name = normaliseName(type);
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(name, normaliseName(candidate)) }))
    .filter(({ distance }) => distance > 0 && distance <= (name.length < 5 ? 1 : 2))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? null;
}
