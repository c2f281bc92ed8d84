import { SutureError } from '../core/errors/error.ts';
import type { VirtualTree } from '../oci/tree/types.ts';
import { apkFamily } from '../packages/apk/family.ts';
import { debFamily } from '../packages/deb/family.ts';
import type { PackageFamily } from '../packages/family.ts';
import type { OperatingSystem } from './os-release.ts';

/** Families that can be patched. */
const FAMILIES: readonly PackageFamily[] = [debFamily, apkFamily];

/** Databases of families that are recognised, so that the refusal names the family instead of "unknown". */
const OTHER_DATABASES = [
  ['rpm', '/var/lib/rpm'],
  ['rpm', '/usr/lib/sysimage/rpm'],
  ['rpm', '/var/lib/rpmmanifest'],
] as const;

/**
 * The family whose database the image has. Unknown is not clean: an image without a database is refused.
 * @throws SutureError OS_UNKNOWN, FAMILY_UNSUPPORTED
 */
export function familyOf(tree: VirtualTree, os: OperatingSystem): PackageFamily {
  const family = FAMILIES.find((candidate) => candidate.detect(tree));
  if (family !== undefined) return family;
  const name = os.prettyName || 'no os-release';
  const other = OTHER_DATABASES.find(([, path]) => tree.stat(path) !== undefined);
  if (other !== undefined)
    throw new SutureError(
      'FAMILY_UNSUPPORTED',
      `the image (${name}) has ${other[0]} packages, for which there is no engine yet`,
    );
  throw new SutureError('OS_UNKNOWN', `the image (${name}) has no package database`);
}
