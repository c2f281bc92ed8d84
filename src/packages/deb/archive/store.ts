import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, Digester } from '../../../core/digest.ts';
import type { ByteStream } from '../../../core/streams.ts';

/** Decompressed tars up to this size stay in memory; larger ones lie in a file and are read by offset. */
export const MEMORY_LIMIT = 64 * 1024 * 1024;

/** A decompressed data.tar that can be read at any offset. */
export interface ExpandedTar {
  readonly size: number;
  readonly digest: Digest;
  /** The whole content, when it is in memory. */
  readonly bytes?: Uint8Array | undefined;
  /** A view or a copy of `length` bytes at `offset`. */
  read(offset: number, length: number): Uint8Array;
  /** Fills `target` with what stands at `offset`. */
  readInto(offset: number, target: Uint8Array): void;
  /** The content from the start. */
  stream(): ByteStream;
  /** Lets the content in memory go when it can be read from a file as well. */
  release?(): void;
  close(): void;
}

export function memoryTar(bytes: Uint8Array, digest: Digest): ExpandedTar {
  return {
    size: bytes.length,
    digest,
    bytes,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    readInto: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    stream: async function* () {
      yield bytes;
    },
    close: () => {},
  };
}

const PIECE = 1024 * 1024;

/** @param descriptor An open file, closed with the tar. */
export function fileTar(descriptor: number, size: number, digest: Digest): ExpandedTar {
  const readInto = (offset: number, target: Uint8Array): void => {
    for (let done = 0; done < target.length; ) {
      const count = readSync(descriptor, target, done, target.length - done, offset + done);
      if (count === 0) throw new Error('a spooled file is shorter than when it was written');
      done += count;
    }
  };
  const read = (offset: number, length: number): Uint8Array => {
    const buffer = Buffer.allocUnsafe(length);
    readInto(offset, buffer);
    return buffer;
  };
  let open = true;
  return {
    size,
    digest,
    read,
    readInto,
    stream: async function* () {
      for (let at = 0; at < size; at += PIECE) yield read(at, Math.min(PIECE, size - at));
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

/** Below this the memory of a tar is not worth a read of the disk for each of its members. */
const KEPT_IN_MEMORY = 128 * 1024;

/**
 * A tar that is in memory and in a file of the cache, of the same content. Its bytes serve until `release`, the file after
 * that: a run holds all its packages open, hundreds of megabytes of which it reads once more when the layer is written.
 * @param descriptor The open file, closed with the tar.
 */
export function cachedTar(descriptor: number, bytes: Uint8Array, digest: Digest): ExpandedTar {
  if (bytes.length <= KEPT_IN_MEMORY) {
    closeSync(descriptor);
    return memoryTar(bytes, digest);
  }
  const file = fileTar(descriptor, bytes.length, digest);
  let memory: ExpandedTar | undefined = memoryTar(bytes, digest);
  return {
    ...file,
    get bytes() {
      return memory?.bytes;
    },
    read: (offset, length) => (memory ?? file).read(offset, length),
    readInto: (offset, target) => (memory ?? file).readInto(offset, target),
    stream: () => (memory ?? file).stream(),
    release: () => {
      memory = undefined;
    },
  };
}

/** What a decompressor delivers: content in memory, or the path of a file that the receiver now owns. */
export type Expansion =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array; readonly digest: Digest }
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly digest: Digest };

let counter = 0;

/** A name for a new file in `directory` that no other process or call uses. */
export function temporaryPath(directory: string = tmpdir()): string {
  return join(directory, `.suture-data-${process.pid}-${process.hrtime.bigint()}-${counter++}.tmp`);
}

/** Collects a stream; above MEMORY_LIMIT into a file at `path`, which is removed again when the stream fails. */
export async function collectExpansion(stream: ByteStream, path: string): Promise<Expansion> {
  const digester = new Digester();
  let chunks: Uint8Array[] = [];
  let descriptor: number | undefined;
  try {
    for await (const chunk of stream) {
      digester.update(chunk);
      chunks.push(chunk);
      if (digester.size > MEMORY_LIMIT) {
        descriptor ??= openSync(path, 'wx', 0o600);
        for (const piece of chunks) writeAll(descriptor, piece);
        chunks = [];
      }
    }
  } catch (error) {
    if (descriptor !== undefined) unlinkSync(path);
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  const digest = digester.digest();
  if (descriptor === undefined) return { kind: 'memory', bytes: Buffer.concat(chunks, digester.size), digest };
  return { kind: 'file', path, size: digester.size, digest };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** Opens an expansion for reading; a file loses its name, so that it disappears with the process at the latest. */
export function openExpansion(expansion: Expansion): ExpandedTar {
  if (expansion.kind === 'memory') return memoryTar(expansion.bytes, expansion.digest);
  const descriptor = openSync(expansion.path, 'r');
  unlinkSync(expansion.path);
  return fileTar(descriptor, expansion.size, expansion.digest);
}
