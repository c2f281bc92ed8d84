import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silent } from '../../core/progress.ts';
import { loadImage } from '../../oci/image.ts';
import { LayerStore } from '../../oci/layer/layer-store.ts';
import { openLocation } from '../../oci/location.ts';
import type { Layer } from '../../oci/model.ts';
import { FactsCache } from './facts-cache.ts';
import { inventoryOf } from './inventory.ts';
import { layerOf } from './testing/layer-of.ts';
import type { ScannedImage } from './types.ts';

const fixtures = new URL('../../../../shared/fixtures/', import.meta.url);
const shared = (path: string): URL => new URL(path, fixtures);

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'suture-inventory-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

function inventory(...layers: Layer[]): Promise<ScannedImage> {
  return inventoryOf(layers, { store: new LayerStore(cache), facts: new FactsCache(cache), progress: silent });
}

const kinds = ({ problems }: ScannedImage): string[] => problems.map(({ kind }) => kind);

describe('real images', () => {
  const context = { openRegistry: () => Promise.reject(new Error('no registry is needed')) };

  it.skipIf(!existsSync(shared('images/alpine-310.tar.gz'))).each(['310', '311'])(
    'alpine %s is read as apk itself lists it',
    async (name) => {
      const file = shared(`images/alpine-${name}.tar.gz`).pathname;
      const location = await openLocation(`docker-archive:${file}`, context);
      try {
        const image = await loadImage(location.source, await location.source.resolve(location.target));
        const found = await inventory(...image.layers);
        expect(found.problems).toEqual([]);
        expect(found.os?.family).toBe('alpine');
        expect(found.repository?.release).toBe(found.os?.name.replace(/\.\d+$/, ''));
        expect(found.packages.length).toBe(14);
        for (const { src, digest, layer } of found.packages) {
          expect(src.name).not.toBe('');
          expect(digest).toMatch(/^sha1:[0-9a-f]{40}$/);
          expect(layer?.diffId).toBe(image.layers[0]?.diffId);
        }
        if (name === '310') expectGolden(found);
      } finally {
        await location.close();
      }
    },
  );

  /** The list is of Alpine 3.10.2, the image 3.10.4: a few versions differ, all else must not. */
  function expectGolden({ packages }: ScannedImage): void {
    const golden = JSON.parse(readFileSync(shared('trivy/packages/alpine-310.json'), 'utf8')) as Record<
      string,
      unknown
    >[];
    expect(packages.map(({ name }) => name)).toEqual(golden.map((entry) => entry['Name']));
    expect(packages.map(({ arch }) => arch)).toEqual(golden.map((entry) => entry['Arch']));
    expect(packages.map(({ src }) => src.name)).toEqual(golden.map((entry) => entry['SrcName']));
    expect(packages.map(({ maintainer }) => maintainer)).toEqual(golden.map((entry) => entry['Maintainer']));
    const same = packages.filter(({ id }, at) => golden[at]?.['ID'] === id);
    expect(same.length).toBeGreaterThan(8);
  }

  it.skipIf(!existsSync(shared('rpmdb/cbl-mariner-2.0.sqlite')))(
    'an rpm image is read with its dependencies',
    async () => {
      const image = await inventory(
        await layerOf({
          'etc/os-release': 'ID=mariner\nVERSION_ID="2.0"\n',
          'var/lib/rpm/rpmdb.sqlite': readFileSync(shared('rpmdb/cbl-mariner-2.0.sqlite')),
        }),
      );
      expect(image.problems).toEqual([]);
      expect(image.packages.length).toBe(129);
      const bash = image.packages.find(({ name }) => name === 'bash');
      expect(bash?.repositoryClass).toBe('official');
      expect(bash?.dependsOn.some((id) => id.startsWith('glibc@'))).toBe(true);
      expect(bash?.identifier.purl).toMatch(/^pkg:rpm\/cbl-mariner\/bash@[^?]+\?arch=x86_64&distro=cbl-mariner-2\.0$/);
    },
  );

  const sqlite = spawnSync('sqlite3', ['--version']).status === 0 && existsSync(shared('rpmdb/cbl-mariner-2.0.sqlite'));
  it.skipIf(!sqlite)('an rpm database with a write-ahead log is read with it (needs sqlite3)', async () => {
    copyFileSync(shared('rpmdb/cbl-mariner-2.0.sqlite'), join(cache, 'live'));
    const script =
      'PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;\nDELETE FROM Packages WHERE hnum IN (SELECT hnum FROM Packages LIMIT 3);\n.system cp live copy\n.system cp live-wal copy-wal\n';
    expect(spawnSync('sqlite3', ['live'], { cwd: cache, input: script, encoding: 'utf8' }).stderr).toBe('');
    const os = { 'etc/os-release': 'ID=mariner\nVERSION_ID="2.0"\n' };
    const database = { 'var/lib/rpm/rpmdb.sqlite': readFileSync(join(cache, 'copy')) };
    const log = { 'var/lib/rpm/rpmdb.sqlite-wal': readFileSync(join(cache, 'copy-wal')) };
    const together = await inventory(await layerOf({ ...os, ...database, ...log }));
    expect([together.packages.length, kinds(together)]).toEqual([126, []]);
    const apart = await inventory(await layerOf({ ...os, ...database }), await layerOf(log));
    expect([apart.packages.length, kinds(apart)]).toEqual([129, ['database-unreadable']]);
  });
});
