import { SutureError } from '../../../core/errors/error.ts';

/** The file format of bbolt (go.etcd.io/bbolt), version 2, little-endian as x86-64 and arm64 write it. */
export const PAGE_HEADER = 16;
export const ELEMENT = 16;
export const BUCKET_HEADER = 16;
export const BRANCH_PAGE = 0x01;
export const LEAF_PAGE = 0x02;
export const META_PAGE = 0x04;
export const BUCKET_ELEMENT = 0x01;
/** magic, version, pageSize, flags, root {pgid, sequence}, freelist, high water, txid, checksum. */
export const META_BODY = 64;
const META_SUMMED = 56;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
export const SMALLEST_PAGE = 1024;
export const LARGEST_PAGE = 65536;

export interface Meta {
  readonly pageSize: number;
  /** Page of the root bucket. */
  readonly root: number;
  /** One past the last page in use. */
  readonly highWater: number;
  readonly transaction: bigint;
}

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  /** Pages that this one owns besides itself. */
  readonly overflow: number;
}

export function databaseInvalid(name: string, why: string, cause?: unknown): SutureError {
  return new SutureError('DATABASE_INVALID', `${name}: ${why}`, cause === undefined ? {} : { cause });
}

export function readPageHeader(bytes: Buffer): PageHeader {
  return {
    id: readPageId(bytes, 0),
    flags: bytes.readUInt16LE(8),
    count: bytes.readUInt16LE(10),
    overflow: bytes.readUInt32LE(12),
  };
}

/** Page numbers are u64; those above 2^53 are no page of any file and come out as infinity. */
export function readPageId(bytes: Buffer, offset: number): number {
  const high = bytes.readUInt32LE(offset + 4);
  return high > 0x1fffff ? Number.POSITIVE_INFINITY : high * 0x1_0000_0000 + bytes.readUInt32LE(offset);
}

/** The meta data of a meta page (header included), or undefined when it is not one or its checksum is wrong. */
export function readMeta(page: Buffer): Meta | undefined {
  if (page.length < PAGE_HEADER + META_BODY || readPageHeader(page).flags !== META_PAGE) return undefined;
  const body = page.subarray(PAGE_HEADER, PAGE_HEADER + META_BODY);
  if (body.readUInt32LE(0) !== MAGIC || body.readUInt32LE(4) !== VERSION) return undefined;
  if (body.readBigUInt64LE(META_SUMMED) !== fnv1a64(body.subarray(0, META_SUMMED))) return undefined;
  const pageSize = body.readUInt32LE(8);
  if (pageSize < SMALLEST_PAGE || pageSize > LARGEST_PAGE || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    root: readPageId(body, 16),
    highWater: readPageId(body, 40),
    transaction: body.readBigUInt64LE(48),
  };
}

/** FNV-1a, 64 bits: the checksum of a meta page. */
export function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}
