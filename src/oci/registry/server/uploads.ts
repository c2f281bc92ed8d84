import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../../core/digest.ts';
import type { Clock } from '../../../core/ports.ts';
import type { ByteStream } from '../../../core/streams.ts';
import { RegistryFailure } from './failure.ts';
import { fileSize, removeFile } from './files.ts';
import { hashFile, type Storage } from './storage.ts';

export interface UploadLimits {
  /** Largest blob in bytes. */
  readonly blobSize: number;
  /** Milliseconds after its last change until an upload is forgotten. */
  readonly expiry: number;
}

interface Session {
  /** SHA-256 of what the file holds, kept along so that the end of an upload need not read it again. */
  hash: Hash;
  size: number;
  busy: boolean;
}

/** Uploads under way. Their bytes are files, so an upload goes on after a cut and after a restart of the registry. */
export class Uploads {
  readonly #storage: Storage;
  readonly #limits: UploadLimits;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();

  constructor(storage: Storage, limits: UploadLimits, clock: Clock) {
    this.#storage = storage;
    this.#limits = limits;
    this.#clock = clock;
  }

  async begin(repository: string): Promise<string> {
    await this.expire();
    const id = randomUUID();
    const path = this.#storage.uploadPath(repository, id);
    await mkdir(dirname(path), { recursive: true });
    await (await open(path, 'wx')).close();
    this.#sessions.set(path, { hash: createHash('sha256'), size: 0, busy: false });
    return id;
  }

  /** Bytes received so far. @throws RegistryFailure BLOB_UPLOAD_UNKNOWN */
  async size(repository: string, id: string): Promise<number> {
    const size = await fileSize(this.#storage.uploadPath(repository, id));
    if (size === undefined) throw new RegistryFailure(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
    return size;
  }

  /** Adds bytes at the end; what arrived before a cut stays. Resolves to the new size. */
  async append(repository: string, id: string, start: number | undefined, bytes: ByteStream): Promise<number> {
    return this.#exclusively(repository, id, async (path, session) => {
      if (start !== undefined && start !== session.size) {
        const range = { range: `0-${Math.max(0, session.size - 1)}` };
        throw new RegistryFailure(416, 'BLOB_UPLOAD_INVALID', `the next byte is ${session.size}, not ${start}`, range);
      }
      const file = await open(path, 'a');
      try {
        await this.#write(file, session, bytes);
      } finally {
        await file.close();
      }
      return session.size;
    });
  }

  async #write(file: FileHandle, session: Session, bytes: ByteStream): Promise<void> {
    for await (const chunk of bytes) {
      if (session.size + chunk.length > this.#limits.blobSize) {
        throw new RegistryFailure(413, 'SIZE_INVALID', `a blob may have ${this.#limits.blobSize} bytes at most`);
      }
      await file.appendFile(chunk);
      session.hash.update(chunk);
      session.size += chunk.length;
    }
  }

  /** Ends an upload: its digest is proved, then it becomes a blob. @throws RegistryFailure DIGEST_INVALID */
  async finish(repository: string, id: string, digest: Digest): Promise<void> {
    await this.#exclusively(repository, id, async (path, session) => {
      const algorithm = digestAlgorithm(digest);
      const hash = algorithm === 'sha256' ? session.hash.copy() : await hashFile(path, algorithm);
      if (hash.digest('hex') !== digestHex(digest)) {
        await removeFile(path);
        throw new RegistryFailure(400, 'DIGEST_INVALID', 'the content does not have the digest that was given');
      }
      const file = await open(path, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#storage.adoptBlob(repository, digest, path);
      this.#sessions.delete(path);
    });
  }

  async cancel(repository: string, id: string): Promise<void> {
    const path = this.#storage.uploadPath(repository, id);
    this.#sessions.delete(path);
    if (!(await removeFile(path))) throw new RegistryFailure(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  }

  /** Forgets uploads that nobody has touched for the time of the limit. */
  async expire(): Promise<void> {
    for (const path of await this.#storage.uploads()) {
      const changed = await stat(path)
        .then((found) => found.mtimeMs)
        .catch(() => undefined);
      if (changed === undefined || this.#clock.now() - changed <= this.#limits.expiry) continue;
      if (this.#sessions.get(path)?.busy === true) continue;
      this.#sessions.delete(path);
      await removeFile(path);
    }
  }

  async #exclusively<T>(
    repository: string,
    id: string,
    work: (path: string, session: Session) => Promise<T>,
  ): Promise<T> {
    const path = this.#storage.uploadPath(repository, id);
    const size = await this.size(repository, id);
    if (this.#sessions.get(path)?.busy === true) {
      throw new RegistryFailure(409, 'BLOB_UPLOAD_INVALID', 'another request is writing to this upload');
    }
    const session = this.#sessions.get(path) ?? { hash: createHash('sha256'), size: -1, busy: true };
    session.busy = true;
    this.#sessions.set(path, session);
    try {
      if (session.size !== size) {
        // From before a restart, or cut in the middle of a write: what the file says counts.
        session.hash = await hashFile(path, 'sha256');
        session.size = size;
      }
      return await work(path, session);
    } finally {
      session.busy = false;
    }
  }
}
