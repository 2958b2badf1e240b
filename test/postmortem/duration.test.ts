import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { readDuration } from '../../src/postmortem/duration.ts';

const hour = 60;
const day = 24 * hour;

describe('a duration is read as minutes', () => {
  test.each<[string, number]>([
    ['45m', 45],
    ['90min', 90],
    ['40 minutes', 40],
    ['~5h', 5 * hour],
    ['2.5 h', 150],
    ['1,5 Std.', 90],
    ['6 days', 6 * day],
    ['2 weeks', 14 * day],
    ['30 seconds', 1],
    ['about three days', 3 * day],
    ['half an hour', 30],
    ['an hour', hour],
    ['Approximately 9 minutes during a planned migration', 9],
  ])('%s', (text, minutes) => {
    expect(readDuration(text)).toBe(minutes);
  });

  test.each<[string, number]>([
    ['3h 05m', 185],
    ['3h05m', 185],
    ['2h 43m', 163],
    ['1 h 30 min', 90],
    ['1h30', 90],
    ['2d22h', 70 * hour],
    ['1 day, 2 hours and 5 minutes', day + 125],
    ['1:30 h', 90],
  ])('made of several units: %s', (text, minutes) => {
    expect(readDuration(text)).toBe(minutes);
  });

  test.each<[string, number]>([
    ['~1 semana', 7 * day],
    ['cerca de 2 horas', 120],
    ['environ 3 heures', 180],
    ['2 Stunden 10 Minuten', 130],
    ['3 giorni', 3 * day],
    ['2 часа 15 минут', 135],
    ['約2時間30分', 150],
    ['3 小时 20 分钟', 200],
    ['약 2시간', 120],
  ])('in other languages: %s', (text, minutes) => {
    expect(readDuration(text)).toBe(minutes);
  });

  test('the first amount counts, whatever comes after it', () => {
    expect(readDuration('~5h initial (05:37–10:40 EEST), then ~2h secondary')).toBe(5 * hour);
    expect(readDuration('3h 05m (06:40-09:45)')).toBe(185);
    expect(readDuration('Triage failing 17:41 → ~20:08 EEST (~2.5 h confirmed)')).toBe(150);
  });

  test('of a span the larger end counts', () => {
    expect(readDuration('2-3 hours')).toBe(180);
    expect(readDuration('5 to 10 min')).toBe(10);
  });

  test('two times make one, also over midnight and in halves of a day', () => {
    expect(readDuration('06:40-09:45')).toBe(185);
    expect(readDuration('from ~09:00 UTC to ~11:43 UTC')).toBe(163);
    expect(readDuration('23:30 – 00:15 UTC')).toBe(45);
    expect(readDuration('1:46pm - 5:30pm')).toBe(224);
  });

  test('two dated times make one', () => {
    expect(readDuration('began 2026-05-30 ~03:33, escalating until fixed 2026-05-31 14:40 UTC')).toBe(35 * hour + 7);
  });
});

describe('what states no length is unknown', () => {
  test.each([
    'N/A',
    'unknown',
    'ongoing',
    '',
    '2026-05-30 → 2026-06-01',
    "Viktor's instance from ~2024-12",
    'Intermittent stalls; load average ~15 sustained and no outage',
    'Two intermittent failure windows',
    '2 days ago',
    'fixed at 21:15Z; pods converged 21:16Z',
    '99999999999999 days',
    '5 pods on k8s-node1',
  ])('%s', (text) => {
    expect(readDuration(text)).toBeNull();
  });
});

test('any text gives whole minutes above zero, or nothing', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom('h', 'min', '~', ' 3', ':', '12', ' to ', '2026-05-30 ', 'half', 'an ', '分', '-'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const minutes = readDuration(pieces.join(''));
      expect(minutes === null || (Number.isInteger(minutes) && minutes >= 1)).toBe(true);
    }),
  );
});
