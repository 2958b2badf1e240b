/** Labels: always words, colour only beside them. */
import type { Severity } from '../postmortem/severity.ts';
import { html, type Html } from './html.ts';

/** Levels of severity as the charts and labels shade them: 1 is the worst, 4 also stands for what is milder; `null` for none. */
export type Shade = 1 | 2 | 3 | 4 | null;

export function shadeOf(severity: Severity | null): Shade {
  if (severity === null || severity.rank === null) {
    return null;
  }
  return severity.rank <= 1 ? 1 : severity.rank === 2 ? 2 : severity.rank === 3 ? 3 : 4;
}

export function severityLabel(severity: Severity): Html {
  return html`<span class="severity s${shadeOf(severity) ?? 0}">${severity.label}</span>`;
}
