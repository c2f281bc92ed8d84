import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../../core/digest.ts';
import { fileSize, list, moveIntoPlace, readTextFile, removeFile, writeAtomically } from './files.ts';

/**
 * The directory of a registry:
 *
 *     blobs/sha256/HEX                           every blob and manifest, once
 *     repositories/NAME/_blobs/sha256-HEX        empty: this repository holds the blob
 *     repositories/NAME/_manifests/sha256-HEX    the media type of the manifest
 *     repositories/NAME/_tags/TAG                a digest
 *     repositories/NAME/_referrers/SUBJECT/HEX   empty: this manifest refers to SUBJECT
 *     repositories/NAME/_uploads/ID              a blob on its way
 *     scratch/                                   files before their rename
 *
 * A component of a repository name never starts with `_`, so the names cannot collide. There is no other state.
 */
export class Storage {
  readonly directory: string;
  readonly #scratch: string;

  constructor(directory: string) {
    this.directory = directory;
    this.#scratch = join(directory, 'scratch');
  }

  /** Makes the directory; what a killed process left in `scratch` goes. */
  async prepare(): Promise<void> {
    await rm(this.#scratch, { recursive: true, force: true });
    await mkdir(this.#scratch, { recursive: true });
    await mkdir(join(this.directory, 'blobs', 'sha256'), { recursive: true });
    await mkdir(join(this.directory, 'repositories'), { recursive: true });
  }

  blobPath(digest: Digest): string {
    return join(this.directory, 'blobs', digestAlgorithm(digest), digestHex(digest));
  }

  uploadPath(repository: string, id: string): string {
    return this.#path(repository, '_uploads', id);
  }

  /** Size of a blob that this repository holds. */
  async blobSize(repository: string, digest: Digest): Promise<number | undefined> {
    const linked = await fileSize(this.#path(repository, '_blobs', flat(digest)));
    return linked === undefined ? undefined : fileSize(this.blobPath(digest));
  }

  async linkBlob(repository: string, digest: Digest): Promise<void> {
    await writeAtomically(this.#path(repository, '_blobs', flat(digest)), '', this.#scratch);
  }

  unlinkBlob(repository: string, digest: Digest): Promise<boolean> {
    return removeFile(this.#path(repository, '_blobs', flat(digest)));
  }

  /** Takes a complete file whose digest was proved as the blob. */
  async adoptBlob(repository: string, digest: Digest, file: string): Promise<void> {
    await moveIntoPlace(file, this.blobPath(digest));
    await this.linkBlob(repository, digest);
  }

  async putManifest(
    repository: string,
    digest: Digest,
    mediaType: string,
    bytes: Uint8Array,
    subject: Digest | undefined,
  ): Promise<void> {
    await writeAtomically(this.blobPath(digest), bytes, this.#scratch);
    await writeAtomically(this.#path(repository, '_manifests', flat(digest)), mediaType, this.#scratch);
    if (subject === undefined) return;
    await writeAtomically(this.#path(repository, '_referrers', flat(subject), flat(digest)), '', this.#scratch);
  }

  manifestType(repository: string, digest: Digest): Promise<string | undefined> {
    return readTextFile(this.#path(repository, '_manifests', flat(digest)));
  }

  async removeManifest(repository: string, digest: Digest, subject: Digest | undefined): Promise<void> {
    for (const tag of await this.tags(repository)) {
      if ((await this.tag(repository, tag)) === digest) await this.removeTag(repository, tag);
    }
    if (subject !== undefined) await removeFile(this.#path(repository, '_referrers', flat(subject), flat(digest)));
    await removeFile(this.#path(repository, '_manifests', flat(digest)));
  }

  async tag(repository: string, tag: string): Promise<Digest | undefined> {
    const digest = await readTextFile(this.#path(repository, '_tags', tag));
    return digest !== undefined && isDigest(digest) ? digest : undefined;
  }

  setTag(repository: string, tag: string, digest: Digest): Promise<void> {
    return writeAtomically(this.#path(repository, '_tags', tag), digest, this.#scratch);
  }

  removeTag(repository: string, tag: string): Promise<boolean> {
    return removeFile(this.#path(repository, '_tags', tag));
  }

  tags(repository: string): Promise<string[]> {
    return list(this.#path(repository, '_tags'));
  }

  async referrers(repository: string, subject: Digest): Promise<Digest[]> {
    const names = await list(this.#path(repository, '_referrers', flat(subject)));
    return names.map((name) => name.replace('-', ':')).filter(isDigest);
  }

  async hasRepository(repository: string): Promise<boolean> {
    const names = await list(join(this.directory, 'repositories', ...repository.split('/')));
    return names.includes('_manifests') || names.includes('_blobs');
  }

  /** Names of all repositories with a manifest, sorted. */
  async repositories(): Promise<string[]> {
    const found: string[] = [];
    const visit = async (name: string): Promise<void> => {
      const names = await list(join(this.directory, 'repositories', ...name.split('/')));
      if (names.includes('_manifests') && (await list(this.#path(name, '_manifests'))).length > 0) found.push(name);
      for (const each of names) if (!each.startsWith('_')) await visit(name === '' ? each : `${name}/${each}`);
    };
    await visit('');
    return found.sort();
  }

  /** Every upload of every repository, as paths. */
  async uploads(): Promise<string[]> {
    const found: string[] = [];
    const visit = async (path: string): Promise<void> => {
      for (const name of await list(path)) {
        if (name === '_uploads') found.push(...(await list(join(path, name))).map((id) => join(path, name, id)));
        else if (!name.startsWith('_')) await visit(join(path, name));
      }
    };
    await visit(join(this.directory, 'repositories'));
    return found;
  }

  #path(repository: string, ...rest: string[]): string {
    return join(this.directory, 'repositories', ...repository.split('/'), ...rest);
  }
}

function flat(digest: Digest): string {
  return digest.replace(':', '-');
}

/** A hash that already has the first `size` bytes of a file in it. */
export async function hashFile(path: string, algorithm: string): Promise<Hash> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash;
}
