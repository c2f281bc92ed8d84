import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, percent, plural } from './number.ts';

describe('percent', () => {
  it('says none and all only where it is exactly that', () => {
    expect(percent(1, 1000)).toBe(1);
    expect(percent(999, 1000)).toBe(99);
    expect(percent(0, 1000)).toBe(0);
    expect(percent(1000, 1000)).toBe(100);
    expect(percent(0, 0)).toBeUndefined();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat({ max: 1e6 }), (whole, part) => {
        const share = percent(Math.min(part, whole), whole) ?? Number.NaN;
        expect(share === 100).toBe(part >= whole);
        expect(share === 0).toBe(part === 0);
      }),
    );
  });
});

it('counts with separators and the right number', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(plural(1, 'image')).toBe('1\u00a0image');
  expect(plural(0, 'entry', 'entries')).toBe('0\u00a0entries');
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_482_240, '1.4 MiB'],
  [150 * 1024 * 1024, '150 MiB'],
  [3 * 1024 ** 5, '3072 TiB'],
])('says %i bytes as "%s"', (bytes, text) => {
  expect(formatBytes(bytes).replace('\u00a0', ' ')).toBe(text);
});
