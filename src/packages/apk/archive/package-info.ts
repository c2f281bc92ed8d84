import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { packageInvalid } from './invalid.ts';

/** `.PKGINFO` of a package, apk-package(5): what the index does not say, and what proves the data. */
export interface PackageInfo {
  readonly name: ByteString;
  readonly version: ByteString;
  /** Bytes installed; 0 for a package that only has dependencies, which apk does not unpack. */
  readonly installedSize: number;
  /** SHA-256 of the data segment in hex; undefined when the package names none. */
  readonly dataHash?: string;
  readonly replaces: readonly ByteString[];
  readonly replacesPriority: number;
  /** Directory patterns. */
  readonly triggers: readonly ByteString[];
  /** Every field by name, in order. */
  readonly fields: ReadonlyMap<string, readonly ByteString[]>;
}

/** Parses `key = value` lines; `#` comments and lines of another form are ignored, as apk does. @throws SutureError PACKAGE_INVALID */
export function parsePackageInfo(bytes: Uint8Array, what: string): PackageInfo {
  const fields = new Map<string, ByteString[]>();
  for (const line of bytesToByteString(bytes).split('\n')) {
    const border = line.indexOf(' = ');
    if (line.startsWith('#') || border < 1) continue;
    const key = line.slice(0, border);
    const values = fields.get(key) ?? [];
    values.push(line.slice(border + 3));
    fields.set(key, values);
  }
  const last = (key: string): ByteString | undefined => fields.get(key)?.at(-1);
  const name = last('pkgname');
  const version = last('pkgver');
  if (!name || !version) throw packageInvalid(what, '.PKGINFO has no pkgname or pkgver');
  const dataHash = last('datahash');
  if (dataHash !== undefined && !/^[0-9a-f]{64}$/.test(dataHash)) {
    throw packageInvalid(what, '.PKGINFO has a datahash that is not a SHA-256');
  }
  return {
    name,
    version,
    installedSize: number(last('size')),
    ...(dataHash === undefined ? {} : { dataHash }),
    replaces: words(fields.get('replaces')),
    replacesPriority: number(last('replaces_priority')),
    triggers: words(fields.get('triggers')?.slice(-1)),
    fields,
  };
}

function number(text: ByteString | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function words(values: readonly ByteString[] = []): ByteString[] {
  return values.flatMap((value) => value.split(' ').filter((word) => word !== ''));
}
