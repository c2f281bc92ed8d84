import { TarDecoder } from './decoder.ts';
import type { TarMember } from './entry.ts';
import { BLOCK, paddingOf, tarInvalid } from './fields.ts';

/**
 * Reads an archive that is in memory, without copying: `data` are views of `bytes`. Same rules and errors as readTar.
 */
export function readTarBuffer(bytes: Uint8Array, what: string): TarMember[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TarDecoder(what);
  const members: TarMember[] = [];
  let at = 0;
  const take = (size: number): Buffer => {
    if (at + size > buffer.length) throw tarInvalid(what, 'the archive is truncated');
    at += size;
    return buffer.subarray(at - size, at);
  };
  while (at < buffer.length) {
    const step = decoder.block(take(BLOCK), at);
    if (step.kind === 'zero') {
      const second = buffer.subarray(at, at + BLOCK);
      if (second.some((byte) => byte !== 0)) throw tarInvalid(what, 'a single zero block lies between members');
      break;
    }
    const size = step.kind === 'entry' ? step.header.size : step.size;
    const data = take(size);
    if (step.kind === 'extension') decoder.extension(data);
    if (step.kind === 'entry') members.push({ ...step.header, data });
    take(paddingOf(size));
  }
  if (decoder.dangling) throw tarInvalid(what, 'the archive is truncated');
  return members;
}
