import { createReadStream } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import { type ByteStream, collect } from '../../core/streams.ts';
import { openTemporary } from '../atomic-file.ts';
import { decompress } from '../compress/decompress.ts';
import { detectCompression, MAGIC_LENGTH } from '../compress/format.ts';
import { readTar } from '../tar/read.ts';

interface Member {
  readonly type: 'file' | 'symlink' | 'hardlink';
  readonly offset: number;
  readonly size: number;
  readonly linkName: string;
}

/** A regular file inside the archive. */
export interface ArchivedFile {
  readonly size: number;
  read(): ByteStream;
}

const MAX_MEMBERS = 100_000;
const MAX_LINKS = 16;
const CHUNK = 1 << 18;

/**
 * A tar file read by name, not in order. One that is compressed as a whole is first decompressed to a temporary file,
 * which has no name any more once it is open. Nothing is ever unpacked, so names cannot leave anywhere.
 */
export class ArchiveFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #members: ReadonlyMap<string, Member>;

  private constructor(path: string, file: FileHandle, members: ReadonlyMap<string, Member>) {
    this.path = path;
    this.#file = file;
    this.#members = members;
  }

  /** @throws SutureError FILE_UNREADABLE, TAR_INVALID, COMPRESSION_INVALID, LIMIT_EXCEEDED */
  static async open(path: string, temporaryDirectory: string = tmpdir()): Promise<ArchiveFile> {
    const file = await openPlain(path, temporaryDirectory);
    try {
      return new ArchiveFile(path, file, await readMembers(path, file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The file of a name, through symbolic and hard links; undefined when there is none. */
  find(name: string): ArchivedFile | undefined {
    let current = cleanName(name);
    for (let hops = 0; hops < MAX_LINKS; hops++) {
      const member = this.#members.get(current);
      if (member === undefined) return undefined;
      const { offset, size } = member;
      if (member.type === 'file') return { size, read: () => readRange(this.#file, offset, size, this.path) };
      current =
        member.type === 'hardlink'
          ? cleanName(member.linkName)
          : cleanName(posix.join(posix.dirname(current), member.linkName));
    }
    return undefined;
  }

  /** A small file, whole; undefined when there is none. */
  async findBytes(name: string, limit: number): Promise<Buffer | undefined> {
    const found = this.find(name);
    return found && collect(found.read(), limit, `${name} in ${this.path}`);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function cleanName(name: string): string {
  return posix.normalize(`/${name}`).replace(/^\/+|\/+$/g, '');
}

async function openPlain(path: string, temporaryDirectory: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'IMAGE_NOT_FOUND' : 'FILE_UNREADABLE';
    throw new SutureError(code, `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    if (!(await file.stat()).isFile()) throw new SutureError('FILE_UNREADABLE', `${path} is not a regular file`);
    const start = Buffer.alloc(MAGIC_LENGTH);
    await file.read(start, 0, start.length, 0);
    if (detectCompression(start) === 'none') return file;
    const plain = await decompressToTemporary(path, temporaryDirectory);
    await file.close();
    return plain;
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

async function decompressToTemporary(path: string, directory: string): Promise<FileHandle> {
  const { file, temporary } = await openTemporary(path, directory);
  await unlink(temporary);
  try {
    const stream = createReadStream(path, { highWaterMark: CHUNK }) as ByteStream;
    let size = 0;
    for await (const chunk of decompress(stream, path)) {
      size += chunk.length;
      checkLimit(path, size, LIMITS.layer);
      await file.appendFile(chunk);
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readMembers(path: string, file: FileHandle): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  const { size: total } = await file.stat();
  for await (const { name, type, offset, size, linkName } of readTar(readRange(file, 0, total, path), path)) {
    checkLimit(`the number of members of ${path}`, members.size, MAX_MEMBERS);
    // The last member of a name is the one that an unpacker would leave.
    if (type === 'file' || type === 'symlink' || type === 'hardlink') {
      members.set(cleanName(name), { type, offset, size, linkName });
    }
  }
  return members;
}

async function* readRange(file: FileHandle, offset: number, size: number, path: string): ByteStream {
  let done = 0;
  while (done < size) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + done);
    if (bytesRead === 0) throw new SutureError('TAR_INVALID', `${path} became shorter while it was read`);
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
