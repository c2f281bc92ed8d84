import { type Digest, isDigest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ByteStream, collect, verified } from '../../core/streams.ts';
import type { Descriptor } from '../model.ts';
import { describeReferrer, subjectOf } from '../referrer.ts';
import { parseManifest, sniffManifestType } from '../schema.ts';
import type { ImageSource } from '../source.ts';
import { ArchiveFile } from './archive-file.ts';
import type { ArchiveContent } from './content.ts';
import { dockerContent } from './docker-content.ts';
import { layoutContent } from './layout-content.ts';
import { canonicalName } from './names.ts';

/** A `docker save` archive (or an OCI layout in a tar file) as a repository to read from. */
export interface ArchiveSource extends ImageSource {
  /** What `docker-archive:FILE` without a name means: the only image there is. @throws SutureError IMAGE_NOT_FOUND */
  single(): Promise<Descriptor>;
  close(): Promise<void>;
}

/**
 * Opens an archive, plain or compressed as a whole. The OCI part of a modern archive is preferred when it is complete,
 * because it keeps the digests that the image has in its registry; else the manifest is made from manifest.json.
 * Targets: a digest, a reference (`alpine:3.10`), a bare tag that only one image has, or `@N`.
 * @param options.temporaryDirectory for a compressed archive's content; default the system's
 * @throws SutureError FILE_UNREADABLE, TAR_INVALID, COMPRESSION_INVALID, IMAGE_INVALID, IMAGE_UNSUPPORTED
 */
export async function openArchive(
  file: string,
  options: { readonly temporaryDirectory?: string } = {},
): Promise<ArchiveSource> {
  const archive = await ArchiveFile.open(file, options.temporaryDirectory);
  try {
    const layout = await layoutContent(archive);
    const content = layout?.complete ? layout.content : ((await dockerContent(archive)) ?? layout?.content);
    if (content !== undefined) return new ArchiveImages(archive, content);
    const reason = archive.find('repositories') ? 'is of a docker older than 1.10' : 'has no manifest.json';
    throw new SutureError('IMAGE_UNSUPPORTED', `${file} is not an archive of images: it ${reason}`);
  } catch (error) {
    await archive.close();
    throw error;
  }
}

class ArchiveImages implements ArchiveSource {
  readonly name: string;
  readonly #archive: ArchiveFile;
  readonly #content: ArchiveContent;

  constructor(archive: ArchiveFile, content: ArchiveContent) {
    this.name = `docker-archive:${archive.path}`;
    this.#archive = archive;
    this.#content = content;
  }

  async resolve(target: Digest | string): Promise<Descriptor> {
    if (isDigest(target)) return this.#resolveDigest(target);
    const { images } = this.#content;
    const canonical = canonicalName(target);
    const found =
      (/^@[0-9]+$/.test(target) ? images[Number(target.slice(1))] : undefined) ??
      images.find((image) => image.names.includes(target) || image.names.includes(canonical));
    if (found) return found.describe();
    const [byTag, ...more] = images.filter((image) => image.names.some((name) => name.endsWith(`:${target}`)));
    if (byTag && more.length === 0) return byTag.describe();
    throw new SutureError('IMAGE_NOT_FOUND', `${this.name} has no image "${target}"; it has ${this.#names()}`);
  }

  async #resolveDigest(digest: Digest): Promise<Descriptor> {
    for (const image of this.#content.images) {
      const descriptor = await image.describe();
      if (descriptor.digest === digest) return descriptor;
    }
    const file = this.#content.blob(digest);
    if (file !== undefined && file.size <= LIMITS.manifest) {
      const what = `manifest ${digest} of ${this.name}`;
      const mediaType = sniffManifestType(
        await collect(verified(file.read(), { digest }, what), LIMITS.manifest, what),
      );
      if (mediaType !== undefined) return { mediaType, digest, size: file.size };
    }
    throw new SutureError('IMAGE_NOT_FOUND', `${this.name} has no manifest ${digest}`);
  }

  async single(): Promise<Descriptor> {
    const [only, ...more] = this.#content.images;
    if (only && more.length === 0) return only.describe();
    const count = this.#content.images.length;
    throw new SutureError('IMAGE_NOT_FOUND', `${this.name} holds ${count} images: ${this.#names()}`, {
      fix: 'Name one of them: docker-archive:FILE:REFERENCE, or docker-archive:FILE:@N.',
    });
  }

  #names(): string {
    const names = this.#content.images.map((image, at) => image.names.join(', ') || `@${at}`);
    return names.join(', ') || 'none';
  }

  manifest(descriptor: Descriptor): Promise<Uint8Array> {
    return collect(this.blob(descriptor), LIMITS.manifest, `manifest ${descriptor.digest} of ${this.name}`);
  }

  async *blob(descriptor: Descriptor): ByteStream {
    const file = this.#content.blob(descriptor.digest);
    if (file === undefined) throw new SutureError('IMAGE_NOT_FOUND', `${this.name} has no blob ${descriptor.digest}`);
    yield* verified(file.read(), descriptor, `blob ${descriptor.digest} of ${this.name}`);
  }

  async *tags(): AsyncGenerator<string> {
    for (const image of this.#content.images) yield* image.names;
  }

  async referrers(digest: Digest, artifactType?: string): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const image of this.#content.images) {
      const entry = await image.describe();
      const parsed = parseManifest(
        await this.manifest(entry),
        entry.mediaType,
        `manifest ${entry.digest} of ${this.name}`,
      );
      if (subjectOf(parsed)?.digest !== digest) continue;
      const described = describeReferrer(entry, parsed);
      if (artifactType === undefined || described.artifactType === artifactType) found.push(described);
    }
    return found;
  }

  close(): Promise<void> {
    return this.#archive.close();
  }
}
