import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeTar } from '../../src/oci/tar/write.ts';
import { imageOf, store } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { tagsOf } from './support/layouts.ts';
import { greet } from './support/packages.ts';
import { failure, leftovers, patched, SECURITY, STABLE, World } from './support/world.ts';

const root = process.getuid?.() === 0;

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
afterEach(() => world.publishFirst());

/** A tar whose only file is longer than all disks, as zstd blocks of one repeated byte: 128 KiB out of 4 bytes. */
async function zstdBomb(name: string, blocks: number): Promise<Buffer> {
  const size = 2 ** 40;
  const entry = { name, type: 'file' as const, mode: 0o644, uid: 0, gid: 0, mtime: 0, size, body: () => [] };
  const header: Buffer[] = [];
  for await (const chunk of writeTar([entry])) {
    header.push(Buffer.from(chunk));
    break;
  }
  const start = Buffer.concat(header);
  const block = (length: number, type: 0 | 1, last: boolean) => {
    const bytes = Buffer.alloc(3);
    bytes.writeUIntLE((length << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
    return bytes;
  };
  const repeated = Array.from({ length: blocks }, (_, at) =>
    Buffer.concat([block(128 * 1024, 1, at === blocks - 1), Buffer.of(0)]),
  );
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]),
    block(start.length, 0, false),
    start,
    ...repeated,
  ]);
}

/** Bytes of all files below a directory. */
function usage(directory: string): number {
  if (!existsSync(directory)) return 0;
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}

describe('what expands without bound', () => {
  const BLOCKS = 20_000;

  it('in a layer ends the run with a code, and leaves nothing', async () => {
    const layout = `oci:${world.path('layout')}`;
    const base = await makeTar({ '/etc/x': 'x' });
    await store(imageOf([base], { compression: 'zstd', blobs: [await zstdBomb('big', BLOCKS)] }), `${layout}:1`);
    const cache = world.path('cache');
    expect(failure(await world.patch(`${layout}:1`, [], { cache }))).toEqual({ exit: 1, code: 'LIMIT_EXCEEDED' });
    expect([leftovers(cache), tagsOf(layout)]).toEqual([[], ['1']]);
    expect(usage(join(cache, 'layers'))).toBe(0);
  });

  it('in a package ends the run with a code, and leaves nothing', async () => {
    const [library, program] = greet('1.0-1+deb1u1');
    if (library === undefined || program === undefined) throw new Error('no packages');
    const bomb = { ...library, data: { name: 'data.tar.zst', bytes: await zstdBomb('./usr/lib/big', BLOCKS) } };
    await world.archive.publish(STABLE, { ...SECURITY, packages: [bomb, program, ...SECURITY.packages.slice(2)] });
    const layout = await world.layout();
    const cache = world.path('cache');
    expect(failure(await world.patch(`${layout}:1`, [], { cache }))).toEqual({ exit: 1, code: 'LIMIT_EXCEEDED' });
    expect([leftovers(cache), tagsOf(layout)]).toEqual([[], ['1']]);
    expect(usage(join(cache, 'expanded'))).toBeLessThan(1_000_000);
  });
});

describe.skipIf(!root)('a disk that becomes full (needs root: a tmpfs in a mount namespace)', () => {
  /** Runs a command with a tmpfs of `size` at `directory`, of which only a listing is kept. */
  const inside = (directory: string, size: string, listing: string) => [
    'unshare',
    '--mount',
    'sh',
    '-c',
    `mount -t tmpfs -o size=${size} tmpfs "$0" && { "$@"; code=$?; find "$0" -type f > ${listing}; exit $code; }`,
    directory,
  ];

  it.each(['16k', '64k', '128k', '256k'])(
    'under a cache of %s is told by code, and nothing half-written is left',
    async (size) => {
      const layout = await world.layout({ files: { '/srv/content': Buffer.alloc(60_000, 'noise ').toString() } });
      const [mount, listing] = [world.path('mount'), world.path('listing')];
      mkdirSync(mount);
      const finished = await world.run(world.patchLine(`${layout}:1`), {
        cache: mount,
        wrapper: inside(mount, size, listing),
      });
      const files = readFileSync(listing, 'utf8').split('\n');
      expect(files.filter((name) => /(?:\.tmp$|\/\.suture-\d|\.part$|\.partial$)/.test(name))).toEqual([]);
      if (finished.code === 0) {
        expect(patched(finished).outcome).toBe('patched');
        return;
      }
      expect(['CACHE_UNWRITABLE', 'FILE_UNWRITABLE']).toContain(failure(finished).code);
      expect(tagsOf(layout)).toEqual(['1']);
    },
  );

  it('under the result is told by code, and the result has no tag', async () => {
    const layout = await world.layout({
      files: { '/srv/content': Buffer.alloc(400_000, 'noise ').toString() },
      compression: 'none',
    });
    const [mount, listing] = [world.path('mount'), world.path('listing')];
    mkdirSync(mount);
    const line = world.patchLine(`${layout}:1`, ['--output-image', `oci:${mount}/out:p`]);
    const finished = await world.run(line, { wrapper: inside(mount, '128k', listing) });
    expect(['FILE_UNWRITABLE', 'LAYOUT_UNWRITABLE']).toContain(failure(finished).code);
    const files = readFileSync(listing, 'utf8').split('\n');
    expect(files.filter((name) => /tmp|partial|\.suture/.test(name.slice(mount.length)))).toEqual([]);
  });
});
