import { WASM } from './libdeflate/wasm.ts';

/** Uncompressed bytes of a block: big enough that a block boundary costs nothing, small enough to keep every core busy. */
export const BLOCK_SIZE = 512 * 1024;

/**
 * Measured on 60 MB of Debian packages in blocks of 512 KiB, on one loaded core: zlib (gzip -6) 18.84 MB at 52 MB/s, pako level 5
 * 18.94 MB at 25 MB/s; libdeflate level 4 18.96 MB at 87 MB/s, level 5 18.56 MB at 69 MB/s, level 6 18.46 MB at 59 MB/s.
 * Changing it changes every layer digest.
 */
export const LEVEL = 5;

/** Names what the compressed bytes of a block depend on besides the block. */
export const RECIPE = `libdeflate 1.14, level ${LEVEL}, one gzip member`;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  input(): number;
  output(): number;
  gzip(size: number, level: number): number;
}

/** The part of the WebAssembly interface that is used; Node has it, the types of Node do not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

let compiled: object | undefined;
let instance: Exports | undefined;

/** libdeflate as a module that threads can be given. */
export function compressorModule(): object {
  compiled ??= new WebAssembly.Module(Buffer.from(WASM, 'base64'));
  return compiled;
}

/**
 * One gzip member with the block (at most BLOCK_SIZE bytes): no time, no name, OS 255. Members one after the other are one
 * gzip file (RFC 1952, 2.2). libdeflate in WebAssembly gives the same bytes everywhere; the zlib inside Node differs between
 * builds (Chromium's, Debian's, s390x hardware).
 */
export function gzipBlock(block: Uint8Array): Uint8Array {
  instance ??= new WebAssembly.Instance(compressorModule(), {}).exports as Exports;
  new Uint8Array(instance.memory.buffer).set(block, instance.input());
  const size = instance.gzip(block.length, LEVEL);
  if (size === 0) throw new Error(`a block of ${block.length} bytes cannot be compressed`);
  return new Uint8Array(instance.memory.buffer, instance.output(), size).slice();
}

/**
 * gzipBlock as the program of a worker: a string, because a worker needs its own file and neither the sources nor the
 * bundle have one at a known place. A test holds both to the same bytes.
 */
export const GZIP_WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { memory, input, output, gzip } = new WebAssembly.Instance(workerData.module, {}).exports;
parentPort.on('message', (block) => {
  new Uint8Array(memory.buffer).set(block, input());
  const size = gzip(block.length, workerData.level);
  if (size === 0) throw new Error('a block of ' + block.length + ' bytes cannot be compressed');
  const member = new Uint8Array(memory.buffer, output(), size).slice();
  parentPort.postMessage(member, [member.buffer]);
});
`;

/** gzip of content of any size that is at hand. */
export function gzipWhole(content: Uint8Array): Buffer {
  const members: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < content.length; at += BLOCK_SIZE)
    members.push(gzipBlock(content.subarray(at, at + BLOCK_SIZE)));
  return Buffer.concat(members);
}
