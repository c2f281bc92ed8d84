import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PinnableRelease, parsePreferences } from './preferences.ts';

const RELEASE: PinnableRelease = {
  origin: 'Debian',
  label: 'Debian-Security',
  suite: 'stable-security',
  codename: 'bookworm-security',
  version: '12',
  component: 'main',
  host: 'deb.example.org',
  notAutomatic: false,
  butAutomaticUpgrades: false,
};

function priority(text: string, name = 'openssl', version = '3.0.1-1', release: Partial<PinnableRelease> = {}): number {
  const preferences = parsePreferences([{ path: 'p', text }], { architecture: 'amd64' });
  const pkg = { name, version, architecture: 'amd64', source: { name: 'src-of-it' } };
  return preferences.priorityOf(pkg, version, { ...RELEASE, ...release });
}

const record = (packages: string, pin: string, value: number | string): string =>
  `Explanation: x\nPackage: ${packages}\nPin: ${pin}\nPin-Priority: ${value}\n\n`;

describe('preferences', () => {
  it('has apt defaults', () => {
    expect(priority('')).toBe(500);
    expect(priority('', 'x', '1', { notAutomatic: true })).toBe(1);
    expect(priority('', 'x', '1', { notAutomatic: true, butAutomaticUpgrades: true })).toBe(100);
    const target = parsePreferences([], { architecture: 'amd64', defaultRelease: 'stable-security' });
    const pkg = { name: 'x', version: '1', architecture: 'amd64', source: { name: 'x' } };
    expect(target.priorityOf(pkg, '1', RELEASE)).toBe(990);
    expect(target.priorityOf(pkg, '1', { ...RELEASE, suite: 'other' })).toBe(500);
  });

  it.each([
    ['release a=stable-security', 900],
    ['release n=bookworm*, o=Debian', 900],
    ['release o=Debian,l=Debian-Security,c=main,v=12', 900],
    ['release o=Ubuntu', 500],
    ['release a=wrong, a=stable-security', 900],
    ['release bookworm-security', 900],
    ['release 12', 900],
    ['release n=/^book/', 900],
    ['origin "deb.example.org"', 900],
    ['origin deb.example.org', 900],
    ['origin ""', 500],
    ['version 3.0*', 900],
    ['version 3.0', 500],
    ['version *', 900],
  ])('Pin: %s', (pin, expected) => {
    expect(priority(record('openssl', pin, 900))).toBe(expected);
    // apt ignores a version pin for all packages.
    expect(priority(record('*', pin, 900))).toBe(pin.startsWith('version') ? 500 : expected);
  });

  it.each([
    ['openssl', true],
    ['other openssl', true],
    ['open*', true],
    ['/^open/', true],
    ['/SSL$/', true],
    ['openssl:any', true],
    ['openssl:amd64', true],
    ['openssl:arm64', false],
    ['src:src-of-it', true],
    ['src:src-*:any', true],
    ['src:openssl', false],
    ['opens?l', true],
    ['opens[a-r]l', false],
    ['opens[!a-r]l', true],
  ])('Package: %s', (packages, matches) => {
    expect(priority(record(packages, 'version *', -10))).toBe(matches ? -10 : 500);
  });

  it('lets the first specific record decide, then the first general one', () => {
    const general = record('*', 'release o=Debian', 100) + record('*', 'release c=main', 300);
    expect(priority(general)).toBe(100);
    expect(priority(general + record('openssl', 'version 3*', -1) + record('openssl', 'version *', 700))).toBe(-1);
  });

  it('notes what it does not understand and goes on', () => {
    const text =
      record('/(a+)+$/', 'version *', 1) +
      record('x', 'release z=1', 1) +
      record('x', 'whatever', 1) +
      record('x', 'version *', 'high') +
      record('openssl', 'version *', 7);
    const { notes } = parsePreferences([{ path: 'p', text }], { architecture: 'amd64' });
    expect(notes).toEqual([
      'p:1: the regular expression /(a+)+$/ is too complex',
      'p:6: the condition "z=1" is not known',
      'p:11: the pin "whatever" is not known',
      'p:16: "high" is no Pin-Priority',
    ]);
    expect(priority(text)).toBe(7);
  });

  it('gives a number for any text', () => {
    const parts = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('Package: ', 'Pin: release ', 'Pin-Priority: 1', '\n')),
    );
    fc.assert(
      fc.property(parts, (texts) => {
        expect(priority(texts.join(''))).toBeTypeOf('number');
      }),
    );
  });
});
