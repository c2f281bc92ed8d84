import type { Digest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { BlobOutcome, ImageSink, ImageSource } from '../source.ts';
import { blobExists } from './blob-status.ts';
import { isDockerHub } from './credentials/match.ts';
import { deleteManifest, pushManifest } from './manifests.ts';
import { fetchBlob, fetchManifest, resolveManifest } from './pull.ts';
import { pushBlob } from './push.ts';
import { listReferrers } from './referrers.ts';
import { listRepositories, listTags } from './tags.ts';
import { RegistryTransport, type TransportOptions } from './transport.ts';
import { DEFAULT_UPLOAD, type UploadOptions } from './upload.ts';

export interface RegistryOptions extends TransportOptions {
  readonly upload?: Partial<UploadOptions>;
}

export interface RegistryRepository extends ImageSource, ImageSink {
  readonly host: string;
  readonly repository: string;
  /** Removes a manifest, or a tag where the registry allows it. @throws SutureError IMAGE_NOT_FOUND, REGISTRY_ERROR */
  delete(target: Digest | string): Promise<void>;
}

/** One registry; its repositories share connections, tokens and what was learned about it. */
export interface Registry {
  /** @param name for example `team/app` @throws SutureError REFERENCE_INVALID */
  repository(name: string): RegistryRepository;
  /** Names of all repositories, where the registry offers a catalog. */
  catalog(): AsyncIterable<string>;
}

// distribution-spec "Pulling manifests", <name>.
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

export function openRegistry(options: RegistryOptions): Registry {
  const transport = new RegistryTransport(options);
  const upload = { ...DEFAULT_UPLOAD, ...options.upload };
  const uploads = new Map<string, Promise<BlobOutcome>>();
  return {
    repository: (name) => new Repository(transport, upload, uploads, name),
    catalog: () => listRepositories(transport),
  };
}

/** One repository of a registry, to read from and write to. */
export function registryRepository(options: RegistryOptions & { readonly repository: string }): RegistryRepository {
  return openRegistry(options).repository(options.repository);
}

class Repository implements RegistryRepository {
  readonly name: string;
  readonly host: string;
  readonly repository: string;
  readonly #transport: RegistryTransport;
  readonly #upload: UploadOptions;
  readonly #uploads: Map<string, Promise<BlobOutcome>>;

  constructor(
    transport: RegistryTransport,
    upload: UploadOptions,
    uploads: Map<string, Promise<BlobOutcome>>,
    repository: string,
  ) {
    const short = isDockerHub(transport.host) && !repository.includes('/');
    this.repository = short ? `library/${repository}` : repository;
    if (!NAME.test(this.repository) || this.repository.length > 255) {
      throw new SutureError('REFERENCE_INVALID', `"${repository.slice(0, 200)}" is not the name of a repository`);
    }
    this.host = transport.host;
    this.name = `${transport.host}/${this.repository}`;
    this.#transport = transport;
    this.#upload = upload;
    this.#uploads = uploads;
  }

  resolve(target: Digest | string) {
    return resolveManifest(this.#transport, this.repository, target);
  }

  manifest(descriptor: Parameters<ImageSource['manifest']>[0]) {
    return fetchManifest(this.#transport, this.repository, descriptor);
  }

  blob(descriptor: Parameters<ImageSource['blob']>[0]) {
    return fetchBlob(this.#transport, this.repository, descriptor);
  }

  tags() {
    return listTags(this.#transport, this.repository);
  }

  referrers(digest: Digest, artifactType?: string) {
    return listReferrers(this.#transport, this.repository, digest, artifactType);
  }

  hasBlob(descriptor: Parameters<ImageSink['hasBlob']>[0]) {
    return blobExists(this.#transport, this.repository, descriptor);
  }

  /**
   * Images pushed at once share blobs. The same blob is sent once: a second sender waits for the first, because sending it
   * twice at the same time wastes the line, and docker-registry 2.8 then loses it for a moment.
   */
  async putBlob(...[descriptor, open, mountFrom]: Parameters<ImageSink['putBlob']>): Promise<BlobOutcome> {
    const key = `${this.repository}@${descriptor.digest}`;
    for (let running = this.#uploads.get(key); running !== undefined; running = this.#uploads.get(key)) {
      const sent = await running.then(
        () => true,
        () => false,
      );
      if (sent) return 'present';
    }
    const options = mountFrom === undefined ? this.#upload : { ...this.#upload, mountFrom };
    const work = pushBlob(this.#transport, this.repository, descriptor, open, options);
    this.#uploads.set(key, work);
    try {
      return await work;
    } finally {
      this.#uploads.delete(key);
    }
  }

  putManifest(...[bytes, mediaType, tag]: Parameters<ImageSink['putManifest']>) {
    return pushManifest(this.#transport, this.repository, bytes, mediaType, tag);
  }

  delete(target: Digest | string) {
    return deleteManifest(this.#transport, this.repository, target);
  }
}
