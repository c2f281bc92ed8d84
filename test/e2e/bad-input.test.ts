import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../../src/core/streams.ts';
import { type TarWriteEntry, writeTar } from '../../src/oci/tar/write.ts';
import { poolPath } from './support/archive.ts';
import { imageOf, store } from './support/base-image.ts';
import { blobPath, load, tagsOf } from './support/layouts.ts';
import { greet } from './support/packages.ts';
import { failure, LATER_SECURITY, leftovers, patched, SECURITY, STABLE, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
afterEach(() => world.publishFirst());

/** Patches with a cache of its own; the layout must stay as it was and nothing half-written may be left. */
async function refused(layout: string, args: readonly string[] = [], cache = world.path('cache')) {
  const before = tagsOf(layout);
  const index = readFileSync(`${layout.slice(4)}/index.json`, 'utf8');
  const finished = await world.patch(`${layout}:1`, args, { cache });
  expect(finished.stderr).not.toContain('INTERNAL');
  expect(tagsOf(layout)).toEqual(before);
  expect(readFileSync(`${layout.slice(4)}/index.json`, 'utf8')).toBe(index);
  expect(leftovers(layout.slice(4))).toEqual([]);
  expect(leftovers(cache)).toEqual([]);
  return failure(finished);
}

const entry = (name: string, extra: Partial<TarWriteEntry> = {}): TarWriteEntry => {
  const data = Buffer.from('content');
  const file = { size: data.length, body: () => [data] };
  return {
    name,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    ...(extra.type === undefined ? file : {}),
    ...extra,
  };
};

async function layoutOf(entries: readonly TarWriteEntry[]): Promise<string> {
  const layout = `oci:${world.path('layout')}`;
  await store(imageOf([await collect(writeTar(entries), 1 << 28, 'tar')], {}), `${layout}:1`);
  return layout;
}

describe('a damaged image', () => {
  it('with a truncated or changed layer is refused by digest', async () => {
    const layout = await world.layout();
    const digest = (await load(`${layout}:1`)).manifest.layers[0]?.digest;
    if (digest === undefined) throw new Error('no layer');
    const path = blobPath(layout, digest);
    const bytes = readFileSync(path);
    truncateSync(path, bytes.length - 100);
    expect(await refused(layout)).toEqual({ exit: 1, code: 'DIGEST_MISMATCH' });
    const middle = Math.floor(bytes.length / 2);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, middle), Buffer.from('x'), bytes.subarray(middle + 1)]));
    expect((await refused(layout)).exit).toBe(1);
    rmSync(path);
    expect((await refused(layout)).exit).toBe(1);
  });

  it('with another config than the manifest names is refused', async () => {
    const layout = await world.layout();
    const path = blobPath(layout, (await load(`${layout}:1`)).manifest.config.digest);
    writeFileSync(path, readFileSync(path, 'utf8').replace('amd64', 'arm64'));
    expect(await refused(layout)).toEqual({ exit: 1, code: 'DIGEST_MISMATCH' });
  });

  it('whose layer is not what the diff ID says is refused', async () => {
    const layout = `oci:${world.path('layout')}`;
    const tar = await collect(writeTar([entry('etc/x')]), 1 << 20, 'tar');
    await store(imageOf([tar], { diffIds: [`sha256:${'1'.repeat(64)}`] }), `${layout}:1`);
    expect(await refused(layout)).toEqual({ exit: 1, code: 'DIGEST_MISMATCH' });
  });

  it.each([
    ['a name with ..', [entry('../outside')], 1],
    ['a name with .. inside', [entry('etc/../../outside')], 1],
    ['an absolute hard link outward', [entry('etc/x', { type: 'hardlink', linkName: '../../etc/shadow' })], 1],
  ] as const)('whose layer has %s is refused', async (_, entries, exit) => {
    expect((await refused(await layoutOf(entries))).exit).toBe(exit);
  });

  it('whose database is behind a link that leaves the root reads only inside it', async () => {
    const layout = await layoutOf([
      entry('var/', { type: 'directory', mode: 0o755 }),
      entry('var/lib', { type: 'symlink', linkName: '../../../../../../var/lib' }),
    ]);
    expect(await refused(layout)).toEqual({ exit: 4, code: 'OS_UNKNOWN' });
  });

  it('that is no tar, or compressed garbage, is refused', async () => {
    for (const bytes of [Buffer.from('no tar at all'), gzipSync(Buffer.alloc(4096, 'x'))]) {
      const layout = `oci:${world.path('layout')}`;
      await store(imageOf([bytes], {}), `${layout}:1`);
      expect((await refused(layout)).exit).toBe(1);
    }
  });
});

