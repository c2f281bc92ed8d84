import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import { collect } from '../../../core/streams.ts';
import { base, cache, code, gpg, image, keys, open, publish, server, useTestArchive } from './testing/archive.ts';
import { hasProgram } from './testing/gpg.ts';
import { memoryTree } from './testing/memory-tree.ts';
import { RepositoryServer, writeFiles } from './testing/repository.ts';

describe.skipIf(!hasProgram('gpg'))('openDebRepositories (needs Debian package gnupg)', () => {
  useTestArchive();

  it('reads candidates of every version, newest first, and packages that provide a name', async () => {
    publish();
    const repositories = await open();
    expect(repositories.unusable).toEqual([]);
    expect(repositories.repositories).toEqual([
      {
        id: `${base.slice(0, -1)} stable main`,
        origin: 'Example',
        suite: 'stable',
        codename: 'stable',
        isSecurity: false,
        date: '2026-03-01T10:00:00.000Z',
        digest: sha256(server.files.get('dists/stable/InRelease') ?? ''),
        signedBy: [keys.ed25519],
      },
    ]);
    expect(repositories.available('foo').map(({ version }) => version)).toEqual(['1.10-1', '1.2-3']);
    expect(repositories.available('foreign')).toEqual([]);
    expect(repositories.providers('baz').map(({ name }) => name)).toEqual(['foo']);
    expect(repositories.available('libfoo1')[0]).toMatchObject({
      source: { name: 'foo', version: '1.2-3' },
      multiArch: 'same',
      depends: [[{ name: 'libc6', operator: '>=', version: '2.36' }]],
      file: { path: 'pool/libfoo1_1.2-3+deb12u1_amd64.deb', size: 'libfoo1 1:1.2-3+deb12u1'.length },
    });
  });

  it('fetches packages once, verified, for parallel callers and for later runs', async () => {
    publish();
    const repositories = await open();
    const file = repositories.available('libfoo1')[0]?.file;
    if (file === undefined) throw new Error('no candidate');
    const paths = await Promise.all([repositories.fetchToFile(file), repositories.fetchToFile(file)]);
    expect(readFileSync(paths[0], 'utf8')).toBe('libfoo1 1:1.2-3+deb12u1');
    expect(paths[1]).toBe(paths[0]);
    expect((await collect(repositories.fetch(file), 100, 'package')).toString()).toBe('libfoo1 1:1.2-3+deb12u1');
    expect(server.requests.filter(({ path }) => path === file.path)).toHaveLength(1);
    const later = await open(undefined, { offline: true });
    expect(await later.fetchToFile(file)).toBe(paths[0]);
    writeFileSync(paths[0], 'damaged in the cache');
    expect(readFileSync(await (await open()).fetchToFile(file), 'utf8')).toBe('libfoo1 1:1.2-3+deb12u1');
  });

  it.each([
    [
      'a flipped byte',
      (bytes: Uint8Array) => bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte)),
      'PACKAGE_HASH_MISMATCH',
    ],
    ['a truncated file', (bytes: Uint8Array) => bytes.subarray(0, 4), 'REPOSITORY_UNREACHABLE'],
    ['a longer file', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from('x')]), 'PACKAGE_HASH_MISMATCH'],
  ])('refuses a pool file with %s and leaves nothing', async (_what, change, expected) => {
    publish();
    const repositories = await open();
    const file = repositories.available('foo')[0]?.file;
    if (file === undefined) throw new Error('no candidate');
    const good = server.files.get(file.path) ?? Buffer.alloc(0);
    server.files.set(file.path, change(good));
    await expect(repositories.fetchToFile(file)).rejects.toThrow(code(expected));
    expect(readdirSync(join(cache, 'packages', 'sha256'))).toEqual([]);
    server.files.set(file.path, good);
    expect(readFileSync(await repositories.fetchToFile(file))).toEqual(Buffer.from(good));
  });

  it('says PACKAGE_HASH_MISMATCH for other content of the same length', async () => {
    publish();
    const repositories = await open();
    const file = repositories.available('foo')[0]?.file;
    if (file === undefined) throw new Error('no candidate');
    server.files.set(file.path, Buffer.alloc(file.size, 'x'));
    await expect(repositories.fetchToFile(file)).rejects.toThrow(code('PACKAGE_HASH_MISMATCH'));
  });

  it('redirects to a local directory by host, prefix or suite and keeps the configured name', async () => {
    publish();
    const mirror = join(cache, 'mirror');
    writeFiles(join(mirror, 'debian'), server.files);
    const tree = image(
      'deb [signed-by=/usr/share/keyrings/test.gpg] http://user:secret@deb.example.org/debian stable main',
    );
    for (const redirect of [
      { from: 'deb.example.org', to: mirror },
      { from: 'deb.example.org', to: join(mirror, 'debian') },
      { from: 'http://deb.example.org/debian', to: `file://${mirror}/debian` },
      { from: 'sta*', to: join(mirror, 'debian') },
    ]) {
      const opened = await open(tree, { redirects: [redirect], offline: true });
      expect(opened.repositories[0]?.id).toBe('http://deb.example.org/debian stable main');
      const file = opened.available('foo')[0]?.file;
      if (file === undefined) throw new Error('no candidate');
      expect(readFileSync(await opened.fetchToFile(file), 'utf8')).toBe('foo 1.10-1');
    }
    expect(server.requests).toEqual([]);
  });

  it('sends credentials to their own host only', async () => {
    publish();
    const other = new RepositoryServer(server.files);
    const otherBase = await other.start('127.0.0.2');
    try {
      const tree = memoryTree({
        '/etc/apt/sources.list': `deb [signed-by=/k] ${base} stable main\n`,
        '/etc/apt/auth.conf.d/a.conf': `machine ${base.slice(0, -1)} login me password se:cret\n`,
        '/k': gpg.exported([keys.ed25519], false),
      });
      await open(tree);
      const expected = `Basic ${Buffer.from('me:se:cret').toString('base64')}`;
      expect(server.requests.map(({ authorization }) => authorization)).toEqual([expected, expected]);
      server.intercept = ({ url }) => ({ status: 302, location: `${otherBase}${(url ?? '').slice(1)}` });
      const redirected = await open(tree, { cacheDirectory: join(cache, 'fresh') });
      const file = redirected.available('foo')[0]?.file;
      if (file === undefined) throw new Error('no candidate');
      await redirected.fetchToFile(file);
      expect(other.requests.at(-1)?.path).toBe(file.path);
      await open(tree, { cacheDirectory: join(cache, 'again'), redirects: [{ from: base, to: otherBase }] });
      expect(other.requests.length).toBeGreaterThan(2);
      expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it('reads repositories inside the image', async () => {
    publish();
    const inside = Object.fromEntries([...server.files].map(([path, bytes]) => [`/srv/repo/${path}`, bytes]));
    const tree = memoryTree({
      ...inside,
      '/etc/apt/sources.list': 'deb [signed-by=/k] file:/srv/repo stable main\n',
      '/k': gpg.exported([keys.ed25519], false),
    });
    const repositories = await open(tree, { offline: true });
    const file = repositories.available('foo')[0]?.file;
    if (file === undefined) throw new Error('no candidate');
    expect(readFileSync(await repositories.fetchToFile(file), 'utf8')).toBe('foo 1.10-1');
  });

  it('gives priorities by the preferences of the image', async () => {
    publish();
    const tree = memoryTree({
      '/etc/apt/sources.list': `deb [signed-by=/k] ${base} stable main\n`,
      '/etc/apt/preferences.d/pins': 'Package: foo\nPin: version 1.10*\nPin-Priority: -1\n',
      '/etc/apt/apt.conf.d/10x': 'APT::Default-Release "stable";\n',
      '/k': gpg.exported([keys.ed25519], false),
    });
    const opened = await open(tree);
    const [repository] = opened.repositories;
    if (repository === undefined) throw new Error('no repository');
    expect(opened.available('foo').map((offer) => opened.priority(offer, repository))).toEqual([-1, 990]);
  });
});
