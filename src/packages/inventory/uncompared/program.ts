import type { UncomparedKind } from './kind.ts';

/** Reads a part of a file; never asked for bytes outside it. */
export type PartReader = (offset: number, size: number) => Uint8Array;

/** Smaller files are no programs of Go or Rust, which carry their runtime with them. */
const SMALLEST = 128 * 1024;
/** Of section headers and their names; real ones have some kilobytes. */
const LARGEST_TABLE = 256 * 1024;
const HEADER = 64;

/**
 * Sections in which these languages' tools write which modules a program was built from. Some Go programs are stripped of theirs;
 * the table of functions, which their runtime needs, stays.
 */
const KINDS: Readonly<Record<string, UncomparedKind>> = {
  '.go.buildinfo': 'go',
  '.gopclntab': 'go',
  '.dep-v0': 'rust',
};

/**
 * Go and Rust (cargo-auditable) programs by the sections of their ELF file, of which three small parts are read. A file that is
 * damaged or none of them is undefined.
 */
export function programKind(size: number, read: PartReader): UncomparedKind | undefined {
  if (size < SMALLEST) return undefined;
  const header = Buffer.from(read(0, HEADER));
  if (header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const sections = sectionTable(header);
  if (sections === undefined) return undefined;
  const { at, entry, count, namesIndex, is64, little } = sections;
  const length = entry * count;
  if (length === 0 || length > LARGEST_TABLE || namesIndex >= count || at + length > size) return undefined;
  const table = Buffer.from(read(at, length));
  const word = (offset: number) => (little ? table.readUInt32LE(offset) : table.readUInt32BE(offset));
  const names = namesIndex * entry;
  // Offsets above 4 GB are no program's: the upper halves are left out.
  const high = is64 && !little ? 4 : 0;
  const namesAt = word(names + (is64 ? 24 : 16) + high);
  const namesLength = word(names + (is64 ? 32 : 20) + high);
  if (namesLength > LARGEST_TABLE || namesAt + namesLength > size) return undefined;
  const found = Buffer.from(read(namesAt, namesLength)).toString('latin1').split('\0');
  for (const [name, kind] of Object.entries(KINDS)) if (found.includes(name)) return kind;
  return undefined;
}

interface SectionTable {
  readonly at: number;
  /** Bytes of one section header. */
  readonly entry: number;
  readonly count: number;
  readonly namesIndex: number;
  readonly is64: boolean;
  readonly little: boolean;
}

/** Fields of the ELF header (System V ABI, chapter 4). */
function sectionTable(header: Buffer): SectionTable | undefined {
  const is64 = header[4] === 2;
  const little = header[5] === 1;
  const half = (offset: number) => (little ? header.readUInt16LE(offset) : header.readUInt16BE(offset));
  const word = (offset: number) => (little ? header.readUInt32LE(offset) : header.readUInt32BE(offset));
  const counts = is64 ? 58 : 46;
  const at = is64 ? word(little ? 40 : 44) : word(32);
  const entry = half(counts);
  if (entry !== (is64 ? 64 : 40)) return undefined;
  return { at, entry, count: half(counts + 2), namesIndex: half(counts + 4), is64, little };
}
