import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, plural } from './format.ts';

describe('format', () => {
  it('shows sizes in decimal units', () => {
    expect([0, 999, 1000, 1_550_000, 999_999, 123_456_789].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.6 MB',
      '1.0 MB',
      '123 MB',
    ]);
  });

  it('shows durations with the unit that fits', () => {
    expect([4, 999.4, 1000, 59_940, 61_000].map(formatDuration)).toEqual([
      '4 ms',
      '999 ms',
      '1.0 s',
      '59.9 s',
      '1 min 01 s',
    ]);
  });

  it('counts', () => {
    expect([plural(1, 'package'), plural(2, 'package'), plural(0, 'index', 'indexes')]).toEqual([
      '1 package',
      '2 packages',
      '0 indexes',
    ]);
  });
});
