/** What a post-mortem says about its incident: how bad, how long, what was hit, and in short what happened. */
import { fieldsOf } from './fields.ts';
import { MarkdownDocument } from './document.ts';
import { outlineOf } from './outline.ts';
import { readDuration } from './duration.ts';
import { readServices } from './services.ts';
import { readSeverity, type Severity } from './severity.ts';
import { summaryOf } from './summary.ts';
import { titleOf } from './header.ts';

/** `null` is always: not stated. Texts are plain, one line. */
export interface Metadata {
  readonly severity: Severity | null;
  readonly duration: Duration | null;
  readonly affected: Affected | null;
  readonly status: string | null;
  /** One or two sentences. */
  readonly summary: string | null;
}

export interface Duration {
  readonly text: string;
  /** `null` when the text gives no length. */
  readonly minutes: number | null;
}

export interface Affected {
  readonly text: string;
  /** Names of services that can be told from the text, at most eight. */
  readonly services: readonly string[];
}

/**
 * Reads the header of a post-mortem, in the forms people give it. Pure.
 * @param text the document, a BOM and any line endings included
 * @param file its path, for documents without a title
 */
export function readMetadata(text: string, file: string): Metadata {
  const document = new MarkdownDocument(text, file, outlineOf(text));
  const fields = fieldsOf(document);
  const plain = (name: Parameters<typeof fields.get>[0]): string | null => {
    const value = fields.get(name);
    return value === undefined ? null : document.plain(value) || null;
  };
  const summary = summaryOf(document, fields.get('impact') ?? null);
  const affected = plain('affected');
  const [severity, urgency] = [plain('severity'), plain('urgency')];
  return {
    severity: (severity === null ? null : readSeverity(severity)) ?? (urgency === null ? null : readSeverity(urgency)),
    duration: durationOf(plain('duration'), plain('start'), plain('end'), [titleOf(document), plain('impact') ?? '', summary ?? '']),
    affected: affected === null || notStated.test(affected) ? null : { text: affected, services: readServices(affected) },
    status: plain('status'),
    summary,
  };
}

const notStated = /^(?:n\/?a|tbd|unknown|[-–—?.\s]*)$/i;
/** `site down ~6 days`, `dead ~90 min`, `2 h outage`: in running text an amount of time counts only beside one of these words. */
const inText =
  /(?<!\p{L})(?:down|dead|outage|unavailable|unreachable|offline|broken|degraded)\s+(?:for\s+)?(?:about\s+|around\s+|roughly\s+)?(?<after>[~≈]?\d(?:[^,;:()]|:(?=\d)){1,24})|(?<before>\d[\d.,]*[\s-]?\p{L}+)\s+(?:outage|downtime)/iu;

/** What the field says; else the time from start to end; else what one of the texts says in passing. */
function durationOf(stated: string | null, start: string | null, end: string | null, texts: readonly string[]): Duration | null {
  const minutes = stated === null ? null : readDuration(stated);
  if (stated !== null && minutes !== null) {
    return { text: stated, minutes };
  }
  const span = start === null || end === null ? null : readDuration(`${start.slice(0, 60)} → ${end.slice(0, 60)}`);
  if (start !== null && end !== null && span !== null) {
    return { text: stated ?? `${start} – ${end}`, minutes: span };
  }
  if (stated !== null) {
    return notStated.test(stated) ? null : { text: stated, minutes: null };
  }
  for (const text of texts) {
    const { after, before } = inText.exec(text)?.groups ?? {};
    const said = (after ?? before ?? '').trim();
    const read = readDuration(said);
    if (read !== null) {
      return { text: said, minutes: read };
    }
  }
  return null;
}
