import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as describeBytes, push, sampleArtifact, sampleImage } from '../../../test/servers/images.ts';
import { isInstalled, startDockerRegistry } from '../../../test/servers/programs.ts';
import { collect, fromBytes } from '../../core/streams.ts';
import { createHttpClient } from '../../net/client.ts';
import { anonymous, openRegistry, type Registry } from './index.ts';
import { referrersTag } from './referrers.ts';
import { startRegistry } from './server/index.ts';

const list = async (stream: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const each of stream) all.push(each);
  return all;
};

/** The client against real registries: the same story for each. The second one is Debian's docker-registry. */
const servers = [
  {
    name: 'the embedded registry',
    installed: true,
    referrersApi: true,
    start: async () => {
      const directory = mkdtempSync(join(tmpdir(), 'suture-registry-'));
      const server = await startRegistry({ directory, port: 0 });
      const close = async (): Promise<void> => {
        await server.close();
        rmSync(directory, { recursive: true, force: true });
      };
      return { host: server.host, close };
    },
  },
  {
    name: 'docker-registry',
    installed: isInstalled('docker-registry'),
    referrersApi: false,
    start: () => startDockerRegistry(),
  },
];

describe.each(servers)('$name', ({ installed, referrersApi, start }) => {
  describe.skipIf(!installed)('(Debian: docker-registry)', () => {
    let server: { host: string; close(): Promise<void> };
    let registry: Registry;
    const http = createHttpClient({ environment: {} });

    beforeAll(async () => {
      server = await start();
      const upload = { wholeUpTo: 50_000, chunkSize: 40_000 };
      registry = openRegistry({ host: server.host, client: http, credentials: anonymous, upload });
    });

    afterAll(async () => {
      await http.close();
      await server?.close();
    });

    it('keeps an image as it was pushed', async () => {
      const repository = registry.repository('team/app');
      const image = sampleImage('one');
      expect(await push(repository, image, 'v1')).toEqual(image.descriptor);
      const found = await repository.resolve('v1');
      expect(found).toEqual(image.descriptor);
      expect(await repository.resolve(image.descriptor.digest)).toEqual(image.descriptor);
      expect(await repository.manifest(found)).toEqual(image.manifest);
      for (const { descriptor, bytes } of image.blobs) {
        expect((await collect(repository.blob(descriptor), 1e6, 'blob')).equals(bytes)).toBe(true);
        expect(await repository.putBlob(descriptor, () => fromBytes(bytes))).toBe('present');
      }
    });

    it('takes blobs whole, in chunks, empty, and by mount', async () => {
      const repository = registry.repository('team/blobs');
      for (const size of [0, 1, 49_999, 40_000 * 3, 123_457]) {
        const bytes = randomBytes(size);
        const descriptor = describeBytes(bytes);
        const pieces = () => fromBytes(bytes.subarray(0, 777), bytes.subarray(777));
        expect(await repository.hasBlob(descriptor)).toBe(false);
        expect(await repository.putBlob(descriptor, pieces)).toBe('written');
        expect(await repository.hasBlob(descriptor)).toBe(true);
        expect((await collect(repository.blob(descriptor), 1e6, 'blob')).equals(bytes)).toBe(true);
        expect(await registry.repository('team/other').putBlob(descriptor, pieces, 'team/blobs')).toBe('mounted');
        expect(await registry.repository('team/third').putBlob(descriptor, pieces, 'team/none')).toBe('written');
      }
    });

    it('never holds a blob whose source gave other bytes', async () => {
      const repository = registry.repository('team/wrong');
      for (const size of [1000, 100_000]) {
        const descriptor = describeBytes(randomBytes(size));
        const others = [randomBytes(size), randomBytes(size - 1), randomBytes(size + 1)];
        for (const other of others) {
          await expect(repository.putBlob(descriptor, () => fromBytes(other))).rejects.toMatchObject({
            code: 'DIGEST_MISMATCH',
          });
          expect(await repository.hasBlob(descriptor)).toBe(false);
        }
      }
    });

    it('lists tags and repositories', async () => {
      const repository = registry.repository('team/tags');
      const image = sampleImage('tags');
      for (const tag of ['b', 'a', 'c-1']) await push(repository, image, tag);
      // docker-registry 2.8 gives them in no order.
      expect((await list(repository.tags())).sort()).toEqual(['a', 'b', 'c-1']);
      expect(await list(registry.catalog())).toContain('team/tags');
      await expect(list(registry.repository('team/nothing').tags())).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    });

    it('finds referrers, with the API or with the fallback tag', async () => {
      const repository = registry.repository('team/referrers');
      const image = sampleImage('subject');
      await push(repository, image, 'v1');
      expect(await repository.referrers(image.descriptor.digest)).toEqual([]);
      const texts = ['one', 'two', 'three', 'four'];
      const artifacts = texts.map((text) =>
        sampleArtifact(text === 'one' ? 'application/x-vex' : 'application/x-note', image.descriptor, text),
      );
      // At once: writers of one process must not overwrite each other in the fallback tag.
      await Promise.all(artifacts.map((artifact) => push(repository, artifact)));
      await push(repository, sampleArtifact('application/x-note', image.descriptor, 'two'));
      const all = await repository.referrers(image.descriptor.digest);
      expect(all.map((each) => each.digest).sort()).toEqual(artifacts.map((each) => each.descriptor.digest).sort());
      const vex = await repository.referrers(image.descriptor.digest, 'application/x-vex');
      expect(vex).toEqual([
        {
          ...artifacts[0]?.descriptor,
          artifactType: 'application/x-vex',
          annotations: { 'org.example.text': 'one' },
        },
      ]);
      const tags = await list(repository.tags());
      expect(tags.includes(referrersTag(image.descriptor.digest))).toBe(!referrersApi);
    });

    it('says what is not there, and deletes', async () => {
      const repository = registry.repository('team/delete');
      const image = sampleImage('delete');
      await expect(repository.resolve('v1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await push(repository, image, 'v1');
      await expect(repository.resolve('v2')).rejects.toThrow(/404.*MANIFEST_UNKNOWN|404/);
      await expect(collect(repository.blob(describeBytes(Buffer.from('none'))), 10, 'x')).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
      });
      await repository.delete(image.descriptor.digest);
      await expect(repository.resolve('v1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    });

    it('refuses a manifest whose blobs are missing', async () => {
      const image = sampleImage(`incomplete ${randomBytes(4).toString('hex')}`);
      const repository = registry.repository('team/incomplete');
      await expect(repository.putManifest(image.manifest, image.descriptor.mediaType, 'v1')).rejects.toThrow(
        /BLOB_UNKNOWN/,
      );
    });
  });
});
