import { ADMIN } from '../database/admin-file.ts';
import { infoName } from '../database/info.ts';
import type { DebArchive, InstalledDeb } from '../types.ts';
import { md5Of } from './conffiles.ts';
import type { Installation } from './installation.ts';
import type { Unpacked } from './unpack.ts';

/**
 * Replaces the control files in info/ by those of the new version (dpkg pkg_infodb_update): all but `control` and
 * `list`, names with a dot left out; `md5sums` is made when the package has none. When the package's name there changes
 * (it became or ceased to be `Multi-Arch: same`) the files of the old name go.
 */
export function updateInfoFiles(
  installation: Installation,
  archive: DebArchive,
  record: InstalledDeb,
  before: InstalledDeb | undefined,
  unpacked: Unpacked,
): void {
  const { tree } = installation;
  const info = installation.info();
  for (const file of info.files(record)) {
    if (file !== 'list' && !archive.controlFiles.has(file)) tree.remove(info.path(record, file));
  }
  if (before !== undefined && infoName(before) !== infoName(record)) {
    for (const file of info.files(before)) tree.remove(info.path(before, file));
  }
  for (const [file, { content, mode, mtime }] of archive.controlFiles) {
    if (file === 'control' || file === 'list' || file.includes('.')) continue;
    tree.writeFile(info.path(record, file), content, { mode, uid: 0, gid: 0, mtime });
  }
  if (archive.controlFiles.has('md5sums')) return;
  const sums = unpacked.list.flatMap((path) => {
    const content = unpacked.contents.get(path);
    return content === undefined ? [] : [`${md5Of(content.read())}  ${path.slice(1)}\n`];
  });
  installation.write(`${ADMIN}/info/${infoName(record)}.md5sums`, sums.join(''));
}
