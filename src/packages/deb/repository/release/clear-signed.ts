import { type ByteString, bytesToByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';

export interface ClearSigned {
  /** Lines of the signed text, dash-escapes undone and trailing blanks removed; nothing else of the file may be used. */
  readonly lines: readonly ByteString[];
  /** The armored signature block. */
  readonly signature: string;
}

/** Whether a file claims to be clear-signed at all; without it there is no signature to judge. */
export function looksClearSigned(bytes: Uint8Array): boolean {
  return bytesToByteString(bytes.subarray(0, BEGIN.length)) === BEGIN;
}

/**
 * Takes a clear-signed file apart (RFC 9580, section 7) as strictly as apt does: the header line first, only `Hash:`
 * headers, every dash escaped, one signature block, and nothing before or after. So no reader can be made to see text that
 * the signature does not cover.
 * @throws SutureError REPOSITORY_UNTRUSTED
 */
export function splitClearSigned(bytes: Uint8Array, what: string): ClearSigned {
  const fail = (why: string): never => {
    throw new SutureError('REPOSITORY_UNTRUSTED', `${what} is not a valid clear-signed file: ${why}`);
  };
  const text = bytesToByteString(bytes);
  if (text.includes('\0')) fail('it holds a NUL byte');
  const lines = text.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''));
  if (lines[0] !== BEGIN) fail('there is text before the signed part');
  const blank = lines.indexOf('', 1);
  if (blank < 0) fail('its header does not end');
  for (const header of lines.slice(1, blank)) {
    if (!/^Hash: [A-Za-z0-9-]+(?:, ?[A-Za-z0-9-]+)*$/.test(header)) fail('it has a header other than Hash');
  }
  const signature = lines.indexOf(SIGNATURE, blank + 1);
  if (signature < 0) fail('it has no signature block');
  const end = lines.indexOf(END, signature + 1);
  if (end < 0) fail('its signature block does not end');
  if (lines.slice(end + 1).some((line) => line !== '')) fail('there is text after the signature');
  const signed = lines.slice(blank + 1, signature).map((line) => {
    if (!line.startsWith('-')) return line;
    return line.startsWith('- ') ? line.slice(2) : fail('a line that begins with a dash is not escaped');
  });
  return { lines: signed, signature: `${lines.slice(signature, end + 1).join('\n')}\n` };
}
