import type { Digest } from '../../core/digest.ts';
import { buildInfoOf } from '../os/build-info.ts';
import { detectOs } from '../os/merge.ts';
import type { DatabaseFacts, DatabasePackage } from './database-facts.ts';
import type { LayerFacts } from './layer-facts.ts';
import { purlOf } from './purl.ts';
import type { BuildInfo, InventoryProblem, ScannedImage, ScannedOs, ScannedPackage } from './types.ts';
import { mergeUncompared } from './uncompared/merge.ts';

/** The facts of one layer and the blob it came from. */
export interface LayerInImage {
  readonly facts: LayerFacts;
  readonly digest?: Digest;
}

/**
 * The inventory of an image from the facts of its layers, lowest first. A database file of an upper layer replaces the
 * one at the same path below it as a whole; each package is attributed to the lowest layer that has it in this version.
 * @param attribution `none` leaves `layer` out: packages of the same cached facts are then one object for all images, as a
 * comparison of a whole fleet wants them
 */
export function mergeLayerFacts(
  layers: readonly LayerInImage[],
  attribution: 'layers' | 'none' = 'layers',
): ScannedImage {
  const facts = layers.map((layer) => layer.facts);
  const { os, repository } = detectOs(facts);
  const databases = visibleDatabases(facts);
  const origins = new PackageOrigins(layers, attribution);
  const packages = databases.flatMap((database) =>
    database.packages.map((found) => completed(found, origins.of(found), identifierOf(found, os))),
  );
  packages.sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id) || compare(a.arch, b.arch));
  // Two databases of one image, as when /lib/apk and /usr/lib/apk both hold one, may list the same package.
  const sorted = packages.filter(({ id, arch }, index) => {
    const before = packages[index - 1];
    return before === undefined || before.id !== id || before.arch !== arch;
  });
  const uncompared = mergeUncompared(facts);
  return {
    ...(os === undefined ? {} : { os }),
    ...(repository === undefined ? {} : { repository }),
    packages: sorted,
    problems: problemsOf(facts, databases, os, sorted),
    ...(uncompared === undefined ? {} : { uncompared }),
  };
}

function visibleDatabases(layers: readonly LayerFacts[]): DatabaseFacts[] {
  const visible = new Map<string, DatabaseFacts>();
  for (const layer of layers) {
    for (const removed of layer.removes) {
      for (const path of visible.keys()) {
        if (removed === '' || path === removed || path.startsWith(`${removed}/`)) visible.delete(path);
      }
    }
    for (const database of layer.databases) visible.set(database.path, database);
  }
  return [...visible].sort(([a], [b]) => compare(a, b)).map(([, database]) => database);
}

type Origin = Pick<ScannedPackage, 'layer' | 'buildInfo'>;

/** The lowest layer of which any database has a package of this name, version and release. */
class PackageOrigins {
  readonly #origins: readonly Origin[];
  readonly #first = new Map<string, number>();

  constructor(layers: readonly LayerInImage[], attribution: 'layers' | 'none') {
    const buildInfos = layers.map(({ facts }) => facts.buildInfo);
    const isAttributed = attribution === 'layers';
    // Of which layer a package is decides nothing then.
    if (!isAttributed && buildInfos.every((info) => info === undefined)) {
      this.#origins = [];
      return;
    }
    this.#origins = layers.map((layer, number) => originOf(layer, buildInfoOf(number, buildInfos), isAttributed));
    for (const [number, { facts }] of layers.entries()) {
      for (const { packages } of facts.databases) {
        for (const found of packages) {
          const key = originKey(found);
          if (!this.#first.has(key)) this.#first.set(key, number);
        }
      }
    }
  }

  of(found: DatabasePackage): Origin {
    if (this.#origins.length === 0) return NOWHERE;
    return this.#origins[this.#first.get(originKey(found)) ?? 0] ?? NOWHERE;
  }
}

const NOWHERE: Origin = {};

function originOf(
  { facts: { diffId }, digest }: LayerInImage,
  buildInfo: BuildInfo | undefined,
  isAttributed: boolean,
): Origin {
  return {
    ...(isAttributed ? { layer: digest === undefined ? { diffId } : { digest, diffId } } : {}),
    ...(buildInfo === undefined ? {} : { buildInfo }),
  };
}

function originKey({ name, version, release }: DatabasePackage): string {
  return `${name} ${version} ${release}`;
}

/** What was last made of a package: a cache of facts gives the same one again and again, mostly for the same base. */
const made = new WeakMap<DatabasePackage, ScannedPackage>();
const identifiers = new WeakMap<DatabasePackage, { readonly system: string; readonly identifier: { purl: string } }>();

function completed(found: DatabasePackage, origin: Origin, identifier: ScannedPackage['identifier']): ScannedPackage {
  const known = made.get(found);
  if (
    known?.identifier === identifier &&
    known.buildInfo === origin.buildInfo &&
    known.layer?.diffId === origin.layer?.diffId &&
    known.layer?.digest === origin.layer?.digest
  )
    return known;
  const complete = { ...found, ...origin, identifier };
  made.set(found, complete);
  return complete;
}

function identifierOf(found: DatabasePackage, os: ScannedOs | undefined): ScannedPackage['identifier'] {
  if (os === undefined) return {};
  const system = `${os.family} ${os.name}`;
  const known = identifiers.get(found);
  if (known?.system === system) return known.identifier;
  const identifier = { purl: purlOf(found, os) };
  identifiers.set(found, { system, identifier });
  return identifier;
}

function problemsOf(
  layers: readonly LayerFacts[],
  databases: readonly DatabaseFacts[],
  os: ScannedOs | undefined,
  packages: readonly ScannedPackage[],
): InventoryProblem[] {
  const problems = [
    ...layers.flatMap((layer) => layer.problems),
    ...databases.flatMap((database) => database.problems),
  ];
  if (os === undefined)
    problems.push({ kind: 'os-unknown', detail: 'no file of the image names an operating system that is known' });
  else if (os.name === '')
    problems.push({ kind: 'os-unknown', detail: `the image does not say which release of ${os.family} it is` });
  if (packages.length === 0) {
    const detail =
      databases.length === 0
        ? 'the image has no package database'
        : 'the package database of the image lists no package';
    problems.push({ kind: 'no-packages', detail });
  }
  return problems;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
