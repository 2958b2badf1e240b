import type { Parameters } from 'fast-check';
import { vi } from 'vitest';

/** How often each property is tried, instead of its own number: `FUZZ_RUNS=100000 npx vitest run test/fuzz` searches for long. */
const ASKED = Number(process.env['FUZZ_RUNS'] ?? 0);

/** In CI every run tries the same cases; the search for new ones is `FUZZ_RUNS`. */
const SEED = 20_261_123;

/** A machine that is busy tries fewer cases, not longer ones. */
const ENOUGH_MS = 6_000;

if (ASKED > 0) vi.setConfig({ testTimeout: 24 * 3_600_000 });

/**
 * Bounds of one property.
 * @param usual how many cases make sense in CI: what runs in about a second
 */
export function runs(usual: number): Pick<Parameters<unknown>, 'numRuns' | 'interruptAfterTimeLimit' | 'seed'> {
  return ASKED > 0 ? { numRuns: ASKED } : { numRuns: usual, interruptAfterTimeLimit: ENOUGH_MS, seed: SEED };
}
