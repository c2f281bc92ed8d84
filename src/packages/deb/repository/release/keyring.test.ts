import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../../core/errors/error.ts';
import { Gpg, hasProgram } from '../testing/gpg.ts';
import { readKeyrings, splitKeys } from './keyring.ts';

const DEBIAN = '/usr/share/keyrings/debian-archive-keyring.gpg';

describe('readKeyrings', () => {
  it.skipIf(!hasProgram('gpg') || !existsSync(DEBIAN))(
    'reads the Debian archive keyring as gpg does (needs gnupg, debian-archive-keyring)',
    async () => {
      const bytes = readFileSync(DEBIAN);
      const { keys, notes } = await readKeyrings([{ name: 'debian', bytes }]);
      const listing = execFileSync('gpg', ['--show-keys', '--with-colons', DEBIAN], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const expected = [...listing.toString().matchAll(/^pub:.*\n(?:.*\n)*?fpr:+([0-9A-F]+):/gm)].map(
        ([, found]) => found,
      );
      expect(keys.map((key) => key.getFingerprint().toUpperCase())).toEqual(expected);
      expect(notes).toEqual([]);
    },
  );

  it.skipIf(!hasProgram('gpg'))('reads armored files with several blocks, and notes what is no keyring', async () => {
    const gpg = new Gpg();
    try {
      const one = gpg.generate('one@example.org', 'ed25519', '20260101T000000');
      const two = gpg.generate('two@example.org', 'ed25519', '20260101T000000');
      const blocks = [one, two].map((fingerprint) => gpg.exported([fingerprint], true).toString());
      const { keys, notes } = await readKeyrings([
        { name: 'both', bytes: Buffer.from(blocks.join('\n')) },
        { name: 'text', bytes: Buffer.from('hello') },
        { name: 'keybox', bytes: Buffer.concat([Buffer.alloc(8), Buffer.from('KBXf'), Buffer.alloc(8)]) },
        { name: 'cut', bytes: gpg.exported([one], false).subarray(0, 40) },
        { name: 'empty', bytes: Buffer.alloc(0) },
      ]);
      expect(keys.map((key) => key.getFingerprint().toUpperCase())).toEqual([one, two]);
      expect(notes.map((note) => note.split(' ')[0])).toEqual(['text', 'keybox', 'cut']);
    } finally {
      gpg.remove();
    }
  });

  it('splits or refuses any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const total = splitKeys(bytes).reduce((sum, key) => sum + key.length, 0);
          expect(total).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(isSutureError(error, 'INVALID_DATA')).toBe(true);
        }
      }),
    );
  });
});
