import type { InventoryProblem, InventoryProblemKind } from '../../packages/inventory/types.ts';
import type { Unmatched } from '../trivy-db/matching/detected.ts';

/** Something of which nothing is known, so that the absence of findings says nothing about it. */
export interface Unknown {
  readonly kind: InventoryProblemKind | Unmatched['kind'] | 'no-inventory' | 'source-unusable';
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

/** What the inventory could not find out. */
export function unknownsOfInventory(problems: readonly InventoryProblem[]): Unknown[] {
  return problems.map(({ kind, path, detail }) => ({
    kind,
    scope: PACKAGE_SCOPE.has(kind) ? 'package' : 'image',
    subject: path ?? '',
    detail,
  }));
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
