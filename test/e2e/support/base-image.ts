import { gzipSync } from 'node:zlib';
import { sha256 } from '../../../src/core/digest.ts';
import { fromBytes } from '../../../src/core/streams.ts';
import { writeImage } from '../../../src/oci/copy.ts';
import { openSink } from '../../../src/oci/location.ts';
import { type Image, MEDIA_TYPES } from '../../../src/oci/model.ts';
import { parseConfig, parseManifest } from '../../../src/oci/schema.ts';
import { ARCHIVE_URL } from './archive.ts';
import { installedFiles, type MadePackage } from './deb.ts';
import type { Files } from './files.ts';
import { makeTar } from './files.ts';
import { BASE_FILES, greet, notes } from './packages.ts';
import { zstdFrame } from './zstd.ts';

export type Compression = 'gzip' | 'zstd' | 'none';

export interface ImageSketch extends LayersSketch {
  readonly family?: 'oci' | 'docker';
  /** Besides BASE_FILES; an unpatched greet and notes when absent. */
  readonly packages?: readonly MadePackage[];
  readonly held?: readonly string[];
  /** Files that win over those of the packages. */
  readonly files?: Files;
  /** The config's `config` object; `{ Cmd: ['greet'] }` when absent, left out when null. */
  readonly config?: Readonly<Record<string, unknown>> | null;
  /** Keyring of the archive. */
  readonly keyring: Uint8Array;
}

/** A Debian image in memory: one layer with the root, one of an application. */
export async function makeDebianImage(sketch: ImageSketch): Promise<Image> {
  const application: Files = { '/srv/app/run': { text: '#!/bin/sh\nexec greet\n', mode: 0o755 } };
  return imageOf([await makeTar(rootFiles(sketch)), await makeTar(application)], sketch);
}

/** The root of such an image. */
export function rootFiles(sketch: Pick<ImageSketch, 'packages' | 'held' | 'files' | 'keyring'>): Files {
  const packages = sketch.packages ?? [...greet('1.0-1'), notes('2.0')];
  return {
    ...installedFiles([BASE_FILES, ...packages], sketch.held),
    '/etc/apt/sources.list': `deb [signed-by=/usr/share/keyrings/example.gpg] ${ARCHIVE_URL} stable main\ndeb [signed-by=/usr/share/keyrings/example.gpg] ${ARCHIVE_URL} stable-security main\n`,
    '/usr/share/keyrings/example.gpg': Buffer.from(sketch.keyring).toString('latin1'),
    ...sketch.files,
  };
}

/** How layers and texts of an image differ from the usual. */
export interface LayersSketch {
  /** Of every layer, or of each. */
  readonly compression?: Compression | readonly Compression[];
  readonly diffIds?: readonly string[];
  /** By layer, more fields of its descriptor: annotations, urls, another media type. */
  readonly descriptors?: readonly (Readonly<Record<string, unknown>> | undefined)[];
  /** By layer, other compressed bytes than those of its tar. */
  readonly blobs?: readonly (Buffer | undefined)[];
  /** Changes of the texts, before their digests are made. */
  readonly editConfig?: (json: string) => string;
  readonly editManifest?: (json: string) => string;
}

/** An image of these layers (decompressed tars, lowest first). */
export function imageOf(tars: readonly Buffer[], sketch: Pick<ImageSketch, 'family' | 'config'> & LayersSketch): Image {
  const { family = 'oci', compression = 'gzip', config } = sketch;
  const compressions = tars.map((_, at) =>
    typeof compression === 'string' ? compression : (compression[at] ?? 'gzip'),
  );
  const blobs = tars.map((tar, at) => sketch.blobs?.[at] ?? compressed(tar, compressions[at] ?? 'gzip'));
  const docker = family === 'docker';
  const typeOf = (at: number) => (docker ? MEDIA_TYPES.dockerLayerGzip : LAYER_TYPES[compressions[at] ?? 'gzip']);
  const describe = (mediaType: string, bytes: Uint8Array) => ({ mediaType, size: bytes.length, digest: sha256(bytes) });
  const rawConfig = edited(
    sketch.editConfig,
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2024-06-02T00:00:00Z',
      ...(config === null ? {} : { config: config ?? { Cmd: ['greet'] } }),
      rootfs: { type: 'layers', diff_ids: sketch.diffIds ?? tars.map((tar) => sha256(tar)) },
      history: tars.map((_, at) => ({ created: '2024-06-02T00:00:00Z', created_by: `layer ${at}` })),
    }),
  );
  const mediaType = docker ? MEDIA_TYPES.dockerManifest : MEDIA_TYPES.ociManifest;
  const rawManifest = edited(
    sketch.editManifest,
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: describe(docker ? MEDIA_TYPES.dockerConfig : MEDIA_TYPES.ociConfig, rawConfig),
      layers: blobs.map((blob, at) => ({ ...describe(typeOf(at), blob), ...sketch.descriptors?.[at] })),
    }),
  );
  const parsed = parseManifest(rawManifest, mediaType);
  if (parsed.kind !== 'manifest') throw new Error('not a manifest');
  return {
    kind: 'image',
    descriptor: describe(mediaType, rawManifest),
    rawManifest,
    manifest: parsed.manifest,
    rawConfig,
    config: parseConfig(rawConfig),
    layers: parsed.manifest.layers.map((descriptor, at) => ({
      descriptor,
      diffId: sha256(tars[at] ?? Buffer.alloc(0)),
      compressed: () => fromBytes(blobs[at] ?? Buffer.alloc(0)),
    })),
  };
}

function edited(edit: ((json: string) => string) | undefined, json: string): Buffer {
  return Buffer.from(edit === undefined ? json : edit(json));
}

const LAYER_TYPES: Readonly<Record<Compression, string>> = {
  gzip: MEDIA_TYPES.ociLayerGzip,
  zstd: MEDIA_TYPES.ociLayerZstd,
  none: MEDIA_TYPES.ociLayer,
};

function compressed(tar: Buffer, compression: Compression): Buffer {
  if (compression === 'none') return tar;
  return compression === 'gzip' ? gzipSync(tar) : zstdFrame(tar);
}

/** Writes an image where a name of the program says: `oci:DIR:tag`, `docker-archive:FILE`. */
export async function store(image: Image, name: string): Promise<void> {
  const target = await openSink(name, {
    openRegistry: () => {
      throw new Error('registries are written with pushTo');
    },
  });
  try {
    await writeImage(image, target.sink, target.tag === undefined ? {} : { tag: target.tag });
  } finally {
    await target.close();
  }
}
