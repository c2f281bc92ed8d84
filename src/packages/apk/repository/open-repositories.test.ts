import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/digest.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { systemClock } from '../../../core/ports.ts';
import { silent } from '../../../core/progress.ts';
import { createHttpClient } from '../../../net/client.ts';
import { emptyTree } from '../../../oci/tree/tree.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { RepositoryAccess } from '../../family.ts';
import { apkFamily } from '../family.ts';
import { buildApk, type MadePackage, makeSigningKey } from '../testing/build-package.ts';
import { buildRepository, indexEntry, signedIndex } from '../testing/build-repository.ts';

const key = makeSigningKey('tester@example.org-1.rsa.pub');
const URL_MAIN = 'https://example.org/alpine/v3.19/main';
const ID = `${URL_MAIN} x86_64`;
const OLD: MadePackage = { name: 'tool', version: '1-r0', members: [{ name: 'usr/bin/tool', content: 'old' }] };
const NEW: MadePackage = { name: 'tool', version: '1-r1', members: [{ name: 'usr/bin/tool', content: 'new' }] };

let work = '';
const http = createHttpClient({ environment: {}, retries: { attempts: 1 } });

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'suture-apk-repository-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function image(repositories = `${URL_MAIN}\n`, trusted = key): MutableTree {
  const tree = emptyTree();
  const owner = { mode: 0o755, uid: 0, gid: 0, mtime: 0 };
  for (const path of ['/etc', '/etc/apk', '/etc/apk/keys', '/lib', '/lib/apk', '/lib/apk/db']) tree.mkdir(path, owner);
  const write = (path: string, text: string) => tree.writeFile(path, Buffer.from(text), { ...owner, mode: 0o644 });
  write('/etc/apk/repositories', repositories);
  write('/etc/apk/arch', 'x86_64\n');
  write('/etc/apk/world', 'tool\n');
  write(`/etc/apk/keys/${trusted.name}`, trusted.publicKey);
  const header = indexEntry(buildApk(OLD, key)).trimEnd();
  write('/lib/apk/db/installed', `${header}\nF:usr\nF:usr/bin\nR:tool\n\n`);
  return tree;
}

function access(extra: Partial<RepositoryAccess> = {}): RepositoryAccess {
  return {
    ...{
      http,
      cacheDirectory: join(work, 'cache'),
      clock: systemClock,
      progress: silent,
      keyrings: [],
      offline: false,
    },
    redirects: [{ from: URL_MAIN, to: join(work, 'mirror') }],
    ...extra,
  };
}

async function plan(tree = image(), extra: Partial<RepositoryAccess> = {}) {
  const opened = await apkFamily.open(tree).openRepositories(access(extra));
  return { opened, ...(await opened.resolve({ scope: 'security' }, new Map())) };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return isSutureError(error) ? error.code : String(error);
  }
}

const mirror = () => join(work, 'mirror');
const indexPath = () => join(mirror(), 'x86_64/APKINDEX.tar.gz');
const packagePath = () => join(mirror(), 'x86_64/tool-1-r1.apk');

