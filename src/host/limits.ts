import type { ExecOptions, ExecResult } from './host.ts';

/** setTimeout fires at once above this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

type Limit = Exclude<ExecResult['ended'], 'exited' | 'signal'>;

/** The time limits of one call: `tripped` resolves when the first of them is reached, or the call is aborted. */
export class Limits {
  readonly tripped: Promise<Limit>;
  private trip: (limit: Limit) => void = () => {};
  private readonly total: NodeJS.Timeout;
  private readonly idle: NodeJS.Timeout | null;
  private readonly forget: () => void;

  /** They count from now on. */
  constructor(options: Pick<ExecOptions, 'idleTimeoutMs' | 'signal'> & { readonly timeoutMs: number }) {
    const { timeoutMs, idleTimeoutMs, signal } = options;
    this.tripped = new Promise((resolve) => {
      this.trip = resolve;
    });
    this.total = setTimeout(this.trip, Math.min(timeoutMs, MAX_TIMER_MS), 'timeout');
    this.idle = idleTimeoutMs === undefined ? null : setTimeout(this.trip, Math.min(idleTimeoutMs, MAX_TIMER_MS), 'idle');
    const onAbort = () => this.abort();
    signal?.addEventListener('abort', onAbort);
    this.forget = () => signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  }

  /** As if the caller had aborted. */
  abort(): void {
    this.trip('aborted');
  }

  /** More output came than the caller wants. */
  overflow(): void {
    this.trip('output');
  }

  /** Output came: the idle limit starts anew. */
  touch(): void {
    this.idle?.refresh();
  }

  /** Ends the timers. */
  clear(): void {
    clearTimeout(this.total);
    if (this.idle) clearTimeout(this.idle);
    this.forget();
  }
}
