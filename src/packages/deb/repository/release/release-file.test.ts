import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../../core/errors/error.ts';
import { isSecurity } from '../open-source.ts';
import { splitClearSigned } from './clear-signed.ts';
import { expiryOf } from './freshness.ts';
import { isSuite } from './open-release.ts';
import { parseRelease, parseReleaseDate } from './release-file.ts';

const RULES = { checkValidUntil: true, validUntilMin: 0, validUntilMax: 0, dateMaxFuture: 10 };
const HASH = 'a'.repeat(64);

describe('Release files', () => {
  it('reads dates as apt does', () => {
    expect(parseReleaseDate('Sat, 07 Nov 2026 10:00:00 UTC')).toBe(Date.UTC(2026, 10, 7, 10));
    expect(parseReleaseDate('Fri, 20 Nov 2026  1:29:49 UTC')).toBe(Date.UTC(2026, 10, 20, 1, 29, 49));
    expect(parseReleaseDate('Sat, 07 Nov 2026 10:00:00 +0000')).toBe(Date.UTC(2026, 10, 7, 10));
    for (const text of ['', 'Sat, 07 Nov 2026 10:00:00 CET', '2026-11-07', 'Sat, 31 Feb 2026 10:00:00 UTC']) {
      expect(parseReleaseDate(text)).toBeUndefined();
    }
  });

  it('reads every date that JavaScript writes in this form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        expect(parseReleaseDate(new Date(seconds * 1000).toUTCString())).toBe(seconds * 1000);
      }),
    );
  });

  it('finds fields after the hash lists, and refuses a file without SHA256', () => {
    const text = `Date: Sat, 07 Nov 2026 10:00:00 UTC\nArchitectures: all amd64\nSHA256:\n ${HASH} 12 main/binary-amd64/Packages.xz\nAcquire-By-Hash: yes\nNo-Support-for-Architecture-all: Packages\n`;
    const release = parseRelease(text, 'test');
    expect(release).toMatchObject({ acquireByHash: true, supportsArchitectureAll: false });
    expect(release.files.get('main/binary-amd64/Packages.xz')).toEqual({
      path: 'main/binary-amd64/Packages.xz',
      size: 12,
      sha256: HASH,
    });
    expect(() => parseRelease(text.replace('SHA256:', 'SHA1:'), 'test')).toThrow(/no SHA256/);
    expect(() => parseRelease(text.replace(HASH, 'b'), 'test')).toThrow(/SHA256 line/);
  });

  it('expires by Valid-Until, its least and its most', () => {
    const date = Date.UTC(2026, 0, 1);
    const release = { ...parseRelease('Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n', 'test') };
    const until = { ...release, validUntil: date + 7_000 };
    expect(expiryOf(release, RULES)).toBeUndefined();
    expect(expiryOf(until, RULES)).toBe(date + 7_000);
    expect(expiryOf(until, { ...RULES, validUntilMin: 10 })).toBe(date + 10_000);
    expect(expiryOf(until, { ...RULES, validUntilMax: 3 })).toBe(date + 3_000);
    expect(expiryOf(release, { ...RULES, validUntilMax: 3 })).toBe(date + 3_000);
  });

  it('compares the suite with what was asked for', () => {
    const release = { suite: 'oldstable', codename: 'bookworm' };
    for (const suite of ['oldstable', 'bookworm', 'bookworm/updates', './']) expect(isSuite(release, suite)).toBe(true);
    for (const suite of ['trixie', 'bookworm-updates']) expect(isSuite(release, suite)).toBe(false);
  });

  it('knows security archives', () => {
    const release = { suite: 'stable', codename: 'x', label: 'Debian', origin: 'Debian' };
    expect(isSecurity('stable', release)).toBe(false);
    expect(isSecurity('noble-security', release)).toBe(true);
    expect(isSecurity('buster/updates', { ...release, label: 'Debian-Security' })).toBe(true);
    expect(isSecurity('stable', { ...release, suite: 'oldstable-security' })).toBe(true);
  });

  it('takes apart or refuses any bytes that claim to be clear-signed', () => {
    const pieces = fc.constantFrom(
      ...['-----BEGIN PGP SIGNED MESSAGE-----', 'Hash: SHA256', '', 'text', '- -dash', '-x', ' trailing \t'],
      ...['-----BEGIN PGP SIGNATURE-----', '-----END PGP SIGNATURE-----', 'a\0b'],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (lines) => {
        const bytes = Buffer.from(lines.join('\n'), 'latin1');
        try {
          const signed = splitClearSigned(bytes, 'test');
          expect(lines[0]).toBe('-----BEGIN PGP SIGNED MESSAGE-----');
          expect(signed.lines.every((line) => line === line.trimEnd() && !line.startsWith('-----'))).toBe(true);
        } catch (error) {
          expect(isSutureError(error, 'REPOSITORY_UNTRUSTED')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
