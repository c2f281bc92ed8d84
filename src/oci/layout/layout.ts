import { type Digest, isDigest, sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ByteStream, collect, fromBytes } from '../../core/streams.ts';
import type { Descriptor } from '../model.ts';
import { describeReferrer, subjectOf } from '../referrer.ts';
import { type ParsedManifest, parseManifest, sniffManifestType } from '../schema.ts';
import type { BlobOutcome, ImageSink, ImageSource } from '../source.ts';
import { LayoutBlobs } from './blobs.ts';
import { LayoutIndex, REF_NAME } from './index-file.ts';

/** An OCI image layout directory as a repository. */
export interface Layout extends ImageSource, ImageSink {
  /** What `oci:DIR` without a tag means: the only image there is. @throws SutureError IMAGE_NOT_FOUND */
  single(): Promise<Descriptor>;
}

/**
 * Opens the image layout in `directory` (OCI image-spec, image-layout.md).
 * @param options.create make an empty layout when there is none
 * @throws SutureError IMAGE_NOT_FOUND, IMAGE_INVALID, IMAGE_UNSUPPORTED, FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function openLayout(directory: string, options: { readonly create?: boolean } = {}): Promise<Layout> {
  const index = new LayoutIndex(directory);
  if (options.create) await index.create();
  await index.check();
  return new LayoutDirectory(directory, index);
}

class LayoutDirectory implements Layout {
  readonly name: string;
  readonly #index: LayoutIndex;
  readonly #blobs: LayoutBlobs;

  constructor(directory: string, index: LayoutIndex) {
    this.name = `oci:${directory}`;
    this.#index = index;
    this.#blobs = new LayoutBlobs(directory);
  }

  async resolve(target: Digest | string): Promise<Descriptor> {
    const entries = await this.#index.entries();
    if (!isDigest(target)) {
      const found = entries.find((entry) => entry.annotations?.[REF_NAME] === target);
      if (found) return found;
      throw new SutureError('IMAGE_NOT_FOUND', `${this.name} has no image "${target}"`);
    }
    return entries.find((entry) => entry.digest === target) ?? this.#resolveChild(target);
  }

  /** A manifest that an index or a subject names stands only among the blobs; its own text says what it is. */
  async #resolveChild(digest: Digest): Promise<Descriptor> {
    const size = await this.#blobs.size(digest);
    if (size === undefined || size > LIMITS.manifest) {
      throw new SutureError('IMAGE_NOT_FOUND', `${this.name} has no manifest ${digest}`);
    }
    const bytes = await collect(this.#blobs.read({ digest, size }), LIMITS.manifest, `manifest ${digest}`);
    const mediaType = sniffManifestType(bytes);
    if (mediaType === undefined) throw new SutureError('IMAGE_NOT_FOUND', `${digest} in ${this.name} is no manifest`);
    return { mediaType, digest, size };
  }

  async single(): Promise<Descriptor> {
    const entries = await this.#index.entries();
    const parsed = await Promise.all(entries.map((entry) => this.#parse(entry).catch(() => undefined)));
    // Signatures, SBOMs and other referrers stand beside the image that they are about.
    const images = entries.filter((_, at) => subjectOf(parsed[at]) === undefined);
    const [only] = images;
    if (only && new Set(images.map((entry) => entry.digest)).size === 1) return only;
    const names = images.map((entry) => entry.annotations?.[REF_NAME] ?? entry.digest);
    throw new SutureError(
      'IMAGE_NOT_FOUND',
      `${this.name} holds ${names.length} images: ${names.join(', ') || 'none'}`,
      {
        fix: 'Name one of them: oci:DIR:TAG or oci:DIR@sha256:…',
      },
    );
  }

  async #parse(descriptor: Descriptor): Promise<ParsedManifest> {
    return parseManifest(
      await this.manifest(descriptor),
      descriptor.mediaType,
      `manifest ${descriptor.digest} of ${this.name}`,
    );
  }

  manifest(descriptor: Descriptor): Promise<Uint8Array> {
    return collect(this.#blobs.read(descriptor), LIMITS.manifest, `manifest ${descriptor.digest} of ${this.name}`);
  }

  blob(descriptor: Descriptor): ByteStream {
    return this.#blobs.read(descriptor);
  }

  async *tags(): AsyncGenerator<string> {
    for (const entry of await this.#index.entries()) {
      const tag = entry.annotations?.[REF_NAME];
      if (tag !== undefined) yield tag;
    }
  }

  async referrers(digest: Digest, artifactType?: string): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const entry of await this.#index.entries()) {
      const parsed = await this.#parse(entry);
      if (subjectOf(parsed)?.digest !== digest) continue;
      const described = describeReferrer(entry, parsed);
      if (artifactType === undefined || described.artifactType === artifactType) found.push(described);
    }
    return found;
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
    const parsed = parseManifest(bytes, mediaType, `manifest for ${this.name}`);
    const descriptor: Descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
    await this.putBlob(descriptor, () => fromBytes(bytes));
    await this.#index.update((entries) => addEntry(entries, describeEntry(descriptor, parsed), tag, parsed));
    return descriptor;
  }
}

function describeEntry(descriptor: Descriptor, parsed: ParsedManifest): Descriptor {
  const { artifactType } = parsed.kind === 'index' ? parsed.index : parsed.manifest;
  return { ...descriptor, ...(artifactType === undefined ? {} : { artifactType }) };
}

/**
 * index.json names the roots: an entry per tag, and untagged ones that no stored index holds. A tag has one entry: the
 * image that had it stays, without a name, as skopeo leaves it.
 */
function addEntry(
  entries: readonly Descriptor[],
  entry: Descriptor,
  tag: string | undefined,
  parsed: ParsedManifest,
): readonly Descriptor[] {
  const children = new Set(parsed.kind === 'index' ? parsed.index.manifests.map((child) => child.digest) : []);
  const unnamed = entries.map((old) =>
    tag !== undefined && old.annotations?.[REF_NAME] === tag ? withoutName(old) : old,
  );
  const kept = unnamed.filter((old, at) => {
    if (old.annotations?.[REF_NAME] !== undefined) return true;
    if (children.has(old.digest) || old.digest === entry.digest) return false;
    return unnamed.findIndex((other) => other.digest === old.digest) === at;
  });
  if (tag === undefined && kept.some((old) => old.digest === entry.digest)) return kept;
  return [...kept, tag === undefined ? entry : { ...entry, annotations: { [REF_NAME]: tag } }];
}

function withoutName(entry: Descriptor): Descriptor {
  const { annotations, ...rest } = entry;
  const { [REF_NAME]: _, ...others } = annotations ?? {};
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}
