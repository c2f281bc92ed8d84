import type { ByteStream } from '../../core/streams.ts';
import { ChunkReader } from './chunks.ts';
import { TarDecoder } from './decoder.ts';
import type { TarEntry } from './entry.ts';
import { BLOCK, paddingOf, tarInvalid } from './fields.ts';

/**
 * Reads a decompressed archive member by member. After the end marker the rest of the stream is read and dropped, so that
 * digests over the stream are complete. A missing end marker is accepted at a member boundary, as Go's archive/tar does.
 * @throws SutureError TAR_INVALID when corrupt or truncated; IMAGE_UNSUPPORTED for sparse files; LIMIT_EXCEEDED
 */
export async function* readTar(stream: ByteStream, what: string): AsyncGenerator<TarEntry> {
  const source = new ChunkReader(stream, what);
  const decoder = new TarDecoder(what);
  try {
    for (;;) {
      const block = source.buffered(BLOCK) ?? (await source.take(BLOCK));
      if (!block) break;
      const step = decoder.block(block, source.position);
      if (step.kind === 'zero') {
        await readEnd(source, what);
        break;
      }
      if (step.kind === 'entry') {
        const body = new EntryBody(source, step.header.size);
        yield { ...step.header, body: () => body.read() };
        const rest = body.left + paddingOf(step.header.size);
        if (rest > 0 && !source.buffered(rest)) await source.skip(rest);
      } else {
        if (step.kind === 'extension') decoder.extension(await source.must(step.size));
        else await source.skip(step.size);
        await source.skip(paddingOf(step.size));
      }
    }
    if (decoder.dangling) throw tarInvalid(what, 'the archive is truncated');
  } finally {
    await source.close();
  }
}

async function readEnd(source: ChunkReader, what: string): Promise<void> {
  const second = await source.take(BLOCK);
  if (second?.some((byte) => byte !== 0)) throw tarInvalid(what, 'a single zero block lies between members');
  await source.drain();
}

class EntryBody {
  readonly #source: ChunkReader;
  left: number;

  constructor(source: ChunkReader, size: number) {
    this.#source = source;
    this.left = size;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    while (this.left > 0) {
      const piece = await this.#source.some(this.left);
      this.left -= piece.length;
      yield piece;
    }
  }
}
