import { describe, expect, it } from 'vitest';
import { base, DATE, gpg, keys, open, SIGNED_AT, server, useTestArchive } from './testing/archive.ts';
import { hasProgram } from './testing/gpg.ts';
import { memoryTree } from './testing/memory-tree.ts';
import { RealApt } from './testing/real-apt.ts';
import { packagesFile, releaseText } from './testing/repository.ts';

const NAMES = ['native', 'common', 'data'];

/** A repository whose packages of architecture all stand in an index of their own, one of them also beside the native ones. */
function publishWith(architectures: string | undefined, fields: readonly string[]): void {
  const native = [
    { name: 'native', version: '1' },
    { name: 'common', version: '1', architecture: 'all' },
  ];
  const all = [
    { name: 'common', version: '2', architecture: 'all' },
    { name: 'data', version: '2', architecture: 'all' },
  ];
  const indexes = new Map([
    ['main/binary-amd64/Packages', Buffer.from(packagesFile(native, server.files))],
    ['main/binary-all/Packages', Buffer.from(packagesFile(all, server.files))],
  ]);
  for (const [path, bytes] of indexes) server.files.set(`dists/stable/${path}`, bytes);
  const release = releaseText({ suite: 'stable', date: DATE, fields }, indexes);
  const text = release.replace(
    /^Architectures: .*\n/m,
    architectures === undefined ? '' : `Architectures: ${architectures}\n`,
  );
  server.files.set('dists/stable/InRelease', gpg.clearSign(text, [keys.ed25519], SIGNED_AT));
}

describe.skipIf(!hasProgram('apt-get') || !hasProgram('gpg'))('binary-all indexes, as apt-get reads them', () => {
  useTestArchive();

  it.each([
    ['', 'amd64 all', []],
    ['', 'amd64', []],
    ['', undefined, []],
    ['', 'all', []],
    ['', 'amd64 all', ['No-Support-for-Architecture-all: Packages']],
    ['', 'amd64 all', ['No-Support-for-Architecture-all: Contents-deb Packages']],
    ['', 'amd64 all', ['No-Support-for-Architecture-all: Contents-deb']],
    ['', 'amd64 all', ['No-Support-for-Architecture-all: packages']],
    ['', undefined, ['No-Support-for-Architecture-all: Packages']],
    ['[arch=amd64,all] ', 'amd64', ['No-Support-for-Architecture-all: Packages']],
    ['[arch=all] ', 'amd64 all', []],
    ['[arch=amd64] ', 'amd64 all', []],
    ['[arch+=all] ', 'amd64', []],
    ['[arch-=all] ', 'amd64 all', []],
    ['[arch-=amd64] ', 'amd64 all', []],
  ])('source %sArchitectures: %s %j', async (options, architectures, fields) => {
    publishWith(architectures, fields);
    const image = {
      '/etc/apt/sources.list': `deb ${options}${base} stable main\n`,
      '/etc/apt/trusted.gpg.d/test.gpg': gpg.exported([keys.ed25519], false),
    };
    const apt = new RealApt(image);
    try {
      expect(await apt.call('update')).not.toMatch(/^E:/m);
      const listed = await apt.call('apt-cache', 'madison', ...NAMES);
      const expected = [...listed.matchAll(/^ *(\S+) \| *(\S+) \|/gm)].map(([, name, version]) => `${name} ${version}`);
      const repositories = await open(memoryTree(image));
      const found = NAMES.flatMap((name) => repositories.available(name)).map(
        ({ name, version }) => `${name} ${version}`,
      );
      expect(found.sort()).toEqual(expected.sort());
    } finally {
      apt.close();
    }
  });
});
