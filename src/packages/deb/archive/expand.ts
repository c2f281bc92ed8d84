import { createReadStream } from 'node:fs';
import { ReadableStream } from 'node:stream/web';
import unbzip2 from 'unbzip2-stream';
import xz from 'xz-decompress';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../../core/limits.ts';
import type { ByteStream } from '../../../core/streams.ts';
import { decompress } from '../../../oci/compress/decompress.ts';
import { packageInvalid } from './invalid.ts';
import type { DebCompression, PackedTar } from './layout.ts';
import { MEMORY_LIMIT } from './store.ts';

/** Output that is never judged by its ratio: a package of zeros is legitimate. */
const RATIO_FREE = MEMORY_LIMIT;

/**
 * The decompressed bytes of a member, in this thread.
 * @throws SutureError PACKAGE_INVALID when corrupt or truncated; LIMIT_EXCEEDED above `limit` or for a bomb
 */
export async function* expandMember(
  descriptor: number,
  member: PackedTar,
  limit: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  const name = `${what}, ${member.name}`;
  let size = 0;
  try {
    for await (const chunk of expandStream(readRange(descriptor, member), member.compression, name)) {
      size += chunk.length;
      checkLimit(`${name}, decompressed,`, size, limit);
      if (size > RATIO_FREE)
        checkLimit(`the compression ratio of ${name}`, size / member.size, LIMITS.compressionRatio);
      yield chunk;
    }
  } catch (error) {
    if (isSutureError(error) && !isSutureError(error, 'COMPRESSION_INVALID')) throw error;
    throw packageInvalid(name, 'the compressed data is corrupt or truncated', error);
  }
}

async function* readRange(descriptor: number, member: PackedTar): AsyncGenerator<Uint8Array> {
  if (member.size === 0) return;
  yield* createReadStream('', {
    fd: descriptor,
    autoClose: false,
    start: member.offset,
    end: member.offset + member.size - 1,
    highWaterMark: 256 * 1024,
  }) as AsyncIterable<Buffer>;
}

function expandStream(source: ByteStream, compression: DebCompression, what: string): ByteStream {
  switch (compression) {
    case 'none':
      return source;
    case 'gz':
    case 'zst':
      return expandGeneral(source, what);
    case 'xz':
      // Node's stream and the browser's are one at run time, and two to a compiler that knows both.
      return new xz.XzReadableStream(
        ReadableStream.from(source) as unknown as ConstructorParameters<typeof xz.XzReadableStream>[0],
      ) as unknown as ByteStream;
    case 'bz2':
      return expandBzip2(source);
  }
}

/** gzip and zstd are told apart by content, which also lets other data through: dpkg would refuse that. */
async function* expandGeneral(source: ByteStream, what: string): AsyncGenerator<Uint8Array> {
  const first: { chunk?: Uint8Array } = {};
  const seen = (async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      first.chunk ??= chunk.slice(0, 1);
      yield chunk;
    }
  })();
  for await (const chunk of decompress(seen, what)) {
    const start = first.chunk?.[0] ?? 0;
    if (start !== 0x1f && start !== 0x28 && (start & 0xf0) !== 0x50) {
      throw new SutureError('COMPRESSION_INVALID', `${what} is neither gzip nor zstd`);
    }
    yield chunk;
  }
}

/** unbzip2-stream is an old-style stream that answers synchronously; so it needs no back pressure. */
async function* expandBzip2(source: ByteStream): AsyncGenerator<Uint8Array> {
  const decoder = unbzip2();
  let ready: Uint8Array[] = [];
  let failure: Error | undefined;
  decoder.on('data', (chunk: Uint8Array) => ready.push(chunk));
  decoder.on('error', (error: Error) => {
    failure ??= error;
  });
  for await (const chunk of source) {
    decoder.write(chunk);
    if (failure !== undefined) throw failure;
    yield* ready;
    ready = [];
  }
  decoder.end();
  if (failure !== undefined) throw failure;
  yield* ready;
}
