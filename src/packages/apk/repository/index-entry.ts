import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';

/** A package as a repository's index offers it; texts as stored. */
export interface IndexEntry {
  readonly name: ByteString;
  readonly version: ByteString;
  readonly architecture: ByteString;
  /** `Q1…`: identity of the control segment, which proves the whole package. */
  readonly identity: ByteString;
  readonly origin: ByteString;
  /** Bytes of the package file. */
  readonly size: number;
  readonly installedSize: number;
  /** Seconds since the epoch; 0 when not given. */
  readonly buildTime: number;
  readonly providerPriority: number;
  readonly depends: readonly ByteString[];
  readonly provides: readonly ByteString[];
  readonly installIf: readonly ByteString[];
  /** By letter, as written. */
  readonly fields: ReadonlyMap<string, ByteString>;
}

/** Fields that apk knows; a package with another upper-case one is not installable (APKINDEX, apk-v2(5)). */
const KNOWN_UPPER = new Set('CPVASITULDFMRZ');

/**
 * Parses an APKINDEX. Packages that apk would not install (unknown upper-case fields, no SHA-1 identity) are left out.
 * @throws SutureError REPOSITORY_INVALID
 */
export function parseIndex(bytes: Uint8Array, what: string): IndexEntry[] {
  const entries: IndexEntry[] = [];
  for (const stanza of bytesToByteString(bytes).split('\n\n')) {
    const fields = new Map<string, ByteString>();
    for (const line of stanza.split('\n')) {
      if (line === '') continue;
      if (line.charAt(1) !== ':') throw invalid(what, `"${line.slice(0, 60)}" is not a field`);
      fields.set(line.charAt(0), line.slice(2));
    }
    if (fields.size === 0) continue;
    const entry = entryOf(fields, what);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function entryOf(fields: ReadonlyMap<string, ByteString>, what: string): IndexEntry | undefined {
  const name = fields.get('P') ?? '';
  const version = fields.get('V') ?? '';
  if (name === '' || version === '') throw invalid(what, 'a package has no name or version');
  if (/[/\0]/.test(name + version)) throw invalid(what, `the package name "${name.slice(0, 100)}" is unsafe`);
  for (const letter of fields.keys()) if (/[A-Z]/.test(letter) && !KNOWN_UPPER.has(letter)) return undefined;
  const identity = fields.get('C') ?? '';
  if (!/^Q1[A-Za-z0-9+/]{27}=$/.test(identity)) return undefined;
  const words = (letter: string): ByteString[] => (fields.get(letter) ?? '').split(' ').filter((word) => word !== '');
  const number = (letter: string): number => {
    const text = fields.get(letter) ?? '0';
    if (!/^\d{1,15}$/.test(text)) throw invalid(what, `${name} has the field ${letter}: "${text.slice(0, 40)}"`);
    return Number(text);
  };
  return {
    name,
    version,
    architecture: fields.get('A') ?? '',
    identity,
    origin: fields.get('o') ?? '',
    size: number('S'),
    installedSize: number('I'),
    buildTime: number('t'),
    providerPriority: number('k'),
    depends: words('D'),
    provides: words('p'),
    installIf: words('i'),
    fields,
  };
}

function invalid(what: string, detail: string): SutureError {
  return new SutureError('REPOSITORY_INVALID', `${what}: ${detail}`);
}
