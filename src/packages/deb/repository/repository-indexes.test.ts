import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  base,
  cache,
  code,
  DATE,
  gpg,
  image,
  keys,
  open,
  PACKAGES,
  publish,
  SIGNED_AT,
  server,
  useTestArchive,
} from './testing/archive.ts';
import { hasProgram } from './testing/gpg.ts';
import { memoryTree } from './testing/memory-tree.ts';
import { packagesFile, releaseText } from './testing/repository.ts';

/** Debian packages xz-utils, zstd and bzip2; the forms of those that are missing are not tested. */
const COMPRESSORS: readonly [string, string][] = [
  ['xz', '.xz'],
  ['zstd', '.zst'],
  ['bzip2', '.bz2'],
];

describe.skipIf(!hasProgram('gpg'))('indexes of repositories (needs Debian package gnupg)', () => {
  useTestArchive();

  const INDEX = 'dists/stable/main/binary-amd64/Packages.gz';

  it('fetches by hash when the Release offers it, and by name where the mirror does not have it', async () => {
    publish({ release: { fields: ['Acquire-By-Hash: yes'] } });
    await open();
    expect(server.requests.at(-1)?.path).toMatch(/by-hash\/SHA256\/[0-9a-f]{64}$/);
    publish({ release: { fields: ['Acquire-By-Hash: yes'] }, packages: PACKAGES.slice(0, 2) });
    for (const path of server.files.keys()) if (path.includes('by-hash')) server.files.delete(path);
    expect((await open()).available('foo')).toHaveLength(1);
    expect(server.requests.at(-1)?.path).toBe(INDEX);
  });

  it.each([
    ['a flipped byte', (bytes: Uint8Array) => bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte))],
    ['a longer file', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from('x')])],
    ['a shorter file', (bytes: Uint8Array) => bytes.subarray(0, -1)],
  ])('refuses an index with %s', async (what, change) => {
    publish({ packages: [{ name: 'only-here', version: what.length.toString() }] });
    server.files.set(INDEX, change(server.files.get(INDEX) ?? Buffer.alloc(0)));
    await expect(open()).rejects.toThrow(code('INDEX_HASH_MISMATCH'));
    expect(readdirSync(cache)).toEqual(['releases']);
  });

  it.each(COMPRESSORS.filter(([program]) => hasProgram(program)))(
    'reads %s (needs the program)',
    async (program, ending) => {
      const plain = Buffer.from(packagesFile([{ name: 'squeezed', version: `1-${program}` }], server.files));
      const compressed = execFileSync(program, ['-c'], { input: plain });
      const indexes = new Map([
        [`main/binary-amd64/Packages${ending}`, compressed],
        ...(program === 'xz' ? [] : [['main/binary-amd64/Packages', plain] as [string, Buffer]]),
      ]);
      server.files.set(`dists/stable/main/binary-amd64/Packages${ending}`, compressed);
      const text = releaseText({ suite: 'stable', date: DATE }, indexes);
      server.files.set('dists/stable/InRelease', gpg.clearSign(text, [keys.ed25519], SIGNED_AT));
      expect((await open()).available('squeezed')[0]?.version).toBe(`1-${program}`);
      expect((await open(undefined, { offline: true })).available('squeezed')).toHaveLength(1);
    },
  );

  it('reads separate indexes for architecture "all", and a flat repository', async () => {
    const indexes = new Map<string, Uint8Array>();
    for (const architecture of ['amd64', 'all']) {
      const text = Buffer.from(
        packagesFile([{ name: `of-${architecture}`, version: '1', architecture }], server.files),
      );
      indexes.set(`main/binary-${architecture}/Packages`, text);
      server.files.set(`dists/stable/main/binary-${architecture}/Packages`, text);
    }
    const text = releaseText({ suite: 'stable', date: DATE, fields: [] }, indexes).replace('amd64 arm64', 'all amd64');
    server.files.set('dists/stable/InRelease', gpg.clearSign(text, [keys.ed25519], SIGNED_AT));
    const separate = await open();
    expect([separate.available('of-amd64').length, separate.available('of-all').length]).toEqual([1, 1]);

    const flat = Buffer.from(
      packagesFile([{ name: 'flat', version: '1' }], server.files).replace('Filename: pool', 'Filename: ./pool'),
    );
    server.files.set('flat/Packages', flat);
    const release = releaseText({ suite: 'x', date: DATE }, new Map([['Packages', flat]]));
    server.files.set('flat/InRelease', gpg.clearSign(release, [keys.ed25519], SIGNED_AT));
    const repositories = await open(image(`deb [signed-by=/usr/share/keyrings/test.gpg] ${base} flat/`));
    const file = repositories.available('flat')[0]?.file;
    expect(file).toMatchObject({ path: './pool/flat_1_amd64.deb', repository: `${base.slice(0, -1)} flat/` });
    if (file !== undefined) expect(readFileSync(await repositories.fetchToFile(file), 'utf8')).toBe('flat 1');
  });

  it('lists missing components, repositories that answer 404, and dead hosts', async () => {
    publish();
    const tree = memoryTree({
      '/etc/apt/sources.list': [
        `deb [signed-by=/k] ${base} stable main contrib`,
        `deb [signed-by=/k] ${base} gone main`,
        'deb [signed-by=/k] http://127.0.0.1:9/ stable main',
        'deb cdrom:[Debian 12]/ stable main',
        'nonsense',
      ].join('\n'),
      '/k': gpg.exported([keys.ed25519], false),
    });
    const { repositories, unusable } = await open(tree);
    expect(repositories).toHaveLength(1);
    expect(unusable.map(({ id }) => id)).toEqual([
      `${base.slice(0, -1)} stable contrib`,
      `${base.slice(0, -1)} gone main`,
      'http://127.0.0.1:9 stable main',
      'cdrom:[Debian 12] stable main',
      '/etc/apt/sources.list:5',
    ]);
    expect(unusable.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/no Packages index/),
      expect.stringMatching(/404/),
      expect.stringMatching(/127\.0\.0\.1:9/),
      expect.stringMatching(/CD-ROM/),
      expect.stringMatching(/type|incomplete/),
    ]);
  });
});
