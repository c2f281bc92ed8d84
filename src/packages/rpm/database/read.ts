import { isSutureError } from '../../../core/errors/error.ts';
import { RpmHeader } from '../header/header.ts';
import { RPM_TAGS } from '../header/tags.ts';
import type { InstalledRpm, RpmBackend, RpmDatabase } from '../types.ts';
import { isBdb, readBdb } from './bdb.ts';
import { unreadable } from './invalid.ts';
import { isNdb, readNdb } from './ndb.ts';
import { isSqlite, readSqlitePackages } from './sqlite.ts';

/**
 * Where rpm keeps its database, relative to the root, by backend. Fedora 36, SUSE and EL10 keep it below usr/lib/sysimage,
 * rpm-ostree below usr/share. The backend is told by the content, not the name.
 */
export const RPM_DATABASE_PATHS: readonly string[] = [
  ...['var/lib/rpm', 'usr/lib/sysimage/rpm'].flatMap((directory) =>
    ['Packages', 'Packages.db', 'rpmdb.sqlite'].map((file) => `${directory}/${file}`),
  ),
  'usr/share/rpm/rpmdb.sqlite',
];

/** The list of CBL-Mariner and Azure Linux distroless images, in place of a database. */
export const RPM_MANIFEST_PATH = 'var/lib/rpmmanifest/container-manifest-2';

const BACKENDS = [
  { backend: 'sqlite', is: isSqlite, read: readSqlitePackages },
  { backend: 'ndb', is: isNdb, read: readNdb },
  { backend: 'bdb', is: isBdb, read: readBdb },
] as const satisfies readonly {
  readonly backend: RpmBackend;
  is(file: Uint8Array): boolean;
  read(file: Uint8Array, what: string): Uint8Array[];
}[];

/**
 * Reads an rpm database of any backend from the bytes of its one file.
 * @param what Names the file in messages, for example `var/lib/rpm/Packages`.
 * @throws SutureError DATABASE_UNREADABLE; a damaged record spoils the whole: a list with a gap would look complete
 */
export function readRpmDatabase(file: Uint8Array, what: string): RpmDatabase {
  const { backend, headers } = readRpmHeaders(file, what);
  return { backend, packages: headers.map((header, index) => packageOf(header, `record ${index + 1} of ${what}`)) };
}

/** The headers of a database, each checked, in the order of the file. @throws SutureError DATABASE_UNREADABLE */
export function readRpmHeaders(file: Uint8Array, what: string): { backend: RpmBackend; headers: readonly RpmHeader[] } {
  const format = BACKENDS.find(({ is }) => is(file));
  if (format === undefined) throw unreadable(what, 'it is neither SQLite nor ndb nor Berkeley DB');
  const blobs = readBlobs(() => format.read(file, what), what);
  const headers = blobs.map((blob, index) => RpmHeader.parse(blob, `record ${index + 1} of ${what}`));
  return { backend: format.backend, headers };
}

/** The readers check what they follow; an offset that still leads out of the file ends as what it is, a damaged file. */
function readBlobs(read: () => Uint8Array[], what: string): Uint8Array[] {
  try {
    return read();
  } catch (error) {
    if (isSutureError(error) || !(error instanceof RangeError)) throw error;
    throw unreadable(what, 'an offset in it leads outside the file');
  }
}

function packageOf(header: RpmHeader, what: string): InstalledRpm {
  const name = header.string(RPM_TAGS.name) ?? '';
  const version = header.string(RPM_TAGS.version) ?? '';
  if (name === '' || version === '') throw unreadable(what, 'a package has no name or version');
  return {
    name,
    epoch: header.numbers(RPM_TAGS.epoch)[0] ?? 0,
    version,
    release: header.string(RPM_TAGS.release) ?? '',
    arch: header.string(RPM_TAGS.arch) ?? '',
    sourceRpm: header.string(RPM_TAGS.sourceRpm) ?? '',
    vendor: header.string(RPM_TAGS.vendor) ?? '',
    license: header.string(RPM_TAGS.license) ?? '',
    modularityLabel: header.string(RPM_TAGS.modularityLabel) ?? '',
    sigMd5: Buffer.from(header.bytes(RPM_TAGS.sigMd5) ?? []).toString('hex'),
    provides: header.strings(RPM_TAGS.provideName),
    requires: header.strings(RPM_TAGS.requireName),
  };
}

/** `bash-5.1.8-6.el9.src.rpm` → bash, 5.1.8, 6.el9; undefined for a name of another shape. */
export function parseSourceRpm(
  file: string,
): { readonly name: string; readonly version: string; readonly release: string } | undefined {
  const match = /^(.+)-([^-]+)-([^-]+)\.[^.-]+\.rpm$/.exec(file);
  return match?.[1] === undefined ? undefined : { name: match[1], version: match[2] ?? '', release: match[3] ?? '' };
}
