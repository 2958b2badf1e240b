import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { Budget } from '../../src/guard/budget.ts';

describe('the budget', () => {
  it('has its limit left before anything is spent', () => {
    expect(new Budget({ limitUsd: 5 }).left()).toBe(5);
  });

  it('gives each call what the calls before it left', () => {
    const budget = new Budget({ limitUsd: 5 });
    expect(budget.spend(1.25)).toBeNull();
    expect(budget.left()).toBe(3.75);
    expect(budget.spent()).toBe(1.25);
  });

  it('does not drift over many small costs', () => {
    const budget = new Budget({ limitUsd: 1 });
    for (let call = 0; call < 10; call++) budget.spend(0.1);
    expect(budget.left()).toBe(0);
    expect(budget.isSpent()).toBe(true);
  });

  it('counts the smallest cost as something', () => {
    const budget = new Budget({ limitUsd: 1 });
    budget.spend(1e-9);
    expect(budget.spent()).toBe(1e-6);
  });

  it('is spent, with nothing left, after a call that cost more than was there', () => {
    const budget = new Budget({ limitUsd: 1 });
    expect(budget.spend(1.5)).toBeNull();
    expect(budget.left()).toBe(0);
    expect(budget.isSpent()).toBe(true);
  });

  it('takes a call that cost nothing', () => {
    const budget = new Budget({ limitUsd: 1 });
    expect(budget.spend(0)).toBeNull();
    expect(budget.left()).toBe(1);
  });

  it.each([
    ['a missing cost', undefined, 'none at all'],
    ['null', null, 'none at all'],
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['a negative cost', -0.01, '-0.01'],
    ['a number as text', '0.10', 'a string'],
    ['an object', {}, 'an object'],
  ])('stops the run at %s', (_, cost, named) => {
    const budget = new Budget({ limitUsd: 5 });
    expect(budget.spend(cost)).toContain(named);
    expect(budget.isSpent()).toBe(true);
    expect(budget.left()).toBe(0);
  });

  it('stays stopped after an unknown cost, whatever comes later', () => {
    const budget = new Budget({ limitUsd: 5 });
    budget.spend(undefined);
    budget.spend(0.01);
    expect(budget.isSpent()).toBe(true);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-9])('refuses %d as a limit, naming the setting', (limitUsd) => {
    expect(() => new Budget({ limitUsd })).toThrow(UserError);
    expect(() => new Budget({ limitUsd })).toThrow(/budget_usd/);
  });

  it('never has more left than the limit minus what was spent', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 50, noNaN: true })),
        (limitUsd, costs) => {
          const budget = new Budget({ limitUsd });
          for (const cost of costs) budget.spend(cost);
          const sum = costs.reduce((a, b) => a + b, 0);
          expect(budget.left()).toBeLessThanOrEqual(Math.max(0, limitUsd - sum) + 1e-6);
          expect(budget.isSpent()).toBe(budget.left() === 0);
        },
      ),
    );
  });
});
