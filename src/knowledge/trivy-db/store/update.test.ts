import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  databaseArchive,
  databaseBytes,
  databaseTree,
  metadataBytes,
  pushDatabase,
} from '../../../../test/support/database-artifact.ts';
import { withDirectory } from '../../../../test/support/images.ts';
import type { ErrorCode } from '../../../core/errors/catalogue.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { ProgressEvent } from '../../../core/progress.ts';
import { createHttpClient } from '../../../net/client.ts';
import { type Layout, openLayout } from '../../../oci/layout/layout.ts';
import type { Reference } from '../../../oci/reference.ts';
import { credentialStore } from '../../../oci/registry/index.ts';
import { startRegistry } from '../../../oci/registry/server/index.ts';
import { registryOpener } from '../../../oci/registry-opener.ts';
import { importDatabase, updateDatabase } from './fetch.ts';
import { VulnerabilityDatabaseStore } from './store.ts';

const clock = { now: () => Date.parse('2026-01-10T00:00:00Z'), sleep: () => Promise.resolve() };

interface Place {
  readonly directory: string;
  readonly layout: Layout;
  readonly store: VulnerabilityDatabaseStore;
  readonly events: ProgressEvent[];
  readonly archive: (note: string) => Promise<Buffer>;
}

async function withPlace(work: (place: Place) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const events: ProgressEvent[] = [];
    const progress = { emit: (event: ProgressEvent) => void events.push(event) };
    await work({
      directory,
      events,
      layout: await openLayout(join(directory, 'layout'), { create: true }),
      store: new VulnerabilityDatabaseStore(join(directory, 'cache'), { clock, progress }),
      archive: (note) =>
        databaseArchive({
          './metadata.json': metadataBytes('2026-01-09T00:00:00Z'),
          './trivy.db': databaseBytes(directory, databaseTree(note)),
        }),
    });
  });
}

/** Registries by host: a layout, or the code that every request fails with. */
function hosts(known: Readonly<Record<string, Layout | ErrorCode>>, asked: string[] = []) {
  return {
    openRegistry: ({ host, repository, tag }: Reference) => {
      asked.push(`${host}/${repository}:${tag ?? ''}`);
      const found = known[host] ?? 'NETWORK_UNREACHABLE';
      if (typeof found === 'string') throw new SutureError(found, `${host} fails`);
      return found;
    },
  };
}

