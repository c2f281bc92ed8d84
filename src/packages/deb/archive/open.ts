import { closeSync, fstatSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { SutureError } from '../../../core/errors/error.ts';
import { LIMITS } from '../../../core/limits.ts';
import { collect } from '../../../core/streams.ts';
import type { DebArchive } from '../types.ts';
import { readControlArea } from './control-files.ts';
import { readDataMembers } from './data-members.ts';
import { expandMember } from './expand.ts';
import { decompressPool, type ExpandPool } from './expand-pool.ts';
import { compressedDigest, ExpandedCache, READ_AT_ONCE } from './expanded-cache.ts';
import { packageInvalid } from './invalid.ts';
import { type PackedTar, readDebLayout } from './layout.ts';
import {
  collectExpansion,
  type ExpandedTar,
  type Expansion,
  MEMORY_LIMIT,
  openExpansion,
  temporaryPath,
} from './store.ts';

export interface OpenDebOptions {
  /** Where decompressed data is kept for the next image; without it nothing is kept. */
  readonly expandedCache?: string;
  /** For data above 64 MiB; the system's by default, the cache when there is one. */
  readonly temporaryDirectory?: string;
  /** Threads for xz and zstd; those of the process by default. */
  readonly pool?: ExpandPool;
  /** Names the package in messages; its file name by default. */
  readonly what?: string;
}

/** Below this many compressed bytes a thread costs more than it saves. */
const THREAD_WORTH = 64 * 1024;

/**
 * Opens a Debian binary package (deb(5)) whose hash was already verified. Several may be opened at the same time; their
 * data is decompressed in parallel. The caller must `close()` it, after which members can no longer be read.
 * @throws SutureError PACKAGE_INVALID, PATH_UNSAFE, LIMIT_EXCEEDED; FILE_UNREADABLE when there is no such file
 */
export async function openDeb(file: string, options: OpenDebOptions = {}): Promise<DebArchive> {
  const what = options.what ?? basename(file);
  const descriptor = openFile(file);
  try {
    const layout = readDebLayout(descriptor, fstatSync(descriptor).size, what);
    const controlTar = await collect(
      expandMember(descriptor, layout.control, LIMITS.packageControl, what),
      LIMITS.packageControl,
      `${what}, control.tar,`,
    );
    const area = readControlArea(controlTar, what);
    const data = await openData(file, descriptor, layout.data, what, options);
    try {
      const members = await readDataMembers(data, what);
      data.release?.();
      return { ...area, members, close: () => data.close() };
    } catch (error) {
      data.close();
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `the package file ${file} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function openData(
  file: string,
  descriptor: number,
  member: PackedTar,
  what: string,
  options: OpenDebOptions,
): Promise<ExpandedTar> {
  if (options.expandedCache === undefined) {
    return openExpansion(
      await expandData(file, descriptor, member, what, temporaryPath(options.temporaryDirectory), options),
    );
  }
  const cache = new ExpandedCache(options.expandedCache);
  const key = await compressedDigest(descriptor, member);
  const entry = `${options.expandedCache} ${key}`;
  do {
    // Whether the other succeeds or not: what it left in the cache is judged below.
    while (underWay.has(entry)) await underWay.get(entry)?.catch(() => {});
    const found = await cache.find(key);
    if (found !== undefined) return found;
  } while (underWay.has(entry));
  const expansion = expandData(file, descriptor, member, what, cache.temporaryPath(), options);
  const kept = expansion.then((expanded) => cache.keep(key, expanded)).finally(() => underWay.delete(entry));
  underWay.set(entry, kept);
  return kept;
}

/** Data that is being decompressed into a cache: the platforms of an image have packages in common, at the same moment. */
const underWay = new Map<string, Promise<ExpandedTar>>();

async function expandData(
  file: string,
  descriptor: number,
  member: PackedTar,
  what: string,
  spool: string,
  options: OpenDebOptions,
): Promise<Expansion> {
  const { compression } = member;
  // What goes to the cache anyway needs not pass through the memory of two threads.
  const memoryLimit = options.expandedCache === undefined ? MEMORY_LIMIT : READ_AT_ONCE;
  if ((compression !== 'xz' && compression !== 'zst') || member.size < THREAD_WORTH) {
    return collectExpansion(expandMember(descriptor, member, LIMITS.package, what), spool);
  }
  const answer = await (options.pool ?? decompressPool()).run({
    ...{ file, offset: member.offset, size: member.size, compression, spool },
    ...{ limit: LIMITS.package, ratio: LIMITS.compressionRatio, ratioFree: MEMORY_LIMIT, memoryLimit },
  });
  if (answer.kind === 'memory') return { kind: 'memory', bytes: answer.bytes, digest: `sha256:${answer.sha256}` };
  if (answer.kind === 'file')
    return { kind: 'file', path: spool, size: answer.size, digest: `sha256:${answer.sha256}` };
  const name = `${what}, ${member.name}`;
  if (answer.reason === 'limit') throw new SutureError('LIMIT_EXCEEDED', `${name} decompressed is ${answer.message}`);
  if (answer.reason === 'io')
    throw new SutureError('FILE_UNWRITABLE', `${name} cannot be decompressed: ${answer.message}`);
  throw packageInvalid(name, `the compressed data is corrupt or truncated (${answer.message})`);
}
