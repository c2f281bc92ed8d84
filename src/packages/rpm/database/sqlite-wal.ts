const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;

/**
 * An SQLite database with the committed changes of its write-ahead log applied: a process that was killed, or an image
 * that was taken while rpm had the database open, leaves them there (SQLite file format, "The Write-Ahead Log"). Frames
 * count up to the last commit whose salts and running checksum are right; a log without one changes nothing.
 */
export function withWriteAheadLog(database: Uint8Array, log: Uint8Array): Uint8Array {
  const pages = committedPages(log);
  if (pages === undefined) return database;
  const result = Buffer.alloc(Math.max(pages.size * pages.pageSize, 0));
  result.set(database.subarray(0, result.length));
  for (const [page, content] of pages.contents) {
    if (page <= pages.size) result.set(content, (page - 1) * pages.pageSize);
  }
  return result;
}

/** True when a log holds changes that readers of the database must see. */
export function hasCommittedChanges(log: Uint8Array): boolean {
  return committedPages(log) !== undefined;
}

interface CommittedPages {
  readonly pageSize: number;
  /** Pages of the database after the last commit. */
  readonly size: number;
  readonly contents: ReadonlyMap<number, Uint8Array>;
}

function committedPages(bytes: Uint8Array): CommittedPages | undefined {
  const log = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (log.length < HEADER) return undefined;
  // The lowest bit of the magic number tells the byte order of the checksums.
  const magic = log.readUInt32BE(0);
  if ((magic & 0xfffffffe) >>> 0 !== MAGIC) return undefined;
  const sum = new RunningSum((magic & 1) === 1);
  const pageSize = log.readUInt32BE(8);
  sum.add(log, 0, 24);
  if (pageSize < 512 || pageSize > 65536 || !sum.equals(log, 24)) return undefined;
  const pending = new Map<number, Uint8Array>();
  let committed: CommittedPages | undefined;
  for (let at = HEADER; at + FRAME_HEADER + pageSize <= log.length; at += FRAME_HEADER + pageSize) {
    const body = at + FRAME_HEADER;
    sum.add(log, at, at + 8);
    sum.add(log, body, body + pageSize);
    const sameSalts = log.compare(log, 16, 24, at + 8, at + 16) === 0;
    if (!sameSalts || !sum.equals(log, at + 16)) break;
    pending.set(log.readUInt32BE(at), log.subarray(body, body + pageSize));
    const size = log.readUInt32BE(at + 4);
    if (size > 0) committed = { pageSize, size, contents: new Map(pending) };
  }
  // A page count that only a damaged log could have would fill memory; real logs grow a database by what they hold.
  return committed !== undefined && committed.size * pageSize <= MAX_DATABASE ? committed : undefined;
}

const MAX_DATABASE = 512 * 1024 * 1024;

/** SQLite's checksum: two sums over pairs of 32-bit words, each depending on the other. */
class RunningSum {
  readonly #bigEndian: boolean;
  #first = 0;
  #second = 0;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  add(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at += 8) {
      this.#first = (this.#first + this.#word(bytes, at) + this.#second) >>> 0;
      this.#second = (this.#second + this.#word(bytes, at + 4) + this.#first) >>> 0;
    }
  }

  equals(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second;
  }

  #word(bytes: Buffer, at: number): number {
    return this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}
