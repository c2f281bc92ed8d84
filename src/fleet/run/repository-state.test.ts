import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { systemClock } from '../../core/ports.ts';
import { createHttpClient } from '../../net/client.ts';
import type { HttpClient } from '../../net/types.ts';
import type { Workspace } from '../../patch/workspace.ts';
import { RepositoryStates } from './repository-state.ts';

const files = new Map<string, string>();
const asked: string[] = [];
const server = createServer((request, response) => {
  const url = request.url ?? '';
  asked.push(url);
  const text = files.get(url);
  response.writeHead(text === undefined ? 404 : 200).end(text);
});
let http: HttpClient;
let base: string;
beforeAll(async () => {
  http = createHttpClient({ environment: {}, version: '0', clock: systemClock });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await http.close();
  server.close();
});
beforeEach(() => {
  files.clear();
  asked.length = 0;
});

function states(
  options: { readonly redirects?: Workspace['repositories']['redirects']; readonly offline?: boolean } = {},
) {
  const repositories = { redirects: options.redirects ?? [], keyrings: [], offline: options.offline ?? false };
  const clock = { now: () => Date.parse('2025-06-01T00:00:00Z') };
  return new RepositoryStates({ http, repositories, clock } as unknown as Workspace);
}

const state = (id: string, text: string) => ({ id, digest: sha256(text), date: '' });
const isUnchanged = (id: string, text: string, options: Parameters<typeof states>[0] = {}) =>
  states(options).unchanged([state(id, text)]);

describe('whether repositories are as they were', () => {
  it('is told by InRelease, once for all components of a suite', async () => {
    files.set('/debian/dists/stable/InRelease', 'signed');
    const id = `${base}/debian stable`;
    expect(await states().unchanged([state(`${id} main`, 'signed'), state(`${id} contrib`, 'signed')])).toBe(true);
    expect(asked).toEqual(['/debian/dists/stable/InRelease']);
    expect(await isUnchanged(`${id} main`, 'older')).toBe(false);
  });

  it('is told by Release where the signature lies beside it', async () => {
    files.set('/debian/dists/stable/Release', 'text');
    expect(await isUnchanged(`${base}/debian stable main`, 'text')).toBe(true);
    // From now on with the signature within: another index, which has to be verified.
    files.set('/debian/dists/stable/InRelease', 'signed text');
    expect(await isUnchanged(`${base}/debian stable main`, 'text')).toBe(false);
  });

  it('is told of flat repositories', async () => {
    files.set('/flat/InRelease', 'signed');
    files.set('/other/sub/Release', 'text');
    expect(await isUnchanged(`${base}/flat ./`, 'signed')).toBe(true);
    expect(await isUnchanged(`${base}/other sub/`, 'text')).toBe(true);
  });

  it("is told by apk's index, by tag and architecture", async () => {
    files.set('/alpine/v3.19/main/x86_64/APKINDEX.tar.gz', 'index');
    const id = `${base}/alpine/v3.19/main x86_64`;
    expect(await isUnchanged(id, 'index')).toBe(true);
    expect(await isUnchanged(`@edge ${id}`, 'index')).toBe(true);
    expect(await isUnchanged(`${base}/alpine/v3.19/main aarch64`, 'index')).toBe(false);
    files.set('/alpine/v3.19/main/x86_64/APKINDEX.tar.gz', 'newer');
    expect(await isUnchanged(id, 'index')).toBe(false);
  });

  it('is told of a mirror, also a local one', async () => {
    const mirror = mkdtempSync(join(tmpdir(), 'suture-states-'));
    try {
      for (const directory of ['dists/stable', 'v3.19/main/x86_64'])
        mkdirSync(join(mirror, directory), { recursive: true });
      writeFileSync(join(mirror, 'dists/stable/Release'), 'text');
      writeFileSync(join(mirror, 'v3.19/main/x86_64/APKINDEX.tar.gz'), 'index');
      const redirects = [
        { from: 'http://deb.example.org/debian', to: mirror },
        { from: 'https://apk.example.org/alpine', to: mirror },
      ];
      expect(await isUnchanged('http://deb.example.org/debian stable main', 'text', { redirects })).toBe(true);
      expect(await isUnchanged('https://apk.example.org/alpine/v3.19/main x86_64', 'index', { redirects })).toBe(true);
      expect(asked).toEqual([]);
    } finally {
      rmSync(mirror, { recursive: true });
    }
  });

  it('is not known without network, of repositories in the image, of expired ones and of none', async () => {
    files.set('/debian/dists/stable/InRelease', 'Valid-Until: Thu, 01 May 2025 00:00:00 UTC\n');
    const text = files.get('/debian/dists/stable/InRelease') ?? '';
    expect(await isUnchanged(`${base}/debian stable main`, text)).toBe(false);
    files.set('/debian/dists/stable/InRelease', 'signed');
    expect(await isUnchanged(`${base}/debian stable main`, 'signed', { offline: true })).toBe(false);
    expect(await isUnchanged('file:/srv/debian stable main', 'signed')).toBe(false);
    expect(await isUnchanged('/srv/packages x86_64', 'index')).toBe(false);
    expect(await states().unchanged([])).toBe(false);
  });
});