describe('an archive that cannot be trusted', () => {
  it.each([
    ['unsigned', { ...SECURITY, signed: 'none' as const }, 'REPOSITORY_UNSIGNED'],
    ['signed by a stranger', { ...SECURITY, signed: 'stranger' as const }, 'REPOSITORY_UNTRUSTED'],
    ['expired', { ...SECURITY, fields: ['Valid-Until: Tue, 04 Mar 2025 10:00:00 UTC'] }, 'REPOSITORY_EXPIRED'],
    ['of the future', { ...SECURITY, date: 'Fri, 01 Jan 2100 00:00:00 UTC' }, 'REPOSITORY_EXPIRED'],
  ])('is refused: %s', async (name, suite, code) => {
    await world.archive.publish(suite);
    // The clock of the signature is in the future as well, which may be what is seen first.
    const codes = name === 'of the future' ? [code, 'REPOSITORY_UNTRUSTED'] : [code];
    const outcome = await refused(await world.layout());
    expect(outcome.exit).toBe(4);
    expect(codes).toContain(outcome.code);
  });

  it('is refused when it goes back', async () => {
    const layout = await world.layout();
    const cache = world.path('cache');
    await world.archive.publish(LATER_SECURITY);
    patched(await world.patch(`${layout}:1`, ['--dry-run'], { cache }));
    await world.archive.publish(STABLE, SECURITY);
    expect(await refused(layout, [], cache)).toEqual({ exit: 4, code: 'REPOSITORY_ROLLED_BACK' });
  });

  it('is refused when an index or a package is not what was signed', async () => {
    const layout = await world.layout();
    const { files } = world.archive;
    const [library] = greet('1.0-1+deb1u1');
    if (library === undefined) throw new Error('no library');
    const deb = Buffer.from(files.get(poolPath(library)) ?? []);
    deb[deb.length - 10] = (deb.at(-10) ?? 0) ^ 1;
    files.set(poolPath(library), deb);
    expect(await refused(layout)).toEqual({ exit: 1, code: 'PACKAGE_HASH_MISMATCH' });
    files.set('dists/stable-security/main/binary-amd64/Packages', Buffer.from('Package: evil\n'));
    expect(await refused(layout)).toEqual({ exit: 1, code: 'INDEX_HASH_MISMATCH' });
  });

  it('cannot smuggle white-outs in with a package', async () => {
    const [library, program] = greet('1.0-1+deb1u1');
    if (library === undefined || program === undefined) throw new Error('no packages');
    const evil = { ...library, files: { ...library.files, '/usr/bin/.wh.greet': 'x', '/etc/.wh..wh..opq': 'x' } };
    await world.archive.publish({ ...SECURITY, packages: [evil, program, ...SECURITY.packages.slice(2)] });
    const { exit, code } = await refused(await world.layout());
    expect([exit, code === 'INTERNAL']).toEqual([1, false]);
  });

  it('that disappears half-way is unusable, not clean', async () => {
    const layout = await world.layout();
    world.archive.server.intercept = ({ url }) => (url?.includes('stable-security') ? { status: 404 } : undefined);
    const { stdout, code } = await world.plan(`${layout}:1`, [], { cache: world.path('cache') });
    const { plan } = JSON.parse(stdout) as { plan: { unusable: { id: string }[] } };
    expect(plan.unusable.map(({ id }) => id)).toEqual(['http://deb.example.org/debian stable-security main']);
    expect(code).not.toBe(0);
  });
});
