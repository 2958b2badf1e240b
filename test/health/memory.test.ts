import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySchema, remember } from '../../src/health/memory.ts';
import type { Memory } from '../../src/health/memory.ts';
import type { Finding } from '../../src/health/verdict.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 4, 3, 12, minute)).toISOString();
const failing = (object: string, since: string | null = null): Finding => ({
  level: 'failure',
  object,
  reason: 'CrashLoopBackOff',
  since,
});
type Step = readonly ['HEALTHY' | 'WARNINGS' | 'UNHEALTHY', ...Finding[]];

/** The states after checks one minute apart, from minute 0, and which of them recovered. */
function run(...steps: readonly Step[]) {
  let memory: Memory | null = null;
  const recovered: number[] = [];
  for (const [minute, [verdict, ...findings]] of steps.entries()) {
    const next = remember(memory, verdict, findings, at(minute));
    memory = next.memory;
    if (next.recovered) recovered.push(minute);
  }
  return { memory: memory as unknown as Memory, recovered };
}

describe('a recovery', () => {
  it('is told by the healthy check after an outage, and by no other', () => {
    expect(run(['UNHEALTHY', failing('Pod/a/b')], ['HEALTHY'], ['HEALTHY']).recovered).toEqual([1]);
    expect(run(['HEALTHY'], ['HEALTHY']).recovered).toEqual([]);
    expect(run(['WARNINGS'], ['HEALTHY']).recovered).toEqual([]);
    expect(run(['HEALTHY']).recovered).toEqual([]);
  });

  it('comes after the warnings that an outage leaves behind', () => {
    const { memory, recovered } = run(
      ['HEALTHY'],
      ['UNHEALTHY', failing('Pod/a/b')],
      ['WARNINGS'],
      ['WARNINGS'],
      ['HEALTHY'],
      ['HEALTHY'],
    );
    expect(recovered).toEqual([4]);
    expect(memory.last_incident).toMatchObject({
      started_at: at(1),
      last_healthy_at: at(0),
      last_failing_at: at(1),
      cleared_at: at(2),
      recovered_at: at(4),
    });
  });

  it('ends one outage, however often it came back in between', () => {
    const { memory, recovered } = run(
      ['UNHEALTHY', failing('Pod/a/b')],
      ['WARNINGS'],
      ['UNHEALTHY', failing('Pod/a/c')],
      ['HEALTHY'],
    );
    expect(recovered).toEqual([3]);
    expect(memory.last_incident).toMatchObject({ started_at: at(0), last_failing_at: at(2), cleared_at: at(3) });
    expect(memory.last_incident?.failures.map(({ object, first_seen, last_seen }) => [object, first_seen, last_seen])).toEqual([
      ['Pod/a/b', at(0), at(0)],
      ['Pod/a/c', at(2), at(2)],
    ]);
  });

  it('is told again for the next outage', () => {
    const { memory, recovered } = run(
      ['UNHEALTHY', failing('Pod/a/b')],
      ['HEALTHY'],
      ['UNHEALTHY', failing('Node/x', at(1))],
      ['HEALTHY'],
    );
    expect(recovered).toEqual([1, 3]);
    expect(memory.last_incident).toMatchObject({
      started_at: at(2),
      last_healthy_at: at(1),
      failures: [{ object: 'Node/x', since: at(1) }],
    });
  });
});

describe('what is remembered', () => {
  it('says since when the verdict is what it is', () => {
    expect(run(['HEALTHY'], ['WARNINGS'], ['WARNINGS']).memory).toMatchObject({
      verdict: 'WARNINGS',
      since: at(1),
      checked_at: at(2),
      last_healthy_at: at(0),
    });
  });

  it('is what the state file may hold, and one recovery per outage, whatever the checks say', () => {
    const verdicts = fc.array(fc.constantFrom('HEALTHY', 'WARNINGS', 'UNHEALTHY'), { maxLength: 30 });
    fc.assert(
      fc.property(verdicts, (words) => {
        const steps = words.map((verdict): Step => (verdict === 'UNHEALTHY' ? [verdict, failing('Pod/a/b')] : [verdict]));
        const { memory, recovered } = run(...steps);
        if (memory !== null) expect(memorySchema.parse(JSON.parse(JSON.stringify(memory)))).toEqual(memory);
        // An outage: a failure with no healthy check since the last one told.
        const expected = words.flatMap((verdict, i) => {
          const before = words.slice(0, i);
          return verdict === 'HEALTHY' && before.slice(before.lastIndexOf('HEALTHY') + 1).includes('UNHEALTHY') ? [i] : [];
        });
        expect(recovered).toEqual(expected);
      }),
    );
  });
});
