/** RFC 8878 with raw blocks only: valid for every decoder, and made without one. */
export function zstdFrame(bytes: Buffer): Buffer {
  const size = 128 * 1024;
  const parts: Uint8Array[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let at = 0; at < bytes.length; at += size) {
    const block = bytes.subarray(at, at + size);
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (at + size >= bytes.length ? 1 : 0), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}