describe('repositories of an image', () => {
  it.each(['sha1', 'sha256', 'sha512'] as const)(
    'are proven by a %s signature and offer packages with digests',
    async (hash) => {
      buildRepository(mirror(), [OLD, NEW], key, { hash });
      const { opened, steps, pending } = await plan();
      expect(opened.repositories).toMatchObject([
        {
          id: ID,
          suite: 'v3.19',
          codename: 'main',
          isSecurity: true,
          date: '2020-09-13T12:26:40.000Z',
          signedBy: [key.name],
        },
      ]);
      expect(pending).toEqual([]);
      expect(steps).toMatchObject([
        { action: 'upgrade', name: 'tool', from: '1-r0', to: '1-r1', file: { path: 'x86_64/tool-1-r1.apk' } },
      ]);
      const [step] = steps;
      if (step === undefined) throw new Error('no step');
      expect(readFileSync(await opened.fetchToFile(step.file))).toEqual(readFileSync(packagePath()));
    },
  );

  it('are refused with the key of another', async () => {
    buildRepository(mirror(), [NEW], key);
    expect(await codeOf(plan(image(undefined, { ...makeSigningKey('x'), name: key.name })))).toBe(
      'REPOSITORY_UNTRUSTED',
    );
    expect(await codeOf(plan(image(undefined, makeSigningKey('other.rsa.pub'))))).toBe('REPOSITORY_UNTRUSTED');
    const pinned = join(work, key.name);
    writeFileSync(pinned, key.publicKey);
    const { steps } = await plan(image(undefined, makeSigningKey('other.rsa.pub')), { keyrings: [pinned] });
    expect(steps).toHaveLength(1);
  });

  it('are refused without a signature, or with a changed byte in either member', async () => {
    buildRepository(mirror(), [NEW], key);
    const whole = readFileSync(indexPath());
    const { steps } = await plan(undefined, { cacheDirectory: join(work, 'other') });
    expect(steps).toHaveLength(1);
    for (const at of [60, whole.length - 20]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(indexPath(), damaged);
      // What cannot be read at all makes the repository unusable; what reads but is not as signed ends the run.
      const { opened } = await plan().catch((error: unknown) => ({ opened: error }));
      const refused =
        isSutureError(opened, 'REPOSITORY_UNTRUSTED') ||
        (opened as { repositories: unknown[] }).repositories.length === 0;
      expect(refused).toBe(true);
    }
    const unsigned = signedIndex('', key);
    writeFileSync(indexPath(), unsigned.subarray(unsigned.indexOf(Buffer.from([0x1f, 0x8b]), 2)));
    expect(await codeOf(plan())).toBe('REPOSITORY_UNSIGNED');
  });

  it('refuse a replaced package, one with a changed byte, and one that is cut', async () => {
    buildRepository(mirror(), [NEW], key);
    const whole = readFileSync(packagePath());
    const built = buildApk(NEW, key);
    const flipped = [built.segments.control + 30, built.segments.data + 30].map((at) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      return damaged;
    });
    const evil = buildApk({ ...NEW, members: [{ name: 'usr/bin/tool', content: 'evil' }] }, key).bytes;
    for (const bytes of [...flipped, evil, whole.subarray(0, -1), Buffer.concat([whole, Buffer.from('x')])]) {
      writeFileSync(packagePath(), bytes);
      expect(await codeOf(plan())).toMatch(/^PACKAGE_(?:HASH_MISMATCH|INVALID)$/);
    }
    writeFileSync(packagePath(), whole);
    expect((await plan()).steps).toHaveLength(1);
  });

  it('leave a package that is missing pending, and come to rest', async () => {
    buildRepository(mirror(), [NEW], key);
    rmSync(packagePath());
    const { steps, pending } = await plan();
    expect(steps).toEqual([]);
    expect(pending).toMatchObject([{ name: 'tool', from: '1-r0', to: '1-r1', reason: 'fetch-failed' }]);
  });

  it('are held to the index of a stored plan, which the cache keeps', async () => {
    buildRepository(mirror(), [NEW], key);
    const { opened, steps } = await plan();
    const lock = new Map<string, Digest>(opened.repositories.map(({ id, digest }) => [id, digest]));
    buildRepository(mirror(), [NEW, { ...NEW, version: '2-r0' }], key);
    expect((await plan()).steps[0]?.to).toBe('2-r0');
    expect((await plan(undefined, { lock })).steps).toEqual(steps);
    expect((await plan(undefined, { lock, offline: true })).steps).toEqual(steps);
    const code = await codeOf(plan(undefined, { lock, cacheDirectory: join(work, 'empty') }));
    expect(code).toBe('REPOSITORY_CHANGED');
    expect((await plan(undefined, { lock: new Map() })).opened.unusable).toMatchObject([{ id: ID }]);
  });

  it('do not go back in time unnoticed', async () => {
    buildRepository(mirror(), [NEW], key);
    const older = readFileSync(indexPath());
    buildRepository(mirror(), [NEW], key, { made: 1_700_000_000 });
    await plan();
    writeFileSync(indexPath(), older);
    expect(await codeOf(plan())).toBe('REPOSITORY_ROLLED_BACK');
  });

  it('that cannot be reached or understood are listed', async () => {
    mkdirSync(join(mirror(), 'x86_64'), { recursive: true });
    writeFileSync(indexPath(), 'ADBd');
    const { opened } = await plan(image(`${URL_MAIN}\n# comment\nftp://example.org/x\n/srv/local\n`));
    expect(opened.repositories).toEqual([]);
    expect(opened.unusable.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('apk v3'),
      expect.stringContaining('address of unknown form'),
      expect.stringContaining('the image has no /srv/local/x86_64/APKINDEX.tar.gz'),
    ]);
  });

  it('with a tag serve only what is asked for with it', async () => {
    buildRepository(join(work, 'edge'), [{ ...NEW, version: '3-r0' }], key);
    buildRepository(mirror(), [NEW], key);
    const edge = 'https://example.org/alpine/edge/main';
    const redirects = [...access().redirects, { from: edge, to: join(work, 'edge') }];
    const tree = image(`${URL_MAIN}\n@edge ${edge}\n`);
    expect((await plan(tree, { redirects })).steps[0]?.to).toBe('1-r1');
    tree.writeFile('/etc/apk/world', Buffer.from('tool@edge\n'), { mode: 0o644, uid: 0, gid: 0, mtime: 0 });
    expect((await plan(tree, { redirects })).steps[0]).toMatchObject({
      to: '3-r0',
      file: { repository: `@edge ${edge} x86_64` },
    });
  });

  it('are read over HTTP', async () => {
    buildRepository(mirror(), [NEW], key);
    const server = createServer((request, response) => {
      const path = join(work, decodeURIComponent(request.url ?? ''));
      try {
        response.end(readFileSync(path));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`;
      const { steps } = await plan(undefined, { redirects: [{ from: 'example.org', to }] });
      expect(steps).toHaveLength(1);
      const offline = await plan(undefined, { redirects: [{ from: 'example.org', to }], offline: true });
      expect(offline.steps).toEqual(steps);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
