import { type ByteString, bytesToByteString } from '../../../../core/bytes.ts';

/** What ldconfig reads of a shared object. */
export interface SharedObject {
  /** DT_SONAME, when there is one. */
  readonly soname: ByteString | undefined;
  /** The cache's flags for the ABI of the file (dl-cache.h, FLAG_*). */
  readonly flags: number;
  /** `e_machine` of the header. */
  readonly machine: number;
  /** The object demands more than the baseline instruction set (GNU property X86_ISA_1_NEEDED). */
  readonly needsIsaLevel: boolean;
}

const ET_DYN = 3;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_GNU_PROPERTY = 0x6474e553;
const DT_NULL = 0n;
const DT_STRTAB = 5n;
const DT_SONAME = 14n;
const GNU_PROPERTY_X86_ISA_1_NEEDED = 0xc0008002;

const FLAG_ELF_LIBC6 = 0x0003;
const EF_ARM_ABI_FLOAT_HARD = 0x400;
const EF_ARM_ABI_FLOAT_SOFT = 0x200;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
}

/** Bounds-checked access in the byte order and word size of the file; reading outside throws RangeError. */
class ElfView {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly wide: boolean;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.wide = bytes[4] === 2;
    this.#little = bytes[5] === 1;
  }

  half(offset: number): number {
    return this.#view.getUint16(offset, this.#little);
  }

  word(offset: number): number {
    return this.#view.getUint32(offset, this.#little);
  }

  /** An address or offset: 8 bytes in 64-bit files, 4 in others. */
  native(offset: number): bigint {
    return this.wide ? this.#view.getBigUint64(offset, this.#little) : BigInt(this.word(offset));
  }
}

/**
 * Reads what ldconfig reads of a file; undefined for everything that ldconfig passes over: no ELF, a program, an object
 * for another kind of machine, or a damaged file.
 */
export function readSharedObject(bytes: Uint8Array): SharedObject | undefined {
  if (bytes.length < 52 || bytesToByteString(bytes.subarray(0, 4)) !== '\x7fELF') return undefined;
  try {
    const view = new ElfView(bytes);
    const flags = abiFlags(view);
    if (flags === undefined || view.half(16) !== ET_DYN) return undefined;
    const segments = readSegments(view);
    const dynamic = segments.findLast((segment) => segment.type === PT_DYNAMIC);
    if (dynamic === undefined || dynamic.fileSize === 0) return undefined;
    const names = readDynamic(view, dynamic, segments, bytes);
    if (names === undefined) return undefined;
    const needsIsaLevel = segments.some((s) => s.type === PT_GNU_PROPERTY && hasIsaLevel(view, s));
    return { soname: names.soname, flags, machine: view.half(18), needsIsaLevel };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** dl-cache.h and readelflib.c of each machine; undefined for machines whose flags are not known for certain. */
function abiFlags(view: ElfView): number | undefined {
  switch (view.half(18)) {
    case 62: // x86-64; 32-bit files are the x32 ABI
      return (view.wide ? 0x0300 : 0x0800) | FLAG_ELF_LIBC6;
    case 3: // i386
      return view.wide ? undefined : FLAG_ELF_LIBC6;
    case 183: // AArch64
      return view.wide ? 0x0a00 | FLAG_ELF_LIBC6 : undefined;
    case 40: {
      const flags = view.word(36);
      if ((flags & EF_ARM_ABI_FLOAT_HARD) !== 0) return 0x0900 | FLAG_ELF_LIBC6;
      return (flags & EF_ARM_ABI_FLOAT_SOFT) === 0 ? FLAG_ELF_LIBC6 : 0x0b00 | FLAG_ELF_LIBC6;
    }
    case 22: // s390
      return view.wide ? 0x0400 | FLAG_ELF_LIBC6 : FLAG_ELF_LIBC6;
    case 21: // PowerPC 64
      return 0x0500 | FLAG_ELF_LIBC6;
    default:
      return undefined;
  }
}

function readSegments(view: ElfView): Segment[] {
  const start = Number(view.native(view.wide ? 32 : 28));
  const size = view.half(view.wide ? 54 : 42);
  const count = view.half(view.wide ? 56 : 44);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return view.wide
      ? {
          type: view.word(at),
          offset: Number(view.native(at + 8)),
          address: view.native(at + 16),
          fileSize: Number(view.native(at + 32)),
        }
      : { type: view.word(at), offset: view.word(at + 4), address: view.native(at + 8), fileSize: view.word(at + 16) };
  });
}

function readDynamic(
  view: ElfView,
  dynamic: Segment,
  segments: readonly Segment[],
  bytes: Uint8Array,
): { soname: ByteString | undefined } | undefined {
  const word = view.wide ? 8 : 4;
  let strings: number | undefined;
  let soname: bigint | undefined;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.fileSize; at += 2 * word) {
    const tag = view.native(at);
    const value = view.native(at + word);
    if (tag === DT_NULL) break;
    if (tag === DT_STRTAB) strings = fileOffset(value, segments);
    if (tag === DT_SONAME) soname ??= value;
  }
  if (strings === undefined) return undefined;
  if (soname === undefined) return { soname: undefined };
  const begin = strings + Number(soname);
  const end = bytes.indexOf(0, begin);
  if (end < 0) return undefined;
  return { soname: bytesToByteString(bytes.subarray(begin, end)) };
}

function fileOffset(address: bigint, segments: readonly Segment[]): number | undefined {
  const load = segments.find(
    (s) => s.type === PT_LOAD && address >= s.address && address - s.address < BigInt(s.fileSize),
  );
  return load === undefined ? undefined : load.offset + Number(address - load.address);
}

function hasIsaLevel(view: ElfView, segment: Segment): boolean {
  const alignment = view.wide ? 8 : 4;
  // A note header, the name "GNU\0", then properties {type, size, data padded to the word size}.
  const end = segment.offset + segment.fileSize;
  let at = segment.offset + 16;
  while (at + 8 <= end) {
    // Bit 0 is the baseline of the architecture, level 0, which the cache does not record.
    if (view.word(at) === GNU_PROPERTY_X86_ISA_1_NEEDED && view.word(at + 8) > 1) return true;
    at += 8 + Math.ceil(view.word(at + 4) / alignment) * alignment;
  }
  return false;
}
