import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import type { InstalledApk } from '../types.ts';
import { compareApkVersions } from '../version/compare.ts';

/** How the apk of an image writes its database: releases differ. */
export interface Dialect {
  /** `sorted` since 2.14: records by name. Before, new records come last. */
  readonly installed: 'sorted' | 'appended';
  /** Before 2.12 every entry of scripts.tar has the time of the run, since then that of the package's build. */
  readonly scriptTimes: 'run' | 'build';
  /** apk 3: identities as `X1<hex>`, scripts, triggers and files sorted, `.apk-new` files removed with their packages. */
  readonly isVersion3: boolean;
  /** File name of the scripts archive. */
  readonly scriptsFile: 'scripts.tar' | 'scripts.tar.gz';
}

/**
 * Taken from the apk-tools in the image; without it (images made by apko or by `apk --root`) from the traces that the
 * releases leave.
 */
export function dialectOf(installed: readonly InstalledApk[], tree: VirtualTree, directory: ByteString): Dialect {
  const version = installed.find(({ name }) => name === 'apk-tools')?.version;
  const zipped =
    tree.stat(`${directory}/scripts.tar`) === undefined && tree.stat(`${directory}/scripts.tar.gz`) !== undefined;
  const isVersion3 = version === undefined ? zipped : compareApkVersions(version, '3.0.0_pre1') >= 0;
  const isSorted = version === undefined ? hasSortedNames(installed) : compareApkVersions(version, '2.13') >= 0;
  return {
    installed: isSorted || isVersion3 ? 'sorted' : 'appended',
    scriptTimes: version !== undefined && compareApkVersions(version, '2.12') < 0 ? 'run' : 'build',
    isVersion3,
    scriptsFile: zipped ? 'scripts.tar.gz' : 'scripts.tar',
  };
}

function hasSortedNames(installed: readonly InstalledApk[]): boolean {
  return installed.every(({ name }, index) => {
    const before = installed[index - 1];
    return before === undefined || before.name <= name;
  });
}
