import type { PublicKey } from 'openpgp';
import { type ByteString, byteStringToBytes, bytesToByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';

const ARMOR = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;
const PUBLIC_KEY = 6;

/** A keyring as a file gives it: where it lies, for messages, and its content. */
export interface KeyringFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Keyring {
  readonly names: readonly string[];
  readonly keys: readonly PublicKey[];
  /** Keys and files that cannot be used, with the reason. */
  readonly notes: readonly string[];
}

/**
 * Reads keyrings, binary or armored by their content (not their name), with any number of keys. A key that the OpenPGP
 * library cannot read (long outdated kinds) does not spoil the others: it is noted.
 */
export async function readKeyrings(files: readonly KeyringFile[]): Promise<Keyring> {
  const { readKey } = await import('openpgp');
  const keys: PublicKey[] = [];
  const notes: string[] = [];
  for (const { name, bytes } of files) {
    try {
      for (const binaryKey of (await binaryForms(bytes)).flatMap(splitKeys)) {
        try {
          keys.push((await readKey({ binaryKey })).toPublic());
        } catch (error) {
          notes.push(`a key in ${name} cannot be read: ${messageOf(error)}`);
        }
      }
    } catch (error) {
      notes.push(`${name} is not a usable keyring: ${messageOf(error)}`);
    }
  }
  return { names: files.map(({ name }) => name), keys, notes };
}

async function binaryForms(bytes: Uint8Array): Promise<Uint8Array[]> {
  const first = bytes[0];
  if (first === undefined) return [];
  if (bytesToByteString(bytes.subarray(8, 12)) === 'KBXf') {
    throw new SutureError('INVALID_DATA', 'it is a GnuPG keybox; export the keys with "gpg --export"');
  }
  if ((first & 0x80) !== 0) return [bytes];
  const { unarmor } = await import('openpgp');
  const blocks: ByteString[] = bytesToByteString(bytes).match(ARMOR) ?? [];
  if (blocks.length === 0) throw new SutureError('INVALID_DATA', 'it is neither a binary nor an armored keyring');
  return Promise.all(
    blocks.map(async (block) => {
      const { data } = (await unarmor(block.replaceAll('\r\n', '\n'))) as { data: unknown };
      return typeof data === 'string' ? byteStringToBytes(data) : (data as Uint8Array);
    }),
  );
}

/** Cuts a sequence of packets before each public-key packet (RFC 9580, section 4.2). */
export function splitKeys(bytes: Uint8Array): Uint8Array[] {
  const starts: number[] = [];
  let position = 0;
  while (position < bytes.length) {
    const { tag, end } = packetAt(bytes, position);
    if (tag === PUBLIC_KEY) starts.push(position);
    position = end;
  }
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

function packetAt(bytes: Uint8Array, start: number): { tag: number; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (): never => {
    throw new SutureError('INVALID_DATA', `the packet at byte ${start} is malformed or truncated`);
  };
  const within = (offset: number, length: number): number => (offset + length <= bytes.length ? offset : fail());
  const first = view.getUint8(within(start, 1));
  const lengthAt = start + 1;
  let tag: number;
  let body: number;
  let length: number;
  if ((first & 0xc0) === 0xc0) {
    tag = first & 0x3f;
    const octet = view.getUint8(within(lengthAt, 1));
    if (octet < 192) [body, length] = [lengthAt + 1, octet];
    else if (octet < 224) {
      [body, length] = [lengthAt + 2, ((octet - 192) << 8) + view.getUint8(within(lengthAt + 1, 1)) + 192];
    } else if (octet === 255) [body, length] = [lengthAt + 5, view.getUint32(within(lengthAt + 1, 4))];
    else return fail();
  } else if ((first & 0x80) !== 0) {
    tag = (first >> 2) & 0x0f;
    const kind = first & 3;
    if (kind === 0) [body, length] = [lengthAt + 1, view.getUint8(within(lengthAt, 1))];
    else if (kind === 1) [body, length] = [lengthAt + 2, view.getUint16(within(lengthAt, 2))];
    else if (kind === 2) [body, length] = [lengthAt + 4, view.getUint32(within(lengthAt, 4))];
    else return fail();
  } else return fail();
  return { tag, end: within(body, length) + length };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
