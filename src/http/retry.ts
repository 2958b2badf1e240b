/** Trying again: how often, how long to wait, and one log line for each time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled } from '../errors.ts';
import type { Log } from '../log.ts';

export interface RetryOptions {
  /** Whom we talk to, for the log: `Vault`. */
  readonly what: string;
  /** How often it is tried again after the first time. */
  readonly retries: number;
  /** The first wait; it doubles each time, and up to half of it is left to chance so that many runs do not return at once. */
  readonly backoffMs: number;
  /** No wait is longer, whatever the server asks for. */
  readonly maxWaitMs: number;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** Why the result of an attempt is worth another one, and how long the server asked to wait. */
export interface TryAgain {
  readonly reason: string;
  readonly afterMs: number | null;
}

/**
 * Runs `attempt` until its result is final or the retries are used up; then that last result (or error) is the result.
 * @param again judges a result: `null` when it is final; errors are judged by `againAfter`
 * @throws Cancelled when `signal` stops a wait, otherwise what the last attempt threw
 */
export async function withRetries<T>(
  options: RetryOptions,
  attempt: () => Promise<T>,
  again: (result: T) => TryAgain | null,
  againAfter: (error: unknown) => TryAgain | null,
): Promise<T> {
  for (let retry = 1; ; retry++) {
    let verdict: TryAgain | null;
    try {
      const result = await attempt();
      verdict = again(result);
      if (!verdict || retry > options.retries) return result;
    } catch (error) {
      verdict = againAfter(error);
      if (!verdict || retry > options.retries) throw error;
    }
    const backoff = options.backoffMs * 2 ** (retry - 1) * (0.5 + Math.random() / 2);
    const waitMs = Math.min(verdict.afterMs ?? backoff, options.maxWaitMs);
    const seconds = (waitMs / 1000).toFixed(1);
    options.log.warn(`${options.what}: ${verdict.reason}; trying again in ${seconds} s (${retry} of ${options.retries})`);
    try {
      await sleep(waitMs, undefined, { signal: options.signal });
    } catch {
      throw new Cancelled();
    }
  }
}

/** The wait a `Retry-After` header asks for, in ms: seconds or a date (RFC 9110, 10.2.3); `null` without a usable one. */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | null {
  if (header === undefined || header.trim() === '') return null;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : null;
}
