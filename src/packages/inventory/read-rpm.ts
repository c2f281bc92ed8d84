import { byteStringToText } from '../../core/bytes.ts';
import { parseSourceRpm } from '../rpm/database/read.ts';
import type { InstalledRpm } from '../rpm/types.ts';
import { type DatabaseFacts, type DatabasePackage, dependencyIds } from './database-facts.ts';
import { rpmRepositoryClass } from './third-party.ts';

/**
 * Packages of an rpm database or manifest in Trivy's terms.
 * @param manifest The list of a distroless image says neither vendor class nor provides: Trivy then classes nothing.
 */
export function scanRpmPackages(installed: readonly InstalledRpm[], manifest = false): DatabaseFacts {
  const providers = new Map<string, string>();
  for (const found of installed) {
    for (const name of found.provides) providers.set(byteStringToText(name), idOf(found));
  }
  return { packages: installed.map((found) => packageOf(found, providers, manifest)), problems: [] };
}

/** Without the epoch, as rpm shows it. */
function idOf({ name, version, release, arch }: InstalledRpm): string {
  return byteStringToText(`${name}@${version}-${release}.${arch}`);
}

function packageOf(found: InstalledRpm, providers: ReadonlyMap<string, string>, manifest: boolean): DatabasePackage {
  const text = (field: 'name' | 'version' | 'release' | 'arch' | 'vendor' | 'license') =>
    byteStringToText(found[field]);
  const source = parseSourceRpm(byteStringToText(found.sourceRpm));
  const [vendor, release, license] = [text('vendor'), text('release'), text('license')];
  return {
    id: idOf(found),
    name: text('name'),
    version: text('version'),
    release,
    epoch: found.epoch,
    arch: text('arch') || 'None',
    // The name of the source package has no epoch; the binary's stands in for it.
    src: { name: '', version: '', release: '', ...source, epoch: found.epoch },
    ...(found.modularityLabel === '' ? {} : { modularityLabel: byteStringToText(found.modularityLabel) }),
    ...(manifest ? {} : { repositoryClass: rpmRepositoryClass(vendor, release) }),
    licenses: license === '' ? [] : [license],
    ...(vendor === '' ? {} : { maintainer: vendor }),
    ...(found.sigMd5 === '' ? {} : { digest: `md5:${found.sigMd5}` }),
    dependsOn: dependencyIds(idOf(found), found.requires.map(byteStringToText), providers),
    analyzedBy: 'rpm',
  };
}
