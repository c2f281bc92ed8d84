import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bytesToByteString } from '../../../core/bytes.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { readApk } from '../archive/open.ts';
import { readSegment, readSignedFile } from '../archive/segments.ts';
import { parseTrustedKey, type TrustedKey } from '../archive/signature.ts';
import { parseInstalled } from '../database/installed.ts';
import { installedCandidate } from '../resolve/candidate.ts';
import { parseDependency } from '../resolve/dependency.ts';
import { resolveApks } from '../resolve/resolve.ts';
import { violations } from '../resolve/violations.ts';
import { type IndexEntry, parseIndex } from './index-entry.ts';
import { verifyIndex } from './index-file.ts';

const fixtures = fileURLToPath(new URL('../../../../../shared/fixtures/apk', import.meta.url));
const read = (path: string) => readFileSync(`${fixtures}/${path}`);

function keyFile(path: string): TrustedKey {
  const key = parseTrustedKey(path.slice(path.lastIndexOf('/') + 1), read(path).toString('latin1'));
  if (key === undefined) throw new Error(`${path} is no key`);
  return key;
}

/** The entries without proof: the keys of these two indexes are not among the fixtures. */
function entriesOf(path: string): IndexEntry[] {
  const { rest } = readSignedFile(read(path), 1e9, path);
  const index = rest.flatMap(({ content }) => readSegment(content, path)).find(({ name }) => name === 'APKINDEX');
  return parseIndex(index?.data ?? new Uint8Array(), path);
}

describe.skipIf(!existsSync(fixtures))('real indexes', () => {
  it('are proven with their key, and with no other', () => {
    const file = read('rsa256-signed/APKINDEX.tar.gz');
    const key = keyFile('rsa256-signed/test-rsa256.rsa.pub');
    const index = verifyIndex(file, [key], 'the index');
    expect(index).toMatchObject({
      signedBy: 'test-rsa256.rsa.pub',
      entries: [{ name: 'alpine-baselayout', version: '3.2.0-r23' }],
    });
    const layout = read('alpine-317/alpine-baselayout-3.2.0-r23.apk');
    expect(readApk(layout, 'layout', { identity: index.entries[0]?.identity ?? '' }).info.name).toBe(
      'alpine-baselayout',
    );
    const other = { ...keyFile('alpine-316/alpine-devel@lists.alpinelinux.org-4a6a0840.rsa.pub'), name: key.name };
    for (const keys of [[], [other]]) {
      try {
        verifyIndex(file, keys, 'the index');
        expect.unreachable();
      } catch (error) {
        expect(isSutureError(error, 'REPOSITORY_UNTRUSTED')).toBe(true);
      }
    }
  });

  it.each(['alpine-316', 'alpine-317'])('%s is read whole', (branch) => {
    const entries = entriesOf(`${branch}/APKINDEX.tar.gz`);
    expect(entries.length).toBeGreaterThan(4500);
    for (const { identity, size, origin } of entries) {
      expect(identity).toMatch(/^Q1/);
      expect(size).toBeGreaterThan(0);
      expect(origin).not.toBe('');
    }
  });

  it('resolve a real image to the next branch, quickly and consistently', () => {
    const offers = entriesOf('alpine-317/APKINDEX.tar.gz').map((entry) => ({ entry, repository: 'main' }));
    const installed = parseInstalled(bytesToByteString(read('installed')), 'installed');
    const world = ['alpine-baselayout', 'apk-tools', 'busybox', 'libc-utils'].map(parseDependency);
    const before = new Map(installed.map((record) => [record.name, installedCandidate(record)]));
    const broken = new Set([...violations(before, world)].map(({ owner, kind }) => `${kind} ${owner?.name}`));
    const started = performance.now();
    const { changes } = resolveApks({ installed, world, offers }, { scope: 'all' }, new Map());
    expect(performance.now() - started).toBeLessThan(5000);
    expect(changes.length).toBeGreaterThan(5);
    const after = new Map([...before, ...changes.map(({ to }) => [to.name, to] as const)]);
    expect([...violations(after, world)].filter(({ owner, kind }) => !broken.has(`${kind} ${owner?.name}`))).toEqual(
      [],
    );
  });
});
