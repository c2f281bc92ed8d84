import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { type ByteStream, collect, fromBytes } from '../../core/streams.ts';
import { MEDIA_TYPES } from '../model.ts';
import { decompress } from './decompress.ts';
import { compressionOf } from './format.ts';
import { gzip } from './gzip.ts';
import { BLOCK_SIZE, gzipBlock } from './gzip-block.ts';
import { GzipPool } from './gzip-pool.ts';

const all = (stream: ByteStream): Promise<Buffer> => collect(stream, 1 << 28, 'test');
const unpacked = (...chunks: Uint8Array[]): Promise<Buffer> => all(decompress(fromBytes(...chunks), 'blob'));

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Text-like data of a repeatable kind, with matches across block boundaries. */
function sample(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 12345;
  for (let at = 0; at < size; at++) {
    state = (state * 1103515245 + 12345) >>> 0;
    bytes[at] = at > 5000 && (state >>> 16) % 8 !== 0 ? (bytes[at - 4999] ?? 0) : 97 + ((state >>> 20) % 20);
  }
  return bytes;
}

describe('gzip', () => {
  it('is one member that zlib and gzip -t read', async () => {
    for (const size of [0, 1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 5 * BLOCK_SIZE + 77]) {
      const data = sample(size);
      const packed = await all(gzip(fromBytes(data)));
      expect(gunzipSync(packed).equals(data)).toBe(true);
      expect(spawnSync('gzip', ['-t'], { input: packed }).status).toBe(0);
      expect((await unpacked(packed)).equals(data)).toBe(true);
    }
  });

  it('gives the same bytes whatever the chunks and the number of threads', async () => {
    const data = sample(7 * BLOCK_SIZE + 123);
    const one = await all(gzip(fromBytes(data), { threads: 1 }));
    expect((await all(gzip(fromBytes(...pieces(data, 700_001)), { threads: 3 }))).equals(one)).toBe(true);
    expect((await all(gzip(fromBytes(...pieces(data, 4096)), { threads: 2 }))).equals(one)).toBe(true);
  });

  it('compresses a block in a thread to the same bytes as in the process', async () => {
    const pool = new GzipPool(1);
    try {
      for (const size of [0, 1, 300_000, BLOCK_SIZE]) {
        const block = sample(BLOCK_SIZE + 5).subarray(5, 5 + size);
        expect(Buffer.compare(await pool.run(block), gzipBlock(block))).toBe(0);
      }
    } finally {
      await pool.close();
    }
  });

  it('passes an error of the source on', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sample(4 * BLOCK_SIZE);
      throw new SutureError('DIGEST_MISMATCH', 'source');
    }
    await expect(all(gzip(failing(), { threads: 2 }))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('ends its threads when the consumer stops: the process exits by itself', () => {
    const program = `
      const { gzip } = await import(${JSON.stringify(new URL('gzip.ts', import.meta.url).href)});
      async function* endless() { for (;;) yield new Uint8Array(100000); }
      for await (const chunk of gzip(endless(), { threads: 2 })) if (chunk.length > 10) break;
      process.stdout.write('stopped');`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const child = spawnSync(process.execPath, args, { timeout: 30_000 });
    expect(child.stdout.toString()).toBe('stopped');
    expect(child.signal).toBeNull();
    expect(child.status).toBe(0);
  });

  it('has the pinned bytes', async () => {
    // A change here changes the digest of every patched image: it needs a major version and a line in the changelog.
    const packed = await all(gzip(fromBytes(sample(3 * BLOCK_SIZE + 5))));
    expect(sha256(packed)).toBe('sha256:0a5a870ef4ef2750584378fcd2e929d3bd3144da03e4abb785765ad0a5fdf019');
  });
});

describe('decompress', () => {
  it('reads multi-member gzip in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 4000 }),
        async (members, chunk) => {
          const packed = Buffer.concat(members.map((member) => gzipSync(member)));
          expect((await unpacked(...pieces(packed, chunk))).equals(Buffer.concat(members))).toBe(true);
        },
      ),
    );
  });

  it('passes plain data and an empty stream through', async () => {
    expect((await unpacked(Buffer.from('pl'), Buffer.from('ain'))).toString()).toBe('plain');
    expect((await unpacked()).length).toBe(0);
  });

  it('refuses truncated, corrupt and trailing data', async () => {
    const packed = gzipSync(randomBytes(50_000));
    const corrupt = Buffer.from(packed);
    corrupt.writeUInt32LE(0, packed.length - 8);
    const bad = [
      packed.subarray(0, -1),
      packed.subarray(0, 20_000),
      corrupt,
      Buffer.concat([packed, Buffer.from('garbage')]),
      Buffer.concat([packed, Buffer.alloc(512)]),
    ];
    for (const bytes of bad) {
      await expect(unpacked(bytes)).rejects.toMatchObject({ code: 'COMPRESSION_INVALID' });
      await expect(unpacked(...pieces(bytes, 999))).rejects.toMatchObject({ code: 'COMPRESSION_INVALID' });
    }
  });

  it('stops a bomb', async () => {
    const inner = gzipSync(Buffer.alloc(100 << 20));
    // 1:1030 is what deflate can reach on zeros: within the limit. A second member of pure zeros stays so, too.
    expect((await collect(decompress(fromBytes(inner), 'blob'), 128 << 20, 'blob')).length).toBe(100 << 20);
    const zstd = spawnSync('zstd', ['-19', '-c'], { input: Buffer.alloc(100 << 20) });
    if (zstd.status !== 0) return;
    await expect(unpacked(zstd.stdout)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('lets an error of the source through', async () => {
    const packed = gzipSync(randomBytes(50_000));
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield packed.subarray(0, 30_000);
      throw new SutureError('DIGEST_MISMATCH', 'source');
    }
    await expect(all(decompress(failing(), 'blob'))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  const zstdTool = spawnSync('zstd', ['--version']).status === 0;
  it.skipIf(!zstdTool)('reads zstd with several and skippable frames (Debian package zstd)', async () => {
    const data = sample(400_000);
    const frame = execFileSync('zstd', ['-c'], { input: data });
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
    const packed = Buffer.concat([skippable, frame, skippable, frame]);
    for (const size of [1, 1000, packed.length]) {
      expect((await unpacked(...pieces(packed, size))).equals(Buffer.concat([data, data]))).toBe(true);
    }
    for (const bad of [frame.subarray(0, -5), Buffer.concat([frame, Buffer.from('garbage')])]) {
      await expect(unpacked(bad)).rejects.toMatchObject({ code: 'COMPRESSION_INVALID' });
    }
  });

  it('knows the layer media types', () => {
    expect(compressionOf(MEDIA_TYPES.dockerLayerGzip)).toBe('gzip');
    expect(compressionOf(MEDIA_TYPES.ociLayerZstd)).toBe('zstd');
    expect(compressionOf(MEDIA_TYPES.ociLayer)).toBe('none');
    expect(compressionOf(MEDIA_TYPES.ociConfig)).toBeUndefined();
  });
});
