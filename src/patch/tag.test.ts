import { describe, expect, it } from 'vitest';
import { checkTag, defaultTag } from './tag.ts';

describe('defaultTag', () => {
  it('adds the date of the repositories in UTC', () => {
    expect(defaultTag('1.4', Date.UTC(2026, 10, 19, 8, 5, 9) / 1000)).toBe('1.4-patched-20261119080509');
  });

  it('replaces the date of an earlier patch instead of adding another', () => {
    expect(defaultTag('1.4-patched-20250101000000', 0)).toBe('1.4-patched-19700101000000');
    expect(defaultTag('1.4-patched-2025', 0)).toBe('1.4-patched-2025-patched-19700101000000');
  });

  it('refuses what no registry takes', () => {
    expect(() => checkTag('a b')).toThrow(/is not a tag/);
    expect(() => defaultTag('x'.repeat(120), 0)).toThrow(/at most 128/);
  });
});
