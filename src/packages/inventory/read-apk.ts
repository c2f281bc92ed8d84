import { type ByteString, byteStringToText } from '../../core/bytes.ts';
import { constraintName } from '../apk/database/configuration.ts';
import { parseInstalled } from '../apk/database/installed.ts';
import type { InstalledApk } from '../apk/types.ts';
import { isValidApkVersion } from '../apk/version/compare.ts';
import { type DatabaseFacts, type DatabasePackage, dependencyIds } from './database-facts.ts';
import type { InventoryProblem } from './types.ts';

/** Packages of apk's `installed`; of two of one name the first counts. @throws SutureError DATABASE_UNREADABLE */
export function readApkDatabase(text: ByteString, path: string): DatabaseFacts {
  const problems: InventoryProblem[] = [];
  const installed = new Map<string, InstalledApk>();
  for (const found of parseInstalled(text, path)) {
    const detail = `the version "${byteStringToText(found.version)}" of ${byteStringToText(found.name)} is not valid`;
    if (!isValidApkVersion(found.version)) problems.push({ kind: 'package-invalid', path, detail });
    else if (!installed.has(found.name)) installed.set(found.name, found);
  }
  const providers = new Map<string, string>();
  for (const found of installed.values()) {
    for (const name of [found.name, ...found.provides]) providers.set(constraintName(name), idOf(found));
  }
  return { packages: [...installed.values()].map((found) => packageOf(found, providers)), problems };
}

function idOf({ name, version }: InstalledApk): string {
  return byteStringToText(`${name}@${version}`);
}

function packageOf(found: InstalledApk, providers: ReadonlyMap<string, string>): DatabasePackage {
  const [name, version, origin] = [found.name, found.version, found.origin].map(byteStringToText) as [
    string,
    string,
    string,
  ];
  const required = found.depends.filter((word) => !word.startsWith('!')).map(constraintName);
  const digest = digestOf(found.identity);
  return {
    id: idOf(found),
    name,
    version,
    release: '',
    epoch: 0,
    arch: byteStringToText(found.arch),
    // Without an origin nothing is said of the source, as in Trivy.
    src: { name: origin, version: origin === '' ? '' : version, release: '', epoch: 0 },
    licenses: licenseNames(byteStringToText(found.license)),
    ...(found.maintainer === '' ? {} : { maintainer: byteStringToText(found.maintainer) }),
    ...(digest === undefined ? {} : { digest }),
    dependsOn: dependencyIds(idOf(found), required, providers),
    analyzedBy: 'apk',
  };
}

/** `Q1` and base64 of a SHA-1, or, of very old packages, hex of an MD5. */
function digestOf(identity: ByteString): string | undefined {
  if (identity.startsWith('Q1')) return `sha1:${Buffer.from(identity.slice(2), 'base64').toString('hex')}`;
  return /^[0-9a-f]{32}$/.test(identity) ? `md5:${identity}` : undefined;
}

/** `MPL-2.0 AND (MIT OR GPL-2.0-only)` → the licences without what joins them. */
function licenseNames(expression: string): string[] {
  const words = expression.split(/[\s()]+/).filter((word) => word !== '' && !/^(?:and|or|with)$/i.test(word));
  return [...new Set(words)];
}
