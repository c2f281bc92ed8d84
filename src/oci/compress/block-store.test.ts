import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../../core/streams.ts';
import { BlockCutter, type Piece } from './block-cutter.ts';
import { BlockStore } from './block-store.ts';
import { gzipBlocks } from './gzip.ts';
import { BLOCK_SIZE } from './gzip-block.ts';

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'block-store-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

function text(seed: number, size: number): Buffer {
  const words = Array.from({ length: size / 8 }, (_, at) => ((at * seed * 2654435761) >>> 12).toString(36).padStart(8));
  return Buffer.from(words.join('').slice(0, size));
}

const FILES = [text(3, 700_000), text(5, 100_000), text(7, BLOCK_SIZE), text(11, 2 * BLOCK_SIZE)];

/** A header before each file, as in a layer; bodies in chunks of `chunk` bytes. */
async function* layer(files: readonly Buffer[], chunk = 1 << 20, header = 'header'): AsyncGenerator<Piece> {
  for (const file of files) {
    yield { bytes: Buffer.from(header.padEnd(512)), ofFile: false };
    for (let at = 0; at < file.length; at += chunk) yield { bytes: file.subarray(at, at + chunk), ofFile: true };
  }
  yield { bytes: Buffer.alloc(1024), ofFile: false };
}

/** Blocks are given back as soon as they can be: who still looked at one would see another's content. */
async function packed(pieces: AsyncIterable<Piece>, store?: BlockStore): Promise<Buffer> {
  const cutter = new BlockCutter();
  const options = { threads: 2, recycle: (block: Uint8Array) => cutter.recycle(block) };
  return collect(gzipBlocks(cut(pieces, cutter), store ? { ...options, store } : options), 1 << 28, 'test');
}

async function* cut(pieces: AsyncIterable<Piece>, cutter: BlockCutter): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield* cutter.add(piece);
  yield* cutter.end();
}

async function plain(pieces: AsyncIterable<Piece>): Promise<Buffer> {
  const bytes: Uint8Array[] = [];
  for await (const piece of pieces) bytes.push(piece.bytes);
  return Buffer.concat(bytes);
}

function kept(): string[] {
  return readdirSync(join(cache, 'gzipped'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

describe('BlockStore', () => {
  it('does not change a byte: without it, empty, filled', async () => {
    const without = await packed(layer(FILES));
    const store = new BlockStore(cache);
    expect((await packed(layer(FILES), store)).equals(without)).toBe(true);
    expect(kept().length).toBeGreaterThan(FILES.length);
    expect((await packed(layer(FILES, 77_777), store)).equals(without)).toBe(true);
    expect(gunzipSync(without).equals(await plain(layer(FILES)))).toBe(true);
  });

  it('knows a file again in another layer', async () => {
    const store = new BlockStore(cache);
    await packed(layer(FILES), store);
    const before = kept();
    const other = [FILES[2] ?? Buffer.alloc(0), FILES[0] ?? Buffer.alloc(0)];
    const result = await packed(layer(other, 1 << 20, 'another header'), store);
    expect(kept()).toEqual(before);
    expect(gunzipSync(result).equals(await plain(layer(other, 1 << 20, 'another header')))).toBe(true);
  });

  it('does not use a block that was damaged, and makes it again', async () => {
    const store = new BlockStore(cache);
    const good = await packed(layer(FILES), store);
    const damaged = kept().map((path) => ({ path, bytes: readFileSync(path) }));
    for (const [index, { path, bytes }] of damaged.entries()) {
      if (index === 0) truncateSync(path, 2 ** 33);
      else if (index % 2 === 0) writeFileSync(path, bytes.subarray(0, -7));
      else writeFileSync(path, bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1));
    }
    expect((await packed(layer(FILES), store)).equals(good)).toBe(true);
    for (const { path, bytes } of damaged) expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('goes on without a cache that can be written', async () => {
    writeFileSync(join(cache, 'file'), '');
    const result = await packed(layer(FILES), new BlockStore(join(cache, 'file')));
    expect(result.equals(await packed(layer(FILES)))).toBe(true);
  });
});
