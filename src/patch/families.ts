import { SutureError } from '../core/errors/error.ts';
import type { VirtualTree } from '../oci/tree/types.ts';
import { apkFamily } from '../packages/apk/family.ts';
import { CHISEL_MANIFEST_PATH } from '../packages/deb/chisel/manifest.ts';
import { debFamily } from '../packages/deb/family.ts';
import type { PackageFamily } from '../packages/family.ts';
import type { OperatingSystem } from './os-release.ts';

/** Families that can be patched. */
const FAMILIES: readonly PackageFamily[] = [debFamily, apkFamily];

/** Databases that are recognised, so that the refusal names what it is instead of "unknown". */
const OTHER_DATABASES = [
  ['chisel', `/${CHISEL_MANIFEST_PATH}`],
  ['rpm', '/var/lib/rpm'],
  ['rpm', '/usr/lib/sysimage/rpm'],
  ['rpm', '/usr/share/rpm'],
  ['rpm', '/var/lib/rpmmanifest'],
] as const;

/** Packages that an image has, but that nothing here can apply: rpm, and slices of Ubuntu's packages (chisel). */
export function familyWithoutEngine(tree: VirtualTree): 'rpm' | 'chisel' | undefined {
  return OTHER_DATABASES.find(([, path]) => tree.stat(path) !== undefined)?.[0];
}

/**
 * The family whose database the image has. Unknown is not clean: an image without a database is refused.
 * @throws SutureError OS_UNKNOWN, FAMILY_UNSUPPORTED
 */
export function familyOf(tree: VirtualTree, os: OperatingSystem): PackageFamily {
  const family = FAMILIES.find((candidate) => candidate.detect(tree));
  if (family !== undefined) return family;
  const name = os.prettyName || 'no os-release';
  switch (familyWithoutEngine(tree)) {
    case 'chisel':
      throw new SutureError(
        'FAMILY_UNSUPPORTED',
        `the image (${name}) is made of slices of packages by chisel, which cannot be exchanged one by one`,
        {
          fix: 'Build the image again with `chisel cut`: it takes the slices from the newest packages of the archive.',
        },
      );
    case 'rpm':
      throw new SutureError(
        'FAMILY_UNSUPPORTED',
        `the image (${name}) has rpm packages, for which there is no engine yet`,
        { fix: 'See what it needs with `suture plan`; rebuild it from an updated base until there is one.' },
      );
    case undefined:
  }
  throw new SutureError('OS_UNKNOWN', `the image (${name}) has no package database`);
}
