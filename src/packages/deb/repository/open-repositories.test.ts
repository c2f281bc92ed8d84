import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import type { Clock } from '../../../core/ports.ts';
import { silent } from '../../../core/progress.ts';
import { collect } from '../../../core/streams.ts';
import { createHttpClient } from '../../../net/client.ts';
import type { HttpClient } from '../../../net/types.ts';
import type { RepositoryAccess } from './access.ts';
import type { OpenedDebRepositories } from './deb-repositories.ts';
import { openDebRepositories } from './open-repositories.ts';
import { Gpg, hasProgram } from './testing/gpg.ts';
import { memoryTree } from './testing/memory-tree.ts';
import {
  buildRepository,
  packagesFile,
  RepositoryServer,
  releaseText,
  type TestPackage,
  type TestRelease,
  writeFiles,
} from './testing/repository.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DATE = 'Sun, 01 Mar 2026 10:00:00 UTC';
const SIGNED_AT = '20260301T100500';
const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve() };
const PACKAGES: readonly TestPackage[] = [
  {
    name: 'libfoo1',
    version: '1:1.2-3+deb12u1',
    fields: ['Source: foo (1.2-3)', 'Multi-Arch: same', 'Depends: libc6 (>= 2.36)'],
  },
  {
    name: 'foo',
    version: '1.2-3',
    fields: ['Provides: bar (= 2), baz', 'Depends: libfoo1 (= 1:1.2-3+deb12u1) | x:any'],
  },
  { name: 'foo', version: '1.10-1' },
  { name: 'foreign', version: '1', architecture: 'riscv64' },
];

/** Debian packages xz-utils, zstd and bzip2; the forms of those that are missing are not tested. */
const COMPRESSORS: readonly [string, string][] = [
  ['xz', '.xz'],
  ['zstd', '.zst'],
  ['bzip2', '.bz2'],
];
const usable = hasProgram('gpg');

