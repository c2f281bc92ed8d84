import { createHash } from 'node:crypto';
import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';

/** One DER element: its tag, its content, and where the next one begins. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly end: number;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const UTF8_STRING = 0x0c;
const VERSION = 0xa0;

/** Character string types that OpenSSL canonicalises (ASN1_MASK_CANON), and how their bytes are decoded. */
const STRING_ENCODINGS: ReadonlyMap<number, 'utf8' | 'latin1' | 'utf16be' | 'utf32be'> = new Map([
  [UTF8_STRING, 'utf8'],
  [0x13, 'latin1'], // PrintableString
  [0x14, 'latin1'], // T61String
  [0x16, 'latin1'], // IA5String
  [0x1a, 'latin1'], // VisibleString
  [0x1c, 'utf32be'], // UniversalString
  [0x1e, 'utf16be'], // BMPString
]);

/** The DER of every PEM block of a text with its label, in order. */
export function readPemBlocks(text: ByteString): readonly { readonly label: string; readonly der: Buffer }[] {
  return [...text.matchAll(/^-----BEGIN ([^-\n]+)-----\r?\n([\s\S]*?)^-----END \1-----/gm)].map((match) => ({
    label: match[1] ?? '',
    der: Buffer.from(match[2] ?? '', 'base64'),
  }));
}

/**
 * The subject hash that names a certificate's link in a hashed directory (`openssl x509 -subject_hash`): the first four
 * bytes, little-endian, of the SHA-1 of the canonical subject name (crypto/x509/x_name.c, x509_name_canon), in 8 hex digits.
 * @throws RangeError when the bytes are not a certificate.
 */
export function subjectHash(certificate: Buffer): string {
  const digest = createHash('sha1')
    .update(canonicalName(readSubject(certificate)))
    .digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}

function readSubject(certificate: Buffer): Buffer {
  const body = readElement(readElement(certificate, 0, SEQUENCE).content, 0, SEQUENCE).content;
  const fields = readElements(body);
  // version (optional), serial number, signature algorithm, issuer, validity, subject
  const subject = fields[fields[0]?.tag === VERSION ? 5 : 4];
  if (subject?.tag !== SEQUENCE) throw new RangeError('certificate without a subject');
  return subject.content;
}

function canonicalName(name: Buffer): Buffer {
  return Buffer.concat(
    readElements(name).map((relative) => {
      if (relative.tag !== SET) throw new RangeError('malformed distinguished name');
      const attributes = readElements(relative.content).map((attribute) => canonicalAttribute(attribute.content));
      return encode(SET, Buffer.concat(attributes.sort(Buffer.compare)));
    }),
  );
}

function canonicalAttribute(attribute: Buffer): Buffer {
  const type = readElement(attribute, 0);
  const value = readElement(attribute, type.end);
  const encoding = STRING_ENCODINGS.get(value.tag);
  const canonical =
    encoding === undefined
      ? attribute.subarray(type.end, value.end)
      : encode(UTF8_STRING, Buffer.from(canonicalText(decode(value.content, encoding)), 'utf8'));
  return encode(SEQUENCE, Buffer.concat([attribute.subarray(0, type.end), canonical]));
}

/** ASCII letters in lower case, white space trimmed and collapsed; everything else as it is. */
function canonicalText(text: string): string {
  return text
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
    .replace(/[ \t\n\v\f\r]+/g, ' ');
}

function decode(bytes: Buffer, encoding: 'utf8' | 'latin1' | 'utf16be' | 'utf32be'): string {
  switch (encoding) {
    case 'utf8':
    case 'latin1':
      return bytes.toString(encoding);
    case 'utf16be':
      return Buffer.from(bytes).swap16().toString('utf16le');
    case 'utf32be': {
      const points = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32BE(index * 4));
      return String.fromCodePoint(...points);
    }
  }
}

function readElements(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    elements.push(element);
    at = element.end;
  }
  return elements;
}

function readElement(bytes: Buffer, at: number, expected?: number): Element {
  const tag = bytes.readUInt8(at);
  const first = bytes.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (start + length > bytes.length || (expected !== undefined && tag !== expected)) {
    throw new RangeError(`malformed DER at byte ${at}`);
  }
  return { tag, content: bytes.subarray(start, start + length), end: start + length };
}

function encode(tag: number, content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const bytes: number[] = [];
  for (let rest = content.length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

/** Reads a text of the tree as PEM, for callers that hold bytes. */
export function readPemBytes(bytes: Uint8Array): ReturnType<typeof readPemBlocks> {
  return readPemBlocks(bytesToByteString(bytes));
}
