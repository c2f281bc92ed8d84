import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { fromBytes } from '../../core/streams.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { type Descriptor, type IndexManifest, MEDIA_TYPES } from '../model.ts';
import { parseJsonObject, parseManifest } from '../schema.ts';
import { withLock } from './lock.ts';

/** The annotation that names an entry of index.json: its tag. */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** `index.json` with `oci-layout` beside it: what the layout holds, by tag. Unknown fields survive every change. */
export class LayoutIndex {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Checks that this is a layout of version 1. @throws SutureError IMAGE_NOT_FOUND, IMAGE_INVALID, IMAGE_UNSUPPORTED */
  async check(): Promise<void> {
    const path = join(this.#directory, 'oci-layout');
    const marker = parseJsonObject(await this.#read('oci-layout'), LIMITS.manifest, path);
    const version = marker['imageLayoutVersion'];
    if (typeof version !== 'string') throw new SutureError('IMAGE_INVALID', `${path} has no imageLayoutVersion`);
    if (!version.startsWith('1.'))
      throw new SutureError('IMAGE_UNSUPPORTED', `${path} is of version ${version}, not 1.x`);
    await this.entries();
  }

  /** Makes an empty layout where none is; an existing one stays. */
  async create(): Promise<void> {
    try {
      await mkdir(join(this.#directory, 'blobs', 'sha256'), { recursive: true });
    } catch (cause) {
      throw new SutureError('FILE_UNWRITABLE', `cannot make ${this.#directory}: ${(cause as Error).message}`, {
        cause,
      });
    }
    await this.#locked(async () => {
      if ((await this.#find('index.json')) === undefined) {
        await this.#write('index.json', { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] });
      }
      // Last: a directory with this file is a complete layout.
      if ((await this.#find('oci-layout')) === undefined)
        await this.#write('oci-layout', { imageLayoutVersion: '1.0.0' });
    });
  }

  async entries(): Promise<readonly Descriptor[]> {
    return (await this.#load()).manifests;
  }

  /** Replaces the entries by what `change` makes of the present ones; one change after another, across processes. */
  async update(change: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    await this.#locked(async () => {
      const index = await this.#load();
      await this.#write('index.json', { ...index, manifests: change(index.manifests) });
    });
  }

  #locked(work: () => Promise<void>): Promise<void> {
    return withLock(join(this.#directory, '.index.json.lock'), work);
  }

  async #load(): Promise<IndexManifest> {
    // The media type is optional in index.json; that it is an index is a matter of its name.
    const parsed = parseManifest(
      await this.#read('index.json'),
      MEDIA_TYPES.ociIndex,
      join(this.#directory, 'index.json'),
    );
    if (parsed.kind === 'index') return parsed.index;
    throw new SutureError('IMAGE_INVALID', `${this.#directory}/index.json is not an index`);
  }

  async #read(name: string): Promise<Buffer> {
    const bytes = await this.#find(name);
    if (bytes !== undefined) return bytes;
    throw new SutureError('IMAGE_NOT_FOUND', `${this.#directory} is not an OCI image layout: it has no ${name}`);
  }

  async #find(name: string): Promise<Buffer | undefined> {
    const path = join(this.#directory, name);
    try {
      return await readFile(path);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw new SutureError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  async #write(name: string, value: unknown): Promise<void> {
    await writeFileAtomically(join(this.#directory, name), fromBytes(Buffer.from(JSON.stringify(value))));
  }
}