describe.skipIf(!usable)('openDebRepositories with keys of GnuPG (needs Debian package gnupg)', () => {
  let gpg: Gpg;
  let http: HttpClient;
  let server: RepositoryServer;
  let base: string;
  let cache: string;
  const keys = { ed25519: '', rsa: '', other: '', expired: '', revoked: '', weak: '', primary: '', subkey: '' };

  beforeAll(async () => {
    gpg = new Gpg();
    const created = '20260101T000000';
    keys.ed25519 = gpg.generate('ed25519@example.org', 'ed25519', created);
    keys.rsa = gpg.generate('rsa@example.org', 'rsa3072', created);
    keys.other = gpg.generate('other@example.org', 'ed25519', created);
    keys.expired = gpg.generate('expired@example.org', 'ed25519', created);
    keys.revoked = gpg.generate('revoked@example.org', 'ed25519', created);
    keys.weak = gpg.generate('weak@example.org', 'rsa1024', created);
    keys.primary = gpg.generate('primary@example.org', 'ed25519', created);
    keys.subkey = gpg.addSubkey(keys.primary, 'ed25519', created);
    http = createHttpClient({ environment: {}, clock, retries: { attempts: 1 } });
    server = new RepositoryServer(new Map());
    base = await server.start();
  });

  afterAll(async () => {
    await http.close();
    await server.stop();
    gpg.remove();
  });

  beforeEach(() => {
    server.files.clear();
    server.requests.length = 0;
    server.intercept = () => undefined;
    cache = mkdtempSync(join(tmpdir(), 'apt-cache-'));
    return () => rmSync(cache, { recursive: true, force: true });
  });

  interface Published {
    readonly release?: Partial<TestRelease>;
    readonly packages?: readonly TestPackage[];
    readonly signers?: readonly string[];
    readonly options?: readonly string[];
    readonly signedAt?: string;
  }

  /** Puts a signed repository on the server. */
  function publish({
    release,
    packages = PACKAGES,
    signers = [keys.ed25519],
    options,
    signedAt = SIGNED_AT,
  }: Published = {}): void {
    const built = buildRepository({ suite: 'stable', date: DATE, ...release }, packages, server.files);
    const directory = `dists/${release?.suite ?? 'stable'}`;
    server.files.set(`${directory}/InRelease`, gpg.clearSign(built.release, signers, signedAt, options));
  }

  function image(
    source = `deb [signed-by=/usr/share/keyrings/test.gpg] ${base} stable main`,
    signers = [keys.ed25519],
  ) {
    return memoryTree({
      '/etc/apt/sources.list': `${source}\n`,
      '/usr/share/keyrings/test.gpg': gpg.exported(signers, false),
    });
  }

  function open(tree = image(), access: Partial<RepositoryAccess> = {}): Promise<OpenedDebRepositories> {
    const database = { architecture: 'amd64', foreignArchitectures: [] };
    return openDebRepositories(tree, database, { http, cacheDirectory: cache, clock, progress: silent, ...access });
  }

  const code = (expected: string) => expect.objectContaining({ code: expected });

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
    ['a flipped byte', (bytes: Uint8Array) => bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte))],
    ['a truncated file', (bytes: Uint8Array) => bytes.subarray(0, 4)],
    ['a longer file', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from('x')])],
  ])('refuses a pool file with %s and leaves nothing', async (_what, change) => {
    publish();
    const repositories = await open();
    const file = repositories.available('foo')[0]?.file;
    if (file === undefined) throw new Error('no candidate');
    const good = server.files.get(file.path) ?? Buffer.alloc(0);
    server.files.set(file.path, change(good));
    await expect(repositories.fetchToFile(file)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(PACKAGE_HASH_MISMATCH|REPOSITORY_UNREACHABLE)$/) }),
    );
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

  describe('signatures', () => {
    it('accepts RSA, and one known signature of several', async () => {
      publish({ signers: [keys.other, keys.rsa] });
      const { repositories } = await open(image(undefined, [keys.rsa]));
      expect(repositories[0]?.signedBy).toEqual([keys.rsa]);
    });

    it('accepts Release with Release.gpg', async () => {
      publish();
      const built = buildRepository({ suite: 'stable', date: DATE }, PACKAGES, server.files);
      server.files.delete('dists/stable/InRelease');
      server.files.set('dists/stable/Release', Buffer.from(built.release));
      server.files.set('dists/stable/Release.gpg', gpg.detachSign(built.release, [keys.rsa], SIGNED_AT));
      const { repositories } = await open(image(undefined, [keys.rsa]));
      expect(repositories[0]).toMatchObject({ signedBy: [keys.rsa], digest: sha256(built.release) });
      expect((await open(image(undefined, [keys.rsa]), { offline: true })).repositories).toEqual(repositories);
      server.files.set('dists/stable/Release', Buffer.from(built.release.replace('Example', 'Exemple')));
      await expect(open(image(undefined, [keys.rsa]))).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    });

    it.each([
      ['a key that is not in the keyring', () => ({ signers: [keys.other] }), () => [keys.ed25519], /not trusted here/],
      ['RSA of 1024 bits', () => ({ signers: [keys.weak] }), () => [keys.weak], /2048 bits/],
      [
        'an SHA-1 digest',
        () => ({ signers: [keys.rsa], options: ['--digest-algo', 'SHA1', '--allow-weak-digest-algos'] }),
        () => [keys.rsa],
        /Insecure message hash algorithm/,
      ],
      ['a signature from the future', () => ({ signedAt: '20260302T100500' }), () => [keys.ed25519], /future/],
    ] satisfies [string, () => Published, () => string[], RegExp][])(
      'refuses %s',
      async (_what, published, trusted, reason) => {
        publish(published());
        const failure = open(image(undefined, trusted()));
        await expect(failure).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
        await expect(failure).rejects.toThrow(reason);
      },
    );

    it('refuses a key that had expired when it signed, and accepts it for what it signed before', async () => {
      // GnuPG does not sign with an expired key, so the expiry is set afterwards, by a self-signature from before.
      publish({ signers: [keys.expired] });
      gpg.setExpiry(keys.expired, '10d', '20260120T000000');
      const failure = open(image(undefined, [keys.expired]));
      await expect(failure).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
      await expect(failure).rejects.toThrow(/expired/i);
      publish({ signers: [keys.expired], signedAt: '20260125T000000' });
      expect((await open(image(undefined, [keys.expired]))).repositories).toHaveLength(1);
    });

    it('refuses a revoked key', async () => {
      publish({ signers: [keys.revoked] });
      await open(image(undefined, [keys.revoked]));
      gpg.revoke(keys.revoked, '20260301T110000');
      const failure = open(image(undefined, [keys.revoked]), { cacheDirectory: join(cache, 'fresh') });
      await expect(failure).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
      await expect(failure).rejects.toThrow(/revoked/);
    });

    it('refuses unsigned repositories', async () => {
      const built = buildRepository({ suite: 'stable', date: DATE }, PACKAGES, server.files);
      server.files.set('dists/stable/InRelease', Buffer.from(built.release));
      await expect(open()).rejects.toThrow(code('REPOSITORY_UNSIGNED'));
      server.files.delete('dists/stable/InRelease');
      server.files.set('dists/stable/Release', Buffer.from(built.release));
      await expect(open()).rejects.toThrow(code('REPOSITORY_UNSIGNED'));
    });

    it.each([
      ['before', (text: string) => `Suite: evil\n${text}`],
      ['after', (text: string) => `${text}Suite: evil\n`],
      ['in the armor headers', (text: string) => text.replace(/^Hash:/m, 'Suite: evil\nHash:')],
      ['in the signed part', (text: string) => text.replace('Origin: Example', 'Origin: Evil')],
      ['as an unescaped dash line', (text: string) => text.replace('Origin:', '-----\nOrigin:')],
    ])('refuses text that is not signed %s', async (_where, change) => {
      publish();
      const text = Buffer.from(server.files.get('dists/stable/InRelease') ?? '').toString('latin1');
      server.files.set('dists/stable/InRelease', Buffer.from(change(text), 'latin1'));
      await expect(open()).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    });

    it('restricts keys by fingerprint: a primary key stands for its subkeys unless marked with "!"', async () => {
      publish({ signers: [keys.subkey] });
      const withFingerprint = (fingerprint: string) =>
        memoryTree({
          '/etc/apt/sources.list': `deb [signed-by=${fingerprint}] ${base} stable main\n`,
          '/etc/apt/trusted.gpg.d/all.asc': gpg.exported([keys.rsa, keys.primary], true),
        });
      expect((await open(withFingerprint(keys.primary))).repositories[0]?.signedBy).toEqual([keys.subkey]);
      expect((await open(withFingerprint(`${keys.subkey}!`))).repositories).toHaveLength(1);
      await expect(open(withFingerprint(`${keys.primary}!`))).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
      await expect(open(withFingerprint(keys.rsa))).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    });

    it('reads inline keys of deb822 sources, and trusts only the keys of the source', async () => {
      publish({ signers: [keys.rsa] });
      const block = gpg.exported([keys.rsa], true).toString().trim().split('\n');
      const folded = block.map((line) => ` ${line === '' ? '.' : line}`).join('\n');
      const stanza = `Types: deb\nURIs: ${base}\nSuites: stable\nComponents: main\nSigned-By:\n`;
      const inline = memoryTree({ '/etc/apt/sources.list.d/x.sources': `${stanza}${folded}\n` });
      expect((await open(inline)).repositories).toHaveLength(1);
      const elsewhere = memoryTree({
        '/etc/apt/sources.list.d/x.sources': `${stanza} /usr/share/keyrings/only.gpg\n`,
        '/usr/share/keyrings/only.gpg': gpg.exported([keys.other], false),
        '/etc/apt/trusted.gpg.d/all.gpg': gpg.exported([keys.rsa], false),
      });
      await expect(open(elsewhere)).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    });

    it('never honours trusted=yes, but lists the source; a pinned key makes it usable', async () => {
      publish({ signers: [keys.other] });
      const tree = memoryTree({ '/etc/apt/sources.list': `deb [trusted=yes] ${base} stable main\n` });
      const { repositories, unusable } = await open(tree);
      expect(repositories).toEqual([]);
      expect(unusable).toEqual([
        { id: `${base.slice(0, -1)} stable main`, reason: expect.stringMatching(/pin a key/) },
      ]);
      const path = join(cache, 'pinned.asc');
      writeFileSync(path, gpg.exported([keys.other], true));
      expect((await open(tree, { keyrings: [{ path, for: 'stable' }] })).repositories).toHaveLength(1);
      expect((await open(tree, { keyrings: [{ path }] })).repositories).toHaveLength(1);
    });
  });

  describe('freshness', () => {
    it('refuses what is past Valid-Until, also where the image says not to check, unless the caller allows that', async () => {
      publish({ release: { fields: ['Valid-Until: Sun, 01 Mar 2026 11:59:59 UTC'] } });
      await expect(open()).rejects.toThrow(code('REPOSITORY_EXPIRED'));
      const lenient = image(`deb [signed-by=/usr/share/keyrings/test.gpg check-valid-until=no] ${base} stable main`);
      await expect(open(lenient)).rejects.toThrow(code('REPOSITORY_EXPIRED'));
      expect((await open(lenient, { honourCheckValidUntilNo: true })).repositories).toHaveLength(1);
    });

    it('refuses a Date in the future beyond ten seconds', async () => {
      publish({ release: { date: 'Sun, 01 Mar 2026 12:00:11 UTC' } });
      await expect(open()).rejects.toThrow(code('REPOSITORY_EXPIRED'));
      publish({ release: { date: 'Sun, 01 Mar 2026 12:00:10 UTC' } });
      expect((await open()).repositories).toHaveLength(1);
    });

    it('refuses to go back, by what the cache has seen and by the dates that the caller gives', async () => {
      publish();
      await open();
      publish({ release: { date: 'Sun, 01 Mar 2026 09:59:59 UTC' } });
      await expect(open()).rejects.toThrow(code('REPOSITORY_ROLLED_BACK'));
      const minimumDates = new Map([[`${base.slice(0, -1)} stable main`, '2026-03-01T10:00:00.000Z']]);
      const fresh = join(cache, 'fresh');
      await expect(open(undefined, { minimumDates, cacheDirectory: fresh })).rejects.toThrow(
        code('REPOSITORY_ROLLED_BACK'),
      );
      expect((await open(undefined, { cacheDirectory: fresh })).repositories).toHaveLength(1);
    });

    it('reproduces a locked Release from the cache although the repository has moved on and time has passed', async () => {
      publish({ release: { fields: ['Valid-Until: Mon, 02 Mar 2026 00:00:00 UTC'] } });
      const first = await open();
      const lock = new Map(first.repositories.map(({ id, digest }) => [id, digest]));
      publish({ release: { date: 'Sun, 01 Mar 2026 11:00:00 UTC' }, packages: [] });
      const later: Clock = { ...clock, now: () => NOW + 30 * 86_400_000 };
      const again = await open(undefined, { lock, clock: later });
      expect(again.repositories).toEqual(first.repositories);
      expect(again.available('foo')).toEqual(first.available('foo'));
      await expect(open(undefined, { lock, cacheDirectory: join(cache, 'fresh') })).rejects.toThrow(
        code('REPOSITORY_CHANGED'),
      );
      expect((await open(undefined, { lock: new Map() })).unusable[0]?.reason).toMatch(/stored plan/);
    });

    it('lists a repository of another suite as unusable', async () => {
      publish({ release: { codename: 'trixie' } });
      server.files.set('dists/bookworm/InRelease', server.files.get('dists/stable/InRelease') ?? Buffer.alloc(0));
      const { unusable } = await open(image(`deb [signed-by=/usr/share/keyrings/test.gpg] ${base} bookworm main`));
      expect(unusable[0]?.reason).toMatch(/is of stable or trixie, not of bookworm/);
    });
  });

  describe('indexes', () => {
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
        const { execFileSync } = await import('node:child_process');
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
      const text = releaseText({ suite: 'stable', date: DATE, fields: [] }, indexes).replace(
        'amd64 arm64',
        'all amd64',
      );
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

  describe('places', () => {
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
        await open(tree, { cacheDirectory: join(cache, 'fresh') });
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
});
