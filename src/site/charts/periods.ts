/** Months, or where these would be too many quarters or years. */

export interface Periods {
  /** Every period from the first date to the last, also those without anything. */
  readonly names: readonly string[];
  readonly unit: 'month' | 'quarter' | 'year';
  /** The period of a date. */
  readonly of: (date: string) => string;
}

/** More bars than these cannot be told apart on a phone. */
const most = 24;

const month = (date: string): string => date.slice(0, 7);
const quarter = (date: string): string => `${date.slice(0, 4)} Q${Math.ceil(Number(date.slice(5, 7)) / 3)}`;
const year = (date: string): string => date.slice(0, 4);

/** @param dates `YYYY-MM-DD`, in any order */
export function periodsOf(dates: readonly string[]): Periods {
  const sorted = [...dates].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) {
    return { names: [], unit: 'month', of: month };
  }
  const months = monthsBetween(month(first), month(last));
  const quarters = [...new Set(months.map(quarter))];
  if (months.length <= most) {
    return { names: months, unit: 'month', of: month };
  }
  return quarters.length <= most ? { names: quarters, unit: 'quarter', of: quarter } : { names: [...new Set(months.map(year))], unit: 'year', of: year };
}

function monthsBetween(first: string, last: string): string[] {
  const [fromYear = 0, fromMonth = 1] = first.split('-').map(Number);
  const [toYear = 0, toMonth = 1] = last.split('-').map(Number);
  const length = Math.min((toYear - fromYear) * 12 + toMonth - fromMonth + 1, 12_000);
  return Array.from({ length }, (_, index) => {
    const at = fromMonth - 1 + index;
    return `${String(fromYear + Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}`;
  });
}

/** `2026-05` -> `May`, with the year in January and at the start; quarters and years as they are. */
export function shortNames(periods: Periods): readonly string[] {
  const every = Math.ceil(periods.names.length / 8);
  return periods.names.map((name, index) => {
    if (index % every !== 0) {
      return '';
    }
    const [year = '', number] = name.split('-');
    return number === undefined ? name.replace(/^\d\d(\d\d) /, '$1 ') : `${monthNames[Number(number) - 1] ?? ''} ${year.slice(2)}`;
  });
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
