import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Clock } from '../../../../core/ports.ts';
import { silent } from '../../../../core/progress.ts';
import { createHttpClient } from '../../../../net/client.ts';
import type { HttpClient } from '../../../../net/types.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import type { RepositoryAccess } from '../access.ts';
import type { OpenedDebRepositories } from '../deb-repositories.ts';
import { openDebRepositories } from '../open-repositories.ts';
import { Gpg } from './gpg.ts';
import { memoryTree } from './memory-tree.ts';
import { buildRepository, RepositoryServer, type TestPackage, type TestRelease } from './repository.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const DATE = 'Sun, 01 Mar 2026 10:00:00 UTC';
export const SIGNED_AT = '20260301T100500';
export const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve() };
export const PACKAGES: readonly TestPackage[] = [
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

// Live bindings: set by the hooks of the one test file that imports this module.
export let gpg: Gpg;
let http: HttpClient;
export let server: RepositoryServer;
export let base: string;
export let cache: string;
export const keys = { ed25519: '', rsa: '', other: '', expired: '', revoked: '', weak: '', primary: '', subkey: '' };

/** A server, keys of GnuPG and an empty cache for each test of the file that calls this. */
export function useTestArchive(): void {
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
}

export interface Published {
  readonly release?: Partial<TestRelease>;
  readonly packages?: readonly TestPackage[];
  readonly signers?: readonly string[];
  readonly options?: readonly string[];
  readonly signedAt?: string;
}

/** Puts a signed repository on the server. */
export function publish({
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

export function image(
  source = `deb [signed-by=/usr/share/keyrings/test.gpg] ${base} stable main`,
  signers = [keys.ed25519],
): VirtualTree {
  return memoryTree({
    '/etc/apt/sources.list': `${source}\n`,
    '/usr/share/keyrings/test.gpg': gpg.exported(signers, false),
  });
}

export function open(tree = image(), access: Partial<RepositoryAccess> = {}): Promise<OpenedDebRepositories> {
  const database = { architecture: 'amd64', foreignArchitectures: [] };
  return openDebRepositories(tree, database, { http, cacheDirectory: cache, clock, progress: silent, ...access });
}

/** Matches an error by its code. */
export function code(expected: string): unknown {
  return expect.objectContaining({ code: expected });
}
