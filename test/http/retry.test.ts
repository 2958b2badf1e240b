import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancelled } from '../../src/errors.ts';
import { retryAfterMs, type RetryOptions, type TryAgain, withRetries } from '../../src/http/retry.ts';
import { logLines } from '../support/log-lines.ts';

/** The clock, in the place of real waits. */
const waits = vi.hoisted((): number[] => []);
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number, _: undefined, { signal }: { signal?: AbortSignal }) => {
    signal?.throwIfAborted();
    waits.push(ms);
  },
}));
beforeEach(() => void waits.splice(0));

async function waitsFor(verdict: TryAgain, change: Partial<RetryOptions> = {}): Promise<number[]> {
  const options = { what: 'Test', retries: 6, backoffMs: 1000, maxWaitMs: 30_000, log: logLines().log, ...change };
  await withRetries(
    options,
    async () => 'still busy',
    () => verdict,
    () => null,
  );
  return [...waits];
}

describe('waiting between two tries', () => {
  it('doubles, leaves up to half to chance, and has a limit', async () => {
    for (let i = 0; i < 50; i++) {
      waits.splice(0);
      const seen = await waitsFor({ reason: 'x', afterMs: null });
      for (const [index, nominal] of [1000, 2000, 4000, 8000, 16_000, 30_000].entries()) {
        expect(seen[index]).toBeGreaterThanOrEqual(Math.min(nominal, 32_000) / 2);
        expect(seen[index]).toBeLessThanOrEqual(nominal);
      }
      expect(seen).toHaveLength(6);
    }
  });

  it('is what the server asks for, within the limit', async () => {
    expect(await waitsFor({ reason: 'x', afterMs: 7000 }, { retries: 1 })).toEqual([7000]);
    waits.splice(0);
    expect(await waitsFor({ reason: 'x', afterMs: 3_600_000 }, { retries: 1 })).toEqual([30_000]);
  });

  it('ends when the run is stopped', async () => {
    await expect(waitsFor({ reason: 'x', afterMs: 1 }, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(Cancelled);
  });

  it('is told in one line each', async () => {
    const { log, lines } = logLines();
    await waitsFor({ reason: 'HTTP 503', afterMs: 1500 }, { log, retries: 2 });
    expect(lines).toEqual([
      'warning: Test: HTTP 503; trying again in 1.5 s (1 of 2)\n',
      'warning: Test: HTTP 503; trying again in 1.5 s (2 of 2)\n',
    ]);
  });
});

describe('a Retry-After header', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['120', 120_000],
    ['1.5', 1500],
    ['0', 0],
    ['-3', 0],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('%j is a wait of %j ms', (header, wait) => expect(retryAfterMs(header, now)).toBe(wait));
});

describe('when the retries are used up', () => {
  it('the last error is thrown as it was', async () => {
    const error = new Error('the same object');
    const attempt = vi.fn(async () => {
      throw error;
    });
    const options = { what: 'Test', retries: 2, backoffMs: 1, maxWaitMs: 10, log: logLines().log };
    await expect(
      withRetries(
        options,
        attempt,
        () => null,
        () => ({ reason: 'x', afterMs: null }),
      ),
    ).rejects.toBe(error);
    expect(attempt).toHaveBeenCalledTimes(3);
  });

  it('an error that is final is thrown at once', async () => {
    const options = { what: 'Test', retries: 2, backoffMs: 1, maxWaitMs: 10, log: logLines().log };
    await expect(
      withRetries(
        options,
        () => Promise.reject(new Error('final')),
        () => null,
        () => null,
      ),
    ).rejects.toThrow('final');
    expect(waits).toEqual([]);
  });
});
