/** Labels: always words, colour only beside them. */
import type { Severity } from '../postmortem/severity.ts';
import { html, type Html } from './html.ts';

/** Levels of severity as the charts and labels shade them: 1 is the worst, 4 also stands for what is milder; `null` for none. */
export type Shade = 1 | 2 | 3 | 4 | null;

/** The shades from the worst on, as the charts name them; key 0 is none. */
export const severityShades = [
  { key: '1', name: 'Severity 1 (worst)', short: 'Sev 1', className: 'shade1' },
  { key: '2', name: 'Severity 2', short: 'Sev 2', className: 'shade2' },
  { key: '3', name: 'Severity 3', short: 'Sev 3', className: 'shade3' },
  { key: '4', name: 'Severity 4 and milder', short: 'Sev 4', className: 'shade4' },
  { key: '0', name: 'not stated', short: 'none', className: 'shade0' },
] as const;

export function shadeOf(severity: Severity | null): Shade {
  if (severity === null || severity.rank === null) {
    return null;
  }
  return severity.rank <= 1 ? 1 : severity.rank === 2 ? 2 : severity.rank === 3 ? 3 : 4;
}

export function severityLabel(severity: Severity): Html {
  return html`<span class="severity s${shadeOf(severity) ?? 0}">${severity.label}</span>`;
}
