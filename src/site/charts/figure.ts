/** The frame of a chart: title, what it says in a sentence, the drawing, and the numbers as a table. */
import { html, type Html } from '../html.ts';

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What a reader should take from it, in words. */
  readonly caption: string;
  /** What is inside the drawing. */
  readonly drawing: Html;
  readonly legend: readonly { readonly name: string; readonly className: string }[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Size of every drawing in its own units; it is scaled to the page. */
export const size = { width: 360, height: 200, left: 26, right: 8, top: 14, bottom: 26 };
export const inner = { left: size.left, right: size.width - size.right, top: size.top, bottom: size.height - size.bottom };

export function figureOf({ id, title, caption, drawing, legend, columns, rows }: Chart): Html {
  return html`<figure aria-labelledby="${id}-title"><h3 id="${id}-title">${title}</h3>
    <figcaption>${unbroken(caption)}</figcaption>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}: ${caption}">${drawing}</svg>
    ${legend.length === 0 ? null : html`<ul class="legend">${legend.map(({ name, className }) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${className}" width="10" height="10"/></svg>${name}</li>`)}</ul>`}
    <details><summary>Numbers<span class="hidden"> of ${title}</span></summary><table><thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    <tbody>${rows.map(([first, ...others]) => html`<tr><th scope="row">${first}</th>${others.map((value) => html`<td>${value}</td>`)}</tr>
    `)}</tbody></table></details>
    </figure>`;
}

/** A number and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=%|h\b|min\b|days\b)/g, '\u00a0');
}

/** Horizontal lines with their numbers; only whole numbers, these charts count things. */
export function countAxis(ticks: readonly number[], y: (value: number) => number): Html {
  return html`<g class="axis">${ticks
    .filter(Number.isInteger)
    .map((tick) => html`<path d="M${inner.left} ${round(y(tick))}H${inner.right}"/><text x="${inner.left - 5}" y="${round(y(tick) + 3)}" text-anchor="end">${tick}</text>`)}</g>`;
}

/** Coordinates need no more than one decimal. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
