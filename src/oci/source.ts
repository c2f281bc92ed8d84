import type { Digest } from '../core/digest.ts';
import type { ByteStream } from '../core/streams.ts';
import type { Descriptor } from './model.ts';

/**
 * One repository of images to read from: a registry repository, an OCI image layout or a docker-archive. Registry, layout
 * and archive are interchangeable behind it, so that copy, patch, mirror, bundle and import are one code path.
 */
export interface ImageSource {
  /** As a person would write it, without a tag: `registry.example.org/team/app`, `oci:DIR`, `docker-archive:FILE`. */
  readonly name: string;
  /** Finds what a tag or digest names. @throws SutureError IMAGE_NOT_FOUND */
  resolve(target: Digest | string): Promise<Descriptor>;
  /** A manifest or index, whole; digest and size verified. */
  manifest(descriptor: Descriptor): Promise<Uint8Array>;
  /** A config, layer or other blob; digest and size verified while streaming. */
  blob(descriptor: Descriptor): ByteStream;
  /** Tags in the source's own order. */
  tags(): AsyncIterable<string>;
  /** Artifacts whose subject is `digest`: the referrers API, else the fallback tag schema. */
  referrers(digest: Digest, artifactType?: string): Promise<readonly Descriptor[]>;
}

/** One repository of images to write to. Blobs go before the manifest that names them, children before their index. */
export interface ImageSink {
  readonly name: string;
  hasBlob(descriptor: Descriptor): Promise<boolean>;
  /**
   * Stores a blob unless it is there. `open` may be called again after a broken upload. `mountFrom` names a repository of
   * the same registry that holds the blob.
   */
  putBlob(descriptor: Descriptor, open: () => ByteStream, mountFrom?: string): Promise<BlobOutcome>;
  /** Stores a manifest or index by digest, and under `tag` when given: one atomic step, after everything it names. */
  putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Promise<Descriptor>;
}

export type BlobOutcome = 'present' | 'mounted' | 'written';
