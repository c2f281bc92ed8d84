import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaPath, linePath, nearest, niceTicks } from './scale.ts';

describe('niceTicks', () => {
  it('starts at nothing, reaches the most, in few equal whole steps', () => {
    expect(niceTicks(87)).toEqual([0, 25, 50, 75, 100]);
    expect(niceTicks(0)).toEqual([0, 1]);
    expect(niceTicks(3)).toEqual([0, 1, 2, 3]);
    fc.assert(
      fc.property(fc.nat({ max: 1e7 }), (most) => {
        const ticks = niceTicks(most);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.every(Number.isInteger)).toBe(true);
      }),
    );
  });
});

it('draws lines and areas', () => {
  const points = [
    { x: 0, y: 10 },
    { x: 5, y: 2 },
  ];
  expect(linePath(points)).toBe('M0.0 10.0L5.0 2.0');
  expect(areaPath(points, 20)).toBe('M0.0 10.0L5.0 2.0L5.0 20L0.0 20Z');
  expect(areaPath([], 20)).toBe('');
});

it('finds the nearest point', () => {
  const points = [0, 10, 30].map((x) => ({ x, y: 0 }));
  expect(nearest(points, -5)).toBe(0);
  expect(nearest(points, 12)).toBe(1);
  expect(nearest(points, 99)).toBe(2);
  expect(nearest([], 1)).toBe(-1);
});