describe('an update', () => {
  it('from a real registry: tag 2 by default, nothing fetched twice, pins by digest', () =>
    withPlace(async ({ directory, store, archive }) => {
      const server = await startRegistry({ directory: join(directory, 'registry'), port: 0 });
      const client = createHttpClient({ environment: {}, version: '0', clock });
      try {
        const openRegistry = registryOpener({
          client,
          credentials: credentialStore({ environment: {} }),
          plainHttp: 'auto',
        });
        const name = `${server.host}/mirror/trivy-db`;
        const repository = await openRegistry({ host: server.host, repository: 'mirror/trivy-db' });
        const first = await pushDatabase(repository, await archive('1'), '2');
        const updated = await updateDatabase(store, [name], { openRegistry });
        expect(updated).toMatchObject({ outcome: 'updated', database: { source: { name, manifest: first.digest } } });
        expect(await updateDatabase(store, [name], { openRegistry })).toMatchObject({ outcome: 'unchanged' });
        await pushDatabase(repository, await archive('2'), '2');
        expect(await updateDatabase(store, [`${name}@${first.digest}`], { openRegistry })).toMatchObject({
          outcome: 'unchanged',
        });
        const second = await updateDatabase(store, [name], { openRegistry });
        expect(second.outcome).toBe('updated');
        expect((await store.rollback()).digest).toBe(updated.database.digest);
      } finally {
        await client.close();
        await server.close();
      }
    }));

  it.each(['REGISTRY_UNAVAILABLE', 'RATE_LIMITED', 'HTTP_UNAVAILABLE'] as const)(
    'asks the next repository after %s',
    (code) =>
      withPlace(async ({ layout, store, events, archive }) => {
        await pushDatabase(layout, await archive('1'), '2');
        const asked: string[] = [];
        const { outcome } = await updateDatabase(
          store,
          ['a.example.org/db', 'b.example.org/db:2'],
          hosts({ 'a.example.org': code, 'b.example.org': layout }, asked),
        );
        expect(outcome).toBe('updated');
        expect(asked).toEqual(['a.example.org/db:2', 'b.example.org/db:2']);
        expect(events).toContainEqual(
          expect.objectContaining({ kind: 'note', message: expect.stringContaining('asking b.example.org') as string }),
        );
      }),
  );

  it.each([
    'REGISTRY_UNAUTHORIZED',
    'REGISTRY_DENIED',
    'IMAGE_NOT_FOUND',
    'NETWORK_UNREACHABLE',
    'TLS_UNTRUSTED',
  ] as const)('stops at %s', (code) =>
    withPlace(async ({ layout, store }) => {
      const context = hosts({ 'a.example.org': code, 'b.example.org': layout });
      await expect(updateDatabase(store, ['a.example.org/db', 'b.example.org/db'], context)).rejects.toMatchObject({
        code,
      });
    }),
  );

  it('asks the next repository when one has lost the blob of its manifest', () =>
    withPlace(async ({ directory, layout, store, archive }) => {
      const broken = await openLayout(join(directory, 'broken'), { create: true });
      await pushDatabase(layout, await archive('1'), '2');
      await pushDatabase(broken, await archive('1'), '2');
      const lost = Object.assign(Object.create(broken) as Layout, {
        resolve: (target: string) => broken.resolve(target),
        manifest: (descriptor: Parameters<Layout['manifest']>[0]) => broken.manifest(descriptor),
        blob: () => {
          throw new SutureError('IMAGE_NOT_FOUND', 'BLOB_UNKNOWN');
        },
      });
      const context = hosts({ 'a.example.org': lost, 'b.example.org': layout });
      const { database } = await updateDatabase(store, ['a.example.org/db', 'b.example.org/db'], context);
      expect(database.source.name).toBe('b.example.org/db');
    }));

  it("without a name asks Trivy's own repositories", () =>
    withPlace(async ({ layout, store, archive }) => {
      await pushDatabase(layout, await archive('1'), '2');
      const asked: string[] = [];
      await updateDatabase(store, [], hosts({ 'mirror.gcr.io': 'RATE_LIMITED', 'ghcr.io': layout }, asked));
      expect(asked).toEqual(['mirror.gcr.io/aquasec/trivy-db:2', 'ghcr.io/aquasecurity/trivy-db:2']);
    }));

  it.each([
    ['another media type', { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }, /is of type/],
    ['no title', { annotations: {} }, /no annotation/],
    [
      'a title that leaves its directory',
      { annotations: { 'org.opencontainers.image.title': '../db.tar.gz' } },
      /is called/,
    ],
  ])('refuses a layer with %s', (_, layer, message) =>
    withPlace(async ({ layout, store, archive }) => {
      await pushDatabase(layout, await archive('1'), '2', layer);
      const update = updateDatabase(store, ['a.example.org/db'], hosts({ 'a.example.org': layout }));
      await expect(update).rejects.toMatchObject({
        code: 'DATABASE_UNSUPPORTED',
        message: expect.stringMatching(message) as string,
      });
    }),
  );
});

describe('an import', () => {
  it('takes an image layout by name or directory', () =>
    withPlace(async ({ directory, layout, store, archive }) => {
      await pushDatabase(layout, await archive('1'), '2');
      const context = hosts({});
      const path = join(directory, 'layout');
      const { digest } = await importDatabase(store, path, context);
      expect((await importDatabase(store, `oci:${path}:2`, context)).digest).toBe(digest);
      expect(await store.status()).toHaveLength(1);
    }));
});
