import { UserError } from '../errors.ts';

const MICROS = 1_000_000;

/**
 * What a run may spend on the agent, and what it has spent. Counts in whole micro-dollars, rounded up, so that many small
 * costs neither drift nor vanish.
 */
export class Budget {
  private readonly limitMicros: number;
  private spentMicros = 0;
  private unknownCost = false;

  /**
   * @param options.limitUsd the run's limit in US dollars
   * @throws UserError when the limit is not a finite number above zero
   */
  constructor(options: { readonly limitUsd: number }) {
    if (!Number.isFinite(options.limitUsd) || options.limitUsd < 1 / MICROS) {
      throw new UserError(
        `budget_usd is ${options.limitUsd}, which limits nothing`,
        'Set budget_usd to a number of US dollars above 0, for instance 5.',
      );
    }
    this.limitMicros = Math.floor(options.limitUsd * MICROS + 1e-6);
  }

  /** US dollars the next agent call may cost; never negative, and 0 once a cost could not be read. */
  left(): number {
    return this.isSpent() ? 0 : (this.limitMicros - this.spentMicros) / MICROS;
  }

  /** US dollars spent so far, as far as the costs could be read. */
  spent(): number {
    return this.spentMicros / MICROS;
  }

  /**
   * Books the cost of one agent call.
   *
   * @param costUsd as the agent reported it: anything at all
   * @returns `null`, or why the run must stop: a cost that is missing or no plain amount means that nobody knows what is
   *   left, so the budget counts as spent from then on
   */
  spend(costUsd: unknown): string | null {
    if (typeof costUsd !== 'number' || !Number.isFinite(costUsd) || costUsd < 0) {
      this.unknownCost = true;
      return `the agent reported no usable cost (${describe(costUsd)}), so what is left of budget_usd is unknown`;
    }
    this.spentMicros += Math.ceil(costUsd * MICROS - 1e-6);
    return null;
  }

  /** Whether no further agent call may be made. */
  isSpent(): boolean {
    return this.unknownCost || this.spentMicros >= this.limitMicros;
  }
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'none at all';
  return typeof value === 'number' ? String(value) : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
