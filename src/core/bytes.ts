/**
 * A string in which each character is one byte (ISO 8859-1). Paths and texts of an image are bytes, not Unicode: decoded
 * this way they keep every byte, compare in byte order with `<`, and need no special case. Convert only at the edges.
 */
export type ByteString = string;

export function bytesToByteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function byteStringToBytes(text: ByteString): Buffer {
  return Buffer.from(text, 'latin1');
}

/** For showing to a person or for JSON: invalid UTF-8 becomes U+FFFD. */
export function byteStringToText(text: ByteString): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

export function textToByteString(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function compareBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
