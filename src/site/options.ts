/** What the site is told about itself. */
import type { Forge } from './document-links.ts';
import type { OverdueDays } from './items.ts';

export interface SiteOptions {
  readonly title: string;
  /** Its public address without a slash at the end, for the feed and previews; `null` when nobody knows it. */
  readonly url: string | null;
  /** Whether search engines may list it. */
  readonly robots: 'index' | 'noindex';
  /** `owner/name`, part of the feed's ids. */
  readonly repository: string | null;
  readonly forge: Forge;
  readonly overdueDays: OverdueDays;
  /** `YYYY-MM-DD`: ages are counted up to here. Only the lists of open items and the charts depend on it. */
  readonly today: string;
}
