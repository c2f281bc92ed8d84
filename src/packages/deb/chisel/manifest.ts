import { Decompress } from 'fzstd';
import { z } from 'zod';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../../core/limits.ts';
import { isValidDebVersion } from '../version/validate.ts';

/** Where chisel writes what it cut, relative to the root (`generate: manifest` of its release definitions). */
export const CHISEL_MANIFEST_PATH = 'var/lib/chisel/manifest.wall';

/** Small pieces, so that a bomb is seen before it has unfolded. */
const INPUT_PIECE = 64 * 1024;
const SCHEMA = '1.0';

/** A Debian package of which an image has slices; the manifest does not name its source. */
export interface ChiselPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** `sha256:…` of the .deb, when the manifest says it. */
  readonly digest?: string;
}

const header = z.object({ jsonwall: z.literal('1.0'), schema: z.string(), count: z.int().min(0).optional() });
const entry = z.object({ kind: z.string() });
const packageEntry = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9+.-]{0,254}$/),
  version: z.string().refine(isValidDebVersion),
  arch: z
    .string()
    .regex(/^[a-z0-9-]*$/)
    .optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/**
 * Packages of chisel's manifest: a "jsonwall" (a header and one JSON object per line, sorted) compressed with zstd.
 * @throws SutureError DATABASE_UNREADABLE; a damaged line spoils the whole: a list with a gap would look complete
 */
export function readChiselManifest(bytes: Uint8Array, what: string): readonly ChiselPackage[] {
  const [first = '', ...lines] = decompressed(bytes, what).split('\n');
  const head = header.safeParse(parsed(first, what));
  if (!head.success) throw unreadable(what, 'it does not begin as a jsonwall');
  if (head.data.schema !== SCHEMA) throw unreadable(what, `its schema is ${head.data.schema}, not ${SCHEMA}`);
  const entries = lines.filter((line) => line !== '').map((line) => parsed(line, what));
  const { count } = head.data;
  // The header counts itself.
  if (count !== undefined && count !== entries.length + 1)
    throw unreadable(what, `it has ${entries.length + 1} lines, not ${count} as its header says`);
  return entries.flatMap((value) => {
    const kind = entry.safeParse(value);
    if (!kind.success) throw unreadable(what, 'a line says not what it is');
    return kind.data.kind === 'package' ? [packageOf(value, what)] : [];
  });
}

function packageOf(value: unknown, what: string): ChiselPackage {
  const found = packageEntry.safeParse(value);
  if (!found.success) throw unreadable(what, `a package is malformed: ${found.error.issues[0]?.path.join('.') ?? ''}`);
  const { name, version, arch = '', sha256 } = found.data;
  return { name, version, architecture: arch, ...(sha256 === undefined ? {} : { digest: `sha256:${sha256}` }) };
}

function parsed(line: string, what: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw unreadable(what, 'a line is not JSON', cause);
  }
}

function decompressed(bytes: Uint8Array, what: string): string {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const decoder = new Decompress((piece) => {
    size += piece.length;
    checkLimit(`${what}, decompressed,`, size, LIMITS.packageControl);
    pieces.push(piece);
  });
  try {
    for (let at = 0; at < bytes.length; at += INPUT_PIECE) decoder.push(bytes.subarray(at, at + INPUT_PIECE), false);
    decoder.push(new Uint8Array(), true);
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    if (isSutureError(error)) throw error;
    throw unreadable(what, 'it is not intact text compressed with zstd', error);
  }
}

function unreadable(what: string, detail: string, cause?: unknown): SutureError {
  return new SutureError('DATABASE_UNREADABLE', `${what} is not a manifest of chisel: ${detail}`, { cause });
}
