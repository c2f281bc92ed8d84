import { z } from 'zod';
import { type Digest, Digester, sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { fromBytes } from '../../core/streams.ts';
import { type Compression, detectCompression, MAGIC_LENGTH } from '../compress/format.ts';
import { layerMediaType } from '../media-type.ts';
import { type Descriptor, MEDIA_TYPES } from '../model.ts';
import { parseConfig } from '../schema.ts';
import type { ArchivedFile, ArchiveFile } from './archive-file.ts';
import type { ArchiveContent } from './content.ts';
import { canonicalName } from './names.ts';

const manifestFile = z.array(
  z.looseObject({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).max(LIMITS.layersPerImage).nullish(),
  }),
);
type SavedImage = z.infer<typeof manifestFile>[number];

/**
 * Content of a `docker save` archive by its manifest.json (moby image/tarexport). It names files, not digests, and holds no
 * registry manifest: one of Docker schema 2 is made from the computed digests, the same for the same files. The layers are
 * taken as they are, mostly uncompressed, so their digest is their diff ID. Undefined when there is no manifest.json.
 * @throws SutureError IMAGE_INVALID
 */
export async function dockerContent(archive: ArchiveFile): Promise<ArchiveContent | undefined> {
  const bytes = await archive.findBytes('manifest.json', LIMITS.manifest);
  if (bytes === undefined) return undefined;
  const blobs = new Map<Digest, ArchivedFile>();
  const images = parseManifestFile(bytes, archive.path).map((saved) => {
    let described: Promise<Descriptor> | undefined;
    return {
      names: (saved.RepoTags ?? []).map(canonicalName),
      describe: () => {
        described ??= synthesise(archive, saved, blobs);
        return described;
      },
    };
  });
  return { images, blob: (digest) => blobs.get(digest) };
}

function parseManifestFile(bytes: Uint8Array, path: string): readonly SavedImage[] {
  try {
    return manifestFile.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new SutureError('IMAGE_INVALID', `manifest.json of ${path} is not valid: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function synthesise(
  archive: ArchiveFile,
  saved: SavedImage,
  blobs: Map<Digest, ArchivedFile>,
): Promise<Descriptor> {
  const rawConfig = await archive.findBytes(saved.Config, LIMITS.config);
  if (rawConfig === undefined) throw missing(archive, saved.Config);
  const configDigest = sha256(rawConfig);
  checkConfigName(archive, saved.Config, configDigest);
  const diffIds = parseConfig(rawConfig, `${saved.Config} of ${archive.path}`).rootfs.diff_ids;
  const names = saved.Layers ?? [];
  if (names.length !== diffIds.length) {
    throw new SutureError('IMAGE_INVALID', `${archive.path} has ${names.length} layers for ${diffIds.length} diff IDs`);
  }
  const layers: SavedLayer[] = [];
  for (const [at, name] of names.entries()) {
    const layer = await readLayer(archive, name);
    if (layer.compression === 'none' && layer.digest !== diffIds[at]) {
      throw new SutureError(
        'DIGEST_MISMATCH',
        `${name} of ${archive.path} has digest ${layer.digest}, not ${diffIds[at] ?? ''}`,
      );
    }
    blobs.set(layer.digest, layer.file);
    layers.push(layer);
  }
  const store = (bytes: Buffer, mediaType: string): Descriptor => {
    const digest = sha256(bytes);
    blobs.set(digest, { size: bytes.length, read: () => fromBytes(bytes) });
    return { mediaType, size: bytes.length, digest };
  };
  return makeManifest(rawConfig, layers, store);
}

/** Docker schema 2 has no type for zstd; only such an image becomes an OCI one. */
function makeManifest(
  rawConfig: Buffer,
  layers: readonly SavedLayer[],
  store: (bytes: Buffer, mediaType: string) => Descriptor,
): Descriptor {
  const oci = layers.some((layer) => layer.compression === 'zstd');
  const mediaType = oci ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest;
  const family = { descriptor: { mediaType, digest: sha256(''), size: 0 } };
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: store(rawConfig, oci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig),
    layers: layers.map(({ file, digest, compression }) => ({
      mediaType: layerMediaType(family, compression),
      size: file.size,
      digest,
    })),
  };
  return store(Buffer.from(JSON.stringify(manifest)), mediaType);
}

/** The config's file name is the image ID, its digest, in every form that docker has written. */
function checkConfigName(archive: ArchiveFile, name: string, actual: Digest): void {
  const named = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  if (named === undefined || `sha256:${named}` === actual) return;
  throw new SutureError('DIGEST_MISMATCH', `${name} of ${archive.path} has digest ${actual}`);
}

interface SavedLayer {
  readonly file: ArchivedFile;
  readonly digest: Digest;
  readonly compression: Compression;
}

async function readLayer(archive: ArchiveFile, name: string): Promise<SavedLayer> {
  const file = archive.find(name);
  if (file === undefined) throw missing(archive, name);
  const digester = new Digester();
  let start = Buffer.alloc(0);
  for await (const chunk of file.read()) {
    if (start.length < MAGIC_LENGTH) start = Buffer.concat([start, chunk.subarray(0, MAGIC_LENGTH)]);
    digester.update(chunk);
  }
  return { file, digest: digester.digest(), compression: detectCompression(start) };
}

function missing(archive: ArchiveFile, name: string): SutureError {
  return new SutureError('IMAGE_INVALID', `${archive.path} has no "${name}", which its manifest.json names`);
}
