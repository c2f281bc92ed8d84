import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { Conffile, DebArchive, InstalledDeb } from '../types.ts';
import type { FileOwners, PackageKey } from './file-owners.ts';

/** dpkg's word for a conffile that the package did not have before. */
export const NEW_CONFFILE = 'newconffile';

/**
 * Conffiles of a package that is being unpacked, in the order in which the status file will list them, with the hash
 * that each had as the old version shipped it.
 */
export interface ConffileList {
  readonly entries: Conffile[];
  /** Paths that the archive ships as conffiles (not those marked `remove-on-upgrade`). */
  readonly shipped: ReadonlySet<ByteString>;
}

/**
 * Reads the `conffiles` control member (deb-conffiles(5)). The old hash comes from whichever installed package lists the
 * path and recorded it as a conffile, the package itself first: so a conffile may move between packages unasked.
 * @throws SutureError PACKAGE_INVALID
 */
export function readConffileList(
  archive: DebArchive,
  key: PackageKey,
  owners: FileOwners,
  records: ReadonlyMap<PackageKey, InstalledDeb>,
): ConffileList {
  const entries: Conffile[] = [];
  const shipped = new Set<ByteString>();
  const text = bytesToByteString(archive.controlFiles.get('conffiles')?.content ?? new Uint8Array());
  for (const line of text.split('\n')) {
    const entry = line.trimEnd();
    if (entry === '') continue;
    const removeOnUpgrade = entry.startsWith('remove-on-upgrade ');
    const path = removeOnUpgrade ? entry.slice('remove-on-upgrade '.length) : entry;
    if (!path.startsWith('/'))
      throw new SutureError('PACKAGE_INVALID', `${key} has an invalid conffiles line "${entry}"`);
    if (!removeOnUpgrade) shipped.add(path);
    entries.push({ path, md5: recordedHash(path, key, owners, records), obsolete: false, removeOnUpgrade });
  }
  return { entries, shipped };
}

function recordedHash(
  path: ByteString,
  key: PackageKey,
  owners: FileOwners,
  records: ReadonlyMap<PackageKey, InstalledDeb>,
): string {
  const listed = owners.of(path).toSorted((a, b) => Number(b === key) - Number(a === key));
  for (const owner of listed) {
    const recorded = records.get(owner)?.conffiles.find((conffile) => conffile.path === path);
    if (recorded !== undefined) return recorded.md5;
  }
  return NEW_CONFFILE;
}
