import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { barWidths } from './bar-widths.ts';

it('fills the bar, and shows every part that is there', () => {
  expect(barWidths([0, 0])).toEqual([0, 0]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 8 }), (counts) => {
      fc.pre(counts.some((count) => count > 0));
      const widths = barWidths(counts);
      expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(100, 6);
      for (const [index, count] of counts.entries()) {
        if (count === 0) expect(widths[index]).toBe(0);
        else expect(widths[index]).toBeGreaterThan(0.5);
      }
    }),
  );
});
