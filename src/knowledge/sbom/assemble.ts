import { z } from 'zod';
import type {
  InventoryProblem,
  ScannedImage,
  ScannedOs,
  ScannedPackage,
  UncomparedPackages,
} from '../../packages/inventory/types.ts';
import { UNCOMPARED_KINDS } from '../../packages/inventory/uncompared/kind.ts';
import { familyOfId } from '../../packages/os/release-files.ts';
import { type Component, isOtherPackage, packageOfComponent, parseOsPurl } from './component.ts';

/** What a document says before its parts are put together. */
export interface DocumentParts {
  /** Name and version of the component that is the operating system. */
  readonly os?: ScannedOs;
  readonly repository?: NonNullable<ScannedImage['repository']>;
  readonly components: readonly Component[];
  /** References of what a component needs, by its own reference. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** What the writer knew to be missing. */
  readonly problems: readonly InventoryProblem[];
  /** What the writer found and did not list. */
  readonly uncompared: readonly UncomparedPackages[];
}

/** The image that an SBOM describes. What is no OS package is counted only; no OS package at all is a problem, as in an image. */
export function assemble(parts: DocumentParts): ScannedImage {
  const os = parts.os ?? osOfPurls(parts.components);
  const ids = new Map<string, string>();
  const packages: ScannedPackage[] = [];
  for (const component of parts.components) {
    const found = packageOfComponent(component, os, []);
    if (found !== undefined) ids.set(component.reference, found.id);
  }
  for (const component of parts.components) {
    const needed = (parts.dependencies.get(component.reference) ?? []).flatMap((reference) => ids.get(reference) ?? []);
    const found = packageOfComponent(component, os, [...new Set(needed)].sort());
    if (found !== undefined) packages.push(found);
  }
  const others = parts.components.filter(({ purl }) => isOtherPackage(purl)).length;
  const uncompared = [...otherComponents(others), ...parts.uncompared];
  return finished({ ...parts, ...(os === undefined ? {} : { os }), packages, uncompared });
}

/** Packages that a document lists and nothing is compared with. */
export function otherComponents(count: number): readonly UncomparedPackages[] {
  return count === 0 ? [] : [{ kind: 'component', count, places: [] }];
}

/** Sorts and adds the problems that only the whole shows. */
export function finished(parts: {
  readonly os?: ScannedOs;
  readonly repository?: NonNullable<ScannedImage['repository']>;
  readonly packages: readonly ScannedPackage[];
  readonly problems: readonly InventoryProblem[];
  readonly uncompared: readonly UncomparedPackages[];
}): ScannedImage {
  const { os, repository, uncompared } = parts;
  const problems = [...parts.problems];
  const add = (kind: InventoryProblem['kind'], detail: string): void => {
    if (!problems.some((problem) => problem.kind === kind)) problems.push({ kind, detail });
  };
  if (os === undefined) add('os-unknown', 'the document does not name the operating system');
  if (parts.packages.length === 0) add('no-packages', 'the document lists no OS package');
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return {
    ...(os === undefined ? {} : { os }),
    ...(repository === undefined ? {} : { repository }),
    packages: [...parts.packages].sort(
      (a, b) => compare(a.name, b.name) || compare(a.id, b.id) || compare(a.arch, b.arch),
    ),
    problems,
    ...(uncompared.length === 0 ? {} : { uncompared }),
  };
}

/** `distro=debian-12`, `distro=3.19.1` of the first package that has it. */
function osOfPurls(components: readonly Component[]): ScannedOs | undefined {
  for (const { purl } of components) {
    const parsed = parseOsPurl(purl);
    const distro = parsed?.qualifiers?.['distro'];
    if (parsed?.namespace && distro) {
      const named = /^([a-z][a-z-]*?)-(\d.*)$/.exec(distro);
      return { family: familyOfId(named?.[1] ?? parsed.namespace), name: named?.[2] ?? distro, extended: false };
    }
  }
  return undefined;
}

/** `kind: detail`, as our writers note what an inventory lacks. */
export function noteOfProblem(note: string): InventoryProblem | undefined {
  const match =
    /^(os-unknown|no-packages|database-unreadable|sources-unknown|package-invalid|os-contradictory): (.*)$/s.exec(note);
  return match === null ? undefined : { kind: match[1] as InventoryProblem['kind'], detail: match[2] ?? '' };
}

const uncomparedSchema = z.object({
  kind: z.enum(UNCOMPARED_KINDS),
  count: z.int().min(1),
  places: z.array(z.object({ path: z.string(), count: z.int().min(1) })),
});

/** As our writers note it: JSON of one UncomparedPackages. What is none says nothing. */
export function noteOfUncompared(note: string): readonly UncomparedPackages[] {
  try {
    const { data } = uncomparedSchema.safeParse(JSON.parse(note));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
}

/** `alpine 3.19` */
export function noteOfRepository(note: string | undefined): NonNullable<ScannedImage['repository']> | undefined {
  const match = /^(\S+) (\S+)$/.exec(note ?? '');
  return match === null ? undefined : { family: match[1] ?? '', release: match[2] ?? '' };
}
