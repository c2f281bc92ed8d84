import { type ByteString, byteStringToText } from '../../core/bytes.ts';
import { isSutureError } from '../../core/errors/error.ts';
import { parseParagraphs } from '../deb/control/paragraphs.ts';
import { parseSource } from '../deb/records/record.ts';
import type { Paragraph } from '../deb/types.ts';
import { isValidDebVersion } from '../deb/version/validate.ts';
import { type DatabaseFacts, type DatabasePackage, dependencyIds } from './database-facts.ts';
import { debRepositoryClass } from './third-party.ts';
import type { InventoryProblem, SourcePackage } from './types.ts';

const FIELDS = new Set([
  ...['Package', 'Version', 'Status', 'Source', 'Architecture', 'Maintainer', 'Depends', 'Pre-Depends', 'SHA256'],
]);

/** Digests of packages by `name@version`, as `/var/lib/dpkg/available` has them. */
export type KnownDigests = ReadonlyMap<string, string>;

/**
 * Packages of `/var/lib/dpkg/status` or of a file of status.d, by Trivy's rules: everything counts as installed but what was
 * removed or purged. A record that cannot be read is a problem of its own, so that it hides no other.
 * @param statusDirectory The file holds one package, whose path then stands with it.
 */
export function readDpkgDatabase(
  text: ByteString,
  path: string,
  digests: KnownDigests,
  statusDirectory = false,
): DatabaseFacts {
  const problems: InventoryProblem[] = [];
  const packages: (DatabasePackage & { readonly requires: readonly string[] })[] = [];
  for (const { paragraph, problem } of paragraphsOf(text, path)) {
    if (problem !== undefined) problems.push(problem);
    if (paragraph === undefined || isRemoved(paragraph)) continue;
    const found = packageOf(paragraph, digests);
    if (typeof found === 'string') problems.push({ kind: 'package-invalid', path, detail: found });
    else packages.push({ ...found, ...(statusDirectory ? { filePath: path } : {}) });
  }
  const providers = new Map(packages.map(({ name, id }) => [name, id]));
  return {
    packages: packages.map(({ requires, ...found }) => ({
      ...found,
      dependsOn: dependencyIds(found.id, requires, providers),
    })),
    problems,
  };
}

/** SHA-256 of package files that dpkg once saw. A damaged record only costs its digest. */
export function readDpkgAvailable(text: ByteString): KnownDigests {
  const digests = new Map<string, string>();
  for (const { paragraph } of paragraphsOf(text, 'var/lib/dpkg/available')) {
    const hash = paragraph?.get('SHA256') ?? '';
    if (/^[0-9a-f]{64}$/.test(hash))
      digests.set(`${paragraph?.get('Package')}@${paragraph?.get('Version')}`, `sha256:${hash}`);
  }
  return digests;
}

function* paragraphsOf(
  text: ByteString,
  path: string,
): Generator<{ readonly paragraph?: Paragraph; readonly problem?: InventoryProblem }> {
  for (const block of text.split(/\n{2,}/)) {
    if (block.trim() === '') continue;
    try {
      for (const paragraph of parseParagraphs(block, { what: path, keep: FIELDS, lax: true })) yield { paragraph };
    } catch (error) {
      if (!isSutureError(error)) throw error;
      yield { problem: { kind: 'package-invalid', path, detail: error.message } };
    }
  }
}

function isRemoved(paragraph: Paragraph): boolean {
  const words = (paragraph.get('Status') ?? '').split(/\s+/);
  return words.includes('deinstall') || words.includes('purge');
}

/** @returns the reason, as a sentence, where it is none */
function packageOf(
  paragraph: Paragraph,
  digests: KnownDigests,
): (DatabasePackage & { readonly requires: readonly string[] }) | string {
  const field = (name: string): string => byteStringToText(paragraph.get(name) ?? '');
  const [name, version] = [field('Package'), field('Version')];
  if (name === '' || version === '') return `a record has no ${name === '' ? 'name' : `version (${name})`}`;
  const source = parseSource(field('Source'), name, version);
  if (!isValidDebVersion(version)) return `the version "${version}" of ${name} is not valid`;
  if (!isValidDebVersion(source.version)) return `the source version "${source.version}" of ${name} is not valid`;
  const id = `${name}@${version}`;
  const digest = digests.get(id);
  const maintainer = field('Maintainer');
  return {
    id,
    name,
    ...splitDebVersion(version),
    arch: field('Architecture'),
    src: { name: source.name, ...splitDebVersion(source.version) },
    repositoryClass: debRepositoryClass(maintainer),
    licenses: [],
    ...(maintainer === '' ? {} : { maintainer }),
    ...(digest === undefined ? {} : { digest }),
    dependsOn: [],
    requires: requiredNames(field('Depends')).concat(requiredNames(field('Pre-Depends'))),
    analyzedBy: 'dpkg',
  };
}

/** deb-version(7): epoch before the first colon, revision behind the last hyphen. */
export function splitDebVersion(version: string): Omit<SourcePackage, 'name'> {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    release: hyphen < 0 ? '' : rest.slice(hyphen + 1),
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
  };
}

/** `a (>= 1), b:any | c` → a, b, c: every alternative, as any may be the one that is there. */
function requiredNames(field: string): string[] {
  return field.split(/[,|]/).map((relation) => relation.replace(/[(:[].*$/s, '').trim());
}
