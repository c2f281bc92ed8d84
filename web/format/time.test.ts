import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absoluteTime, dateOf, duration, relativeTime } from './time.ts';

const NOW = Date.parse('2026-11-20T16:00:00.000Z');
const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString();
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('relativeTime', () => {
  it.each([
    [0, 'just now'],
    [-59_000, 'just now'],
    [30_000, 'in under 1 min'],
    [-60_000, '1 min ago'],
    [-3_599_000, '59 min ago'],
    [-3_600_000, '1 h ago'],
    [5 * 3_600_000, 'in 5 h'],
    [-86_400_000 * 3, '3 d ago'],
    [-86_400_000 * 800, '2 y ago'],
  ])('says %i ms as "%s"', (difference, text) => {
    expect(plain(relativeTime(at(difference), NOW))).toBe(text);
  });

  it('shows what is no time as it is', () => {
    expect(relativeTime('soon', NOW)).toBe('soon');
  });
});

it('says an exact time in UTC, whatever zone the machine is in', () => {
  expect(absoluteTime('2026-01-02T03:04:05.678Z')).toBe('2026-01-02 03:04:05 UTC');
  expect(dateOf('2026-01-02T23:59:59.000Z')).toBe('2 Jan 2026');
  expect(dateOf('2026-01-02')).toBe('2 Jan 2026');
});

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [840, '840 ms'],
    [12_000, '12 s'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [36 * 3_600_000, '1 d 12 h'],
    [7 * 86_400_000, '7 d'],
    [86_400_000 + 60_000, '1 d'],
  ])('says %i ms as "%s"', (milliseconds, text) => {
    expect(plain(duration(milliseconds))).toBe(text);
  });

  it('never is empty', () => {
    fc.assert(fc.property(fc.nat(), (milliseconds) => duration(milliseconds) !== ''));
  });
});
