import { readChiselManifest } from '../deb/chisel/manifest.ts';
import type { DatabaseFacts } from './database-facts.ts';
import { splitDebVersion } from './read-dpkg.ts';

/**
 * Packages of chisel's manifest in Trivy's terms. It does not name source packages, which Ubuntu's advisories go by: those of
 * the same name are looked up, and that the rest is not known is a problem of the image. @throws SutureError DATABASE_UNREADABLE
 */
export function readChiselDatabase(bytes: Uint8Array, path: string): DatabaseFacts {
  const packages = readChiselManifest(bytes, path).map(({ name, version, architecture, digest }) => ({
    id: `${name}@${version}`,
    name,
    ...splitDebVersion(version),
    arch: architecture,
    src: { name, ...splitDebVersion(version) },
    licenses: [],
    ...(digest === undefined ? {} : { digest }),
    dependsOn: [],
    filePath: path,
  }));
  const detail =
    'the image is made of slices (chisel), whose manifest does not name the source packages that advisories go by: only those of the same name were looked up';
  return { packages, problems: [{ kind: 'sources-unknown', path, detail }] };
}
