import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { asText, inBlocks, mergeLines } from './log-lines.ts';

const line = (sequence: number) => ({
  sequence,
  time: '2026-11-20T16:00:00.000Z',
  level: 'info' as const,
  message: `${sequence}`,
});

it('has every line once and in order, whichever way they come', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 50 })), fc.uniqueArray(fc.nat({ max: 50 })), (first, second) => {
      const ordered = (numbers: number[]) => [...numbers].sort((a, b) => a - b).map(line);
      const merged = mergeLines(ordered(first), ordered(second));
      expect(merged).toEqual(ordered([...new Set([...first, ...second])]));
    }),
  );
});

it('makes blocks that hold all lines', () => {
  expect(inBlocks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inBlocks([], 2)).toEqual([]);
});

it('writes lines as the log of a program', () => {
  expect(asText([{ ...line(1), reference: 'a:1', level: 'error', message: 'gone' }])).toBe(
    '2026-11-20T16:00:00.000Z error a:1: gone\n',
  );
});
