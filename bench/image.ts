import { createReadStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createGzip } from 'node:zlib';
import { Digester, sha256 } from '../src/core/digest.ts';
import { type ByteStream, fromBytes } from '../src/core/streams.ts';
import { BlobCache } from '../src/oci/layer/blob-cache.ts';
import { openLayout } from '../src/oci/layout/layout.ts';
import { type Descriptor, MEDIA_TYPES } from '../src/oci/model.ts';
import { type TarWriteEntry, writeTar } from '../src/oci/tar/write.ts';

export const TAG = 'v1';

interface NewLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/** Writes an OCI layout with one image, `v1`, of a root tar and, above it, `filler` bytes of application files. */
export async function writeImage(directory: string, rootTar: string, filler: number): Promise<void> {
  if (existsSync(directory)) return;
  const partial = `${directory}.part`;
  await rm(partial, { recursive: true, force: true });
  const layout = await openLayout(partial, { create: true });
  const blobs = new BlobCache(`${partial}.cache`);
  const layers: NewLayer[] = [];
  for (const tar of [createReadStream(rootTar), ...(filler > 0 ? [writeTar(application(filler))] : [])]) {
    const layer = await compress(tar as ByteStream, blobs);
    await layout.putBlob(layer.descriptor, () => blobs.open(layer.descriptor));
    layers.push(layer);
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '2025-01-01T00:00:00Z',
      config: { Cmd: ['nginx', '-g', 'daemon off;'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map((_, number) => ({ created: '2025-01-01T00:00:00Z', created_by: `layer ${number + 1}` })),
    }),
  );
  const described = { mediaType: MEDIA_TYPES.ociConfig, digest: sha256(config), size: config.length };
  await layout.putBlob(described, () => fromBytes(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: described,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  await layout.putManifest(Buffer.from(JSON.stringify(manifest)), MEDIA_TYPES.ociManifest, TAG);
  await rm(`${partial}.cache`, { recursive: true });
  await rename(partial, directory);
}

/** Any gzip will do for a base image; zlib is the fastest at hand. */
async function compress(tar: ByteStream, blobs: BlobCache): Promise<NewLayer> {
  const plain = new Digester();
  const packed = new Digester();
  const gzip = createGzip({ level: 4 });
  const file = await blobs.create('layer');
  const feeding = (async () => {
    for await (const chunk of tar) {
      plain.update(chunk);
      if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once('drain', resolve));
    }
    gzip.end();
  })();
  for await (const chunk of gzip as AsyncIterable<Uint8Array>) {
    packed.update(chunk);
    file.write(chunk);
  }
  await feeding;
  const digest = packed.digest();
  await file.publish(blobs.path(digest));
  return { descriptor: { mediaType: MEDIA_TYPES.ociLayerGzip, digest, size: packed.size }, diffId: plain.digest() };
}

const FILE_SIZE = 100_000;

/** Files of 100 kB that compress to about half, the same on every machine. */
function* application(bytes: number): Generator<TarWriteEntry> {
  const owner = { mode: 0o755, uid: 0, gid: 0, mtime: 1_735_689_600 };
  yield { name: 'srv', type: 'directory', ...owner };
  for (let number = 0; number * FILE_SIZE < bytes; number++) {
    if (number % 100 === 0) yield { name: `srv/${Math.floor(number / 100)}`, type: 'directory', ...owner };
    const name = `srv/${Math.floor(number / 100)}/${number}`;
    yield { name, type: 'file', ...owner, mode: 0o644, size: FILE_SIZE, body: () => [noise(number + 1)] };
  }
}

/** Half of the bytes random (xorshift32), half zero. */
function noise(seed: number): Buffer {
  const content = Buffer.alloc(FILE_SIZE);
  let state = seed;
  for (let at = 0; at < FILE_SIZE; at += 8) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content.writeInt32LE(state, at);
  }
  return content;
}
