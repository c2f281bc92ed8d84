import { SutureError } from '../../../../core/errors/error.ts';
import { checkLimit } from '../../../../core/limits.ts';
import { type ByteStream, fromBytes } from '../../../../core/streams.ts';
import { decompress } from '../../../../oci/compress/decompress.ts';

/** Endings of index files in the order of preference: small first, but bzip2 last, since it is the slowest to read. */
export const INDEX_ENDINGS = ['.xz', '.zst', '.gz', '.bz2', ''] as const;

const INPUT_PIECE = 64 * 1024;

export type IndexEnding = (typeof INDEX_ENDINGS)[number];

/**
 * Decompresses a whole, already verified index file.
 * @throws SutureError COMPRESSION_INVALID, LIMIT_EXCEEDED above `limit` bytes of output
 */
export async function* decompressIndex(
  bytes: Uint8Array,
  ending: IndexEnding,
  limit: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of decoder(bytes, ending, what)) {
    size += chunk.length;
    checkLimit(`${what}, decompressed,`, size, limit);
    yield chunk;
  }
}

function decoder(bytes: Uint8Array, ending: IndexEnding, what: string): ByteStream {
  switch (ending) {
    case '.xz':
      return intact(() => unxz(bytes), 'xz', what);
    case '.bz2':
      return intact(() => Promise.resolve(bunzip2(bytes)), 'bzip2', what);
    case '.zst':
    case '.gz':
      return decompress(fromBytes(bytes), what);
    case '':
      return fromBytes(bytes);
  }
}

async function* intact(open: () => Promise<ByteStream>, format: string, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* await open();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SutureError('COMPRESSION_INVALID', `${what} is not intact ${format}: ${why}`, { cause: error });
  }
}

async function unxz(bytes: Uint8Array): Promise<ByteStream> {
  // CommonJS: Node finds no named exports in it, bundlers do.
  const module = await import('xz-decompress');
  const { XzReadableStream } = 'XzReadableStream' in module ? module : (module as { default: typeof module }).default;
  const input = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  return new XzReadableStream(input) as AsyncIterable<Uint8Array>;
}

/** An old-style stream without back pressure: fed in pieces, so that a bomb is seen before it has unfolded. */
async function* bunzip2(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const { default: unbzip2 } = await import('unbzip2-stream');
  let ready: Uint8Array[] = [];
  let failure: unknown;
  const decoder = unbzip2() as NodeJS.ReadWriteStream;
  decoder.on('data', (chunk: Uint8Array) => ready.push(chunk));
  decoder.on('error', (error: unknown) => {
    failure = error;
  });
  for (let start = 0; start <= bytes.length; start += INPUT_PIECE) {
    if (start < bytes.length) decoder.write(bytes.subarray(start, start + INPUT_PIECE));
    if (start + INPUT_PIECE >= bytes.length) decoder.end();
    if (failure !== undefined) throw new Error(String(failure));
    yield* ready;
    ready = [];
  }
}
