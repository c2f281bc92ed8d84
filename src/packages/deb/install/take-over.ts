import type { ByteString } from '../../../core/bytes.ts';
import { ADMIN } from '../database/admin-file.ts';
import { infoName } from '../database/info.ts';
import type { InstalledDeb } from '../types.ts';
import type { ConffileList } from './conffile-list.ts';
import type { PackageKey } from './file-owners.ts';
import { type Installation, keyOf } from './installation.ts';
import type { Diversions } from './placement.ts';
import type { Unpacked } from './unpack.ts';

/**
 * Takes the paths that were put on disk out of the lists of other packages (dpkg pkg_remove_files_from_others); a
 * conffile among them becomes obsolete there. A package that loses all its files this way disappears in dpkg, with its
 * scripts: that is left to the sandbox.
 */
export function takeOverFiles(
  installation: Installation,
  record: InstalledDeb,
  unpacked: Unpacked,
  conffiles: ConffileList,
  diversions: Diversions,
): void {
  const losers = new Set<PackageKey>();
  for (const path of unpacked.placed) {
    const diverter = diversions.divertedBy(path);
    if (diverter === record.name) continue;
    for (const key of installation.owners.of(path)) {
      const other = installation.records.get(key);
      if (other === undefined || other.name === record.name || other.name === diverter) continue;
      if (conffiles.shipped.has(path)) markObsolete(installation, other, path);
      losers.add(key);
    }
  }
  for (const key of losers) shortenList(installation, record, key, unpacked.placed);
}

function markObsolete(installation: Installation, other: InstalledDeb, path: ByteString): void {
  const current = installation.records.get(keyOf(other)) ?? other;
  const conffiles = current.conffiles.map((conffile) =>
    conffile.path === path ? { ...conffile, obsolete: true } : conffile,
  );
  installation.setRecord({ ...current, conffiles });
}

function shortenList(
  installation: Installation,
  record: InstalledDeb,
  key: PackageKey,
  placed: ReadonlySet<ByteString>,
): void {
  const other = installation.records.get(key);
  if (other === undefined) return;
  const rest = installation.owners.list(key).filter((path) => !placed.has(path));
  installation.owners.setList(key, rest);
  installation.write(`${ADMIN}/info/${infoName(other)}.list`, rest.map((path) => `${path}\n`).join(''));
  const own = rest.filter((path) => path !== '/.' && !installation.owners.isShared(path, key));
  if (own.length === 0)
    installation.block(other, 'postrm', `${record.name} takes over all its files, so that it disappears`);
}
