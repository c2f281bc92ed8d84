import { describe, expect, it } from 'vitest';
import { appletsOf } from './busybox.ts';
import { matchesPattern } from './pattern.ts';

describe('matchesPattern', () => {
  it.each([
    ['/usr/bin', '/usr/bin', true],
    ['/lib/modules/*', '/lib/modules/5.4', true],
    ['/lib/modules/*', '/lib/modules/5.4/kernel', false],
    ['/lib/modules/*', '/lib/modules/.hidden', true],
    ['/usr/share/[ab]?', '/usr/share/ax', true],
    ['/usr/share/[!ab]?', '/usr/share/ax', false],
    ['/usr[/]bin', '/usr/bin', false],
    ['a.b', 'axb', false],
    ['a\\*', 'a*', true],
    ['[', '[', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });
});

describe('appletsOf', () => {
  const names = ['[', '[[', ...Array.from({ length: 30 }, (_, index) => `tool${String(index).padStart(2, '0')}`)];
  it('reads the sorted list in a binary', () => {
    expect(appletsOf(Buffer.from(`\x7fELF…\0${names.join('\0')}\0\0PATH=`, 'latin1'))).toEqual(names);
  });
  it('knows none where there is no list, or one out of order', () => {
    expect(appletsOf(Buffer.from('\x7fELF'))).toBeUndefined();
    expect(appletsOf(Buffer.from(`\0${[...names, 'aaa'].join('\0')}\0\0`, 'latin1'))).toBeUndefined();
  });
});
