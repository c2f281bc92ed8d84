import { describe, expect, it } from 'vitest';
import { phasingDraw } from './draw.ts';

describe('phasingDraw', () => {
  // What a program with libstdc++'s seed_seq, minstd_rand and uniform_int_distribution prints for `source-version-id`.
  it.each([
    ['linux-firmware', '20240318.git3b128b60-0ubuntu2.4', '0123456789abcdef0123456789abcdef', 90],
    ['apt', '2.7.14build2', 'aaaa', 88],
    ['systemd', '255.4-1ubuntu8.5', 'uninitialized', 34],
  ])('%s %s on %s', (source, version, id, drawn) => {
    expect(phasingDraw(source, version, id)).toBe(drawn);
  });

  it('is a number from 0 to 100 whatever the texts', () => {
    for (let length = 0; length < 60; length++) {
      const draw = phasingDraw('\xe9'.repeat(length), '', '');
      expect(Number.isInteger(draw) && draw >= 0 && draw <= 100).toBe(true);
    }
  });
});
