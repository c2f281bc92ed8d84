import { mkdtemp, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Digest, digestAlgorithm, digestHex, sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { type ByteStream, fromBytes } from '../../core/streams.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { LayoutBlobs } from '../layout/blobs.ts';
import { REF_NAME } from '../layout/index-file.ts';
import { isForeignLayer, isImageConfigType } from '../media-type.ts';
import { type Descriptor, type Manifest, MEDIA_TYPES } from '../model.ts';
import { formatReference, parseReference } from '../reference.ts';
import { parseManifest } from '../schema.ts';
import type { BlobOutcome, ImageSink } from '../source.ts';
import { type TarWriteEntry, writeTar } from '../tar/write.ts';
import { IMAGE_NAME } from './layout-content.ts';
import { familiarName } from './names.ts';

/** A `docker load` archive to write. `close` removes what was kept beside it; the file itself is whole or not there. */
export interface ArchiveSink extends ImageSink {
  close(): Promise<void>;
}

interface SavedImage {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly names: readonly string[];
}

/**
 * Opens `file` for writing images in the form of `docker save` since version 25: an OCI image layout in a tar with the
 * manifest.json of older versions beside it, both over the same blobs. So docker, podman, skopeo and containerd load it, and
 * digests survive. Same images, same bytes. The file is replaced, atomically, with each image put: it holds all of this sink.
 * A tag is a reference (`team/app:1`). An index is refused, because a docker archive names one image per tag.
 * @throws SutureError FILE_UNWRITABLE
 */
export async function createArchive(file: string): Promise<ArchiveSink> {
  try {
    return new ArchiveWriter(file, await mkdtemp(`${resolve(file)}.parts-`));
  } catch (cause) {
    throw new SutureError('FILE_UNWRITABLE', `cannot write ${file}: ${(cause as Error).message}`, { cause });
  }
}

class ArchiveWriter implements ArchiveSink {
  readonly name: string;
  readonly #file: string;
  readonly #directory: string;
  readonly #blobs: LayoutBlobs;
  readonly #images = new Map<Digest, SavedImage>();

  constructor(file: string, directory: string) {
    this.name = `docker-archive:${file}`;
    this.#file = resolve(file);
    this.#directory = directory;
    this.#blobs = new LayoutBlobs(directory);
  }

  hasBlob(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.has(descriptor);
  }

  async putBlob(descriptor: Descriptor, open: () => ByteStream): Promise<BlobOutcome> {
    if (await this.#blobs.has(descriptor)) return 'present';
    await this.#blobs.write(descriptor, open());
    return 'written';
  }

  async putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Promise<Descriptor> {
    const manifest = this.#checked(bytes, mediaType);
    const descriptor: Descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
    for (const part of [manifest.config, ...manifest.layers]) {
      if (await this.#blobs.has(part)) continue;
      throw new SutureError(
        'IMAGE_INVALID',
        `${this.name} was not given blob ${part.digest}, which the manifest names`,
      );
    }
    await this.#blobs.write(descriptor, fromBytes(bytes));
    this.#remember({ descriptor, manifest, names: tag === undefined ? [] : [taggedName(tag)] });
    await writeFileAtomically(this.#file, writeTar(this.#entries()));
    return descriptor;
  }

  #checked(bytes: Uint8Array, mediaType: string): Manifest {
    const parsed = parseManifest(bytes, mediaType, `manifest for ${this.name}`);
    if (parsed.kind === 'index') {
      throw new SutureError(
        'IMAGE_UNSUPPORTED',
        `${this.name} cannot hold an index; choose a platform, or write to oci:DIR`,
      );
    }
    const { manifest } = parsed;
    if (!isImageConfigType(manifest.config.mediaType)) {
      throw new SutureError('IMAGE_UNSUPPORTED', `${this.name} cannot hold an artifact; write to oci:DIR`);
    }
    if (manifest.layers.some(isForeignLayer)) {
      throw new SutureError(
        'IMAGE_UNSUPPORTED',
        `${this.name} cannot hold an image with foreign layers; write to oci:DIR`,
      );
    }
    return manifest;
  }

  /** A name belongs to the image that got it last. */
  #remember(image: SavedImage): void {
    for (const [digest, old] of this.#images) {
      this.#images.set(digest, { ...old, names: old.names.filter((name) => !image.names.includes(name)) });
    }
    const before = this.#images.get(image.descriptor.digest)?.names ?? [];
    this.#images.set(image.descriptor.digest, { ...image, names: [...before, ...image.names] });
  }

  *#entries(): Generator<TarWriteEntry> {
    const images = [...this.#images.values()];
    const parts = new Map(
      images
        .flatMap(({ descriptor, manifest }) => [descriptor, manifest.config, ...manifest.layers])
        .map((part) => [blobName(part.digest), part]),
    );
    const names = [...parts.keys()].sort();
    yield directoryEntry('blobs');
    for (const folder of new Set(names.map((name) => name.slice(0, name.lastIndexOf('/')))))
      yield directoryEntry(folder);
    for (const name of names) {
      const part = parts.get(name);
      if (part) yield { ...fileEntry(name, part.size), body: () => this.#blobs.read(part) };
    }
    yield jsonEntry('index.json', indexOf(images));
    yield jsonEntry('manifest.json', images.map(savedEntry));
    yield jsonEntry('oci-layout', { imageLayoutVersion: '1.0.0' });
    yield jsonEntry('repositories', repositoriesOf(images));
  }

  close(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

/** @throws SutureError REFERENCE_INVALID: `docker load` takes only references with a tag */
function taggedName(tag: string): string {
  const { host, repository, tag: name } = parseReference(tag);
  return formatReference({ host, repository, tag: name ?? 'latest' });
}

function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function indexOf(images: readonly SavedImage[]): unknown {
  const manifests = images.flatMap(({ descriptor, names }) => {
    if (names.length === 0) return [descriptor];
    return names.map((name) => ({
      ...descriptor,
      annotations: { [IMAGE_NAME]: name, [REF_NAME]: name.slice(name.lastIndexOf(':') + 1) },
    }));
  });
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
}

/** moby image/tarexport: what `docker load` reads. */
function savedEntry({ manifest, names }: SavedImage): unknown {
  return {
    Config: blobName(manifest.config.digest),
    RepoTags: names.map(familiarName),
    Layers: manifest.layers.map((layer) => blobName(layer.digest)),
  };
}

/** The oldest form: repository → tag → top layer. Modern tools read it only when there is no manifest.json. */
function repositoriesOf(images: readonly SavedImage[]): unknown {
  const repositories = new Map<string, Record<string, string>>();
  for (const { manifest, names } of images) {
    const top = manifest.layers.at(-1);
    for (const name of top ? names.map(familiarName) : []) {
      const colon = name.lastIndexOf(':');
      const repository = name.slice(0, colon);
      const tags = repositories.get(repository) ?? {};
      if (top) repositories.set(repository, { ...tags, [name.slice(colon + 1)]: digestHex(top.digest) });
    }
  }
  return Object.fromEntries(repositories);
}

const OWNER = { uid: 0, gid: 0, mtime: 0 };

function directoryEntry(name: string): TarWriteEntry {
  return { ...OWNER, name, type: 'directory', mode: 0o755 };
}

function fileEntry(name: string, size: number): TarWriteEntry {
  return { ...OWNER, name, type: 'file', mode: 0o644, size };
}

function jsonEntry(name: string, value: unknown): TarWriteEntry {
  const bytes = Buffer.from(JSON.stringify(value));
  return { ...fileEntry(name, bytes.length), body: () => [bytes] };
}
