/** What the checks share: making a finding, and ages. */
import type { Metadata } from './objects.ts';
import type { Finding } from './verdict.ts';

export const MINUTE = 60_000;

export function finding(
  level: Finding['level'],
  kind: string,
  { namespace, name }: Metadata,
  reason: string,
  since: string | null | undefined,
): Finding {
  const object = [kind, namespace, name ?? '?'].filter((part) => part !== undefined).join('/');
  return { level, object, reason: reason.replaceAll(/\s+/g, ' ').trim(), since: iso(since) };
}

/** In ms; infinite without a usable time, so that what has none counts as old where age makes it worse. */
export function age(time: string | null | undefined, now: number): number {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : now - at;
}

function iso(time: string | null | undefined): string | null {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
