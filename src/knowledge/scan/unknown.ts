import type { InventoryProblemKind, ScannedImage, UncomparedPackages } from '../../packages/inventory/types.ts';
import type { Unmatched } from '../trivy-db/matching/detected.ts';

/** Something of which nothing is known, so that the absence of findings says nothing about it. */
export interface Unknown {
  readonly kind:
    | InventoryProblemKind
    | Unmatched['kind']
    | 'no-inventory'
    | 'source-unusable'
    | 'language-packages'
    | 'sbom-unread';
  /** `image`: nothing can be said about the image as a whole; `package`: about one of its packages. */
  readonly scope: 'image' | 'package';
  /** Name of the package, file, bucket or system. */
  readonly subject: string;
  /** A sentence for a person. */
  readonly detail: string;
}

const PACKAGE_SCOPE: ReadonlySet<Unknown['kind']> = new Set([
  'package-invalid',
  'third-party',
  'version-unreadable',
  'source-unknown',
  'module-unknown',
]);

/** What the inventory could not find out, and what it found that nobody compares. */
export function unknownsOfInventory({
  problems,
  uncompared = [],
}: Pick<ScannedImage, 'problems' | 'uncompared'>): Unknown[] {
  const unclear = problems.map(({ kind, path, detail }): Unknown => {
    const scope = PACKAGE_SCOPE.has(kind) ? 'package' : 'image';
    return { kind, scope, subject: path ?? '', detail };
  });
  return [...unclear, ...uncompared.map(notCompared)];
}

const UNCOMPARED_NAMES: Readonly<Record<UncomparedPackages['kind'], readonly [one: string, many: string]>> = {
  component: ['package of a language', 'packages of languages'],
  composer: ['list of PHP packages (Composer)', 'lists of PHP packages (Composer)'],
  conda: ['conda package', 'conda packages'],
  dotnet: ['.NET program', '.NET programs'],
  go: ['Go program', 'Go programs'],
  java: ['Java archive', 'Java archives'],
  node: ['Node.js package', 'Node.js packages'],
  python: ['Python package', 'Python packages'],
  ruby: ['Ruby gem', 'Ruby gems'],
  rust: ['Rust program', 'Rust programs'],
  sbom: ['SBOM file', 'SBOM files'],
};

/** Places that a sentence names; the inventory has all of them. */
const MOST_PLACES = 5;

function notCompared({ kind, count, places }: UncomparedPackages): Unknown {
  const [one, many] = UNCOMPARED_NAMES[kind];
  const named = places.slice(0, MOST_PLACES).map((place) => `${place.path || '/'} (${place.count})`);
  const more = places.length - named.length;
  if (more > 0) named.push(`${more} more ${more === 1 ? 'place' : 'places'}`);
  const subject = `${count} ${count === 1 ? one : many}`;
  const where = named.length === 0 ? '' : ` in ${named.join(', ')}`;
  const verb = count === 1 ? 'is' : 'are';
  const isSbom = kind === 'sbom';
  return {
    kind: isSbom ? 'sbom-unread' : 'language-packages',
    scope: 'package',
    subject,
    detail: isSbom
      ? `${subject}${where} ${verb} not read: packages that only SBOMs list are not compared with any advisory`
      : `${subject}${where} ${verb} not compared with any advisory`,
  };
}

export const UNMATCHED_DETAILS: Readonly<Record<Unmatched['kind'], (subject: string) => string>> = {
  'unsupported-os': (subject) => `there are no advisories for ${subject || 'this system'}`,
  'bucket-missing': (subject) => `the database has no advisories for "${subject}"`,
  'no-packages': (subject) => `no package of ${subject || 'the system'} was found`,
  'third-party': (subject) => `${subject} is not the distribution's, whose advisories say nothing about it`,
  'version-unreadable': (subject) => `the version of ${subject} cannot be compared`,
  'source-unknown': (subject) => `the source package of ${subject} is not known, and advisories go by it`,
  'module-unknown': (subject) => `${subject} is of a module that its package does not name`,
};

/**
 * What was not compared with any advisory. Suppliers of rebuilt packages have several buckets of which some may be absent;
 * only when none is there, nothing is known about the image.
 */
export function unknownsOfMatching(
  unmatched: readonly Unmatched[],
  buckets: readonly { readonly found: boolean }[],
): Unknown[] {
  const anyBucket = buckets.some(({ found }) => found);
  return unmatched.map(({ kind, subject }) => ({
    kind,
    scope: PACKAGE_SCOPE.has(kind) || (kind === 'bucket-missing' && anyBucket) ? 'package' : 'image',
    subject,
    detail: UNMATCHED_DETAILS[kind](subject),
  }));
}

/** One of each, what concerns the image first, then by kind and subject. */
export function sortUnknowns(unknowns: readonly Unknown[]): readonly Unknown[] {
  const unique = new Map<string, Unknown>();
  for (const unknown of unknowns) {
    // Inventory and matcher both notice that there is no package.
    const key =
      unknown.kind === 'no-packages' ? unknown.kind : `${unknown.kind}\0${unknown.subject}\0${unknown.detail}`;
    if (!unique.has(key)) unique.set(key, unknown);
  }
  return [...unique]
    .sort(([a, x], [b, y]) => compareText(x.scope, y.scope) || compareText(a, b))
    .map(([, value]) => value);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
