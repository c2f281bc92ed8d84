import type { Digest } from '../../core/digest.ts';
import { buildInfoOf } from '../os/build-info.ts';
import { detectOs } from '../os/merge.ts';
import type { DatabaseFacts, DatabasePackage } from './database-facts.ts';
import type { LayerFacts } from './layer-facts.ts';
import { purlOf } from './purl.ts';
import type { InventoryProblem, ScannedImage, ScannedOs, ScannedPackage } from './types.ts';

/** The facts of one layer and the blob it came from. */
export interface LayerInImage {
  readonly facts: LayerFacts;
  readonly digest?: Digest;
}

/**
 * The inventory of an image from the facts of its layers, lowest first. A database file of an upper layer replaces the
 * one at the same path below it as a whole; each package is attributed to the lowest layer that has it in this version.
 */
export function mergeLayerFacts(layers: readonly LayerInImage[]): ScannedImage {
  const facts = layers.map((layer) => layer.facts);
  const { os, repository } = detectOs(facts);
  const databases = visibleDatabases(facts);
  const origins = new PackageOrigins(layers);
  const packages = new Map<string, ScannedPackage>();
  for (const database of databases) {
    for (const found of database.packages) {
      // Two databases of one image, as when /lib/apk and /usr/lib/apk both hold one, may list the same package.
      const key = `${found.id} ${found.arch}`;
      if (!packages.has(key)) packages.set(key, completed(found, origins, os));
    }
  }
  const sorted = [...packages.values()].sort(
    (a, b) => compare(a.name, b.name) || compare(a.id, b.id) || compare(a.arch, b.arch),
  );
  return {
    ...(os === undefined ? {} : { os }),
    ...(repository === undefined ? {} : { repository }),
    packages: sorted,
    problems: problemsOf(facts, databases, os, sorted),
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

/** The lowest layer of which any database has a package of this name, version and release. */
class PackageOrigins {
  readonly #layers: readonly LayerInImage[];
  readonly #first = new Map<string, number>();

  constructor(layers: readonly LayerInImage[]) {
    this.#layers = layers;
    for (const [number, { facts }] of layers.entries()) {
      for (const found of facts.databases.flatMap(({ packages }) => packages)) {
        const key = originKey(found);
        if (!this.#first.has(key)) this.#first.set(key, number);
      }
    }
  }

  of(found: DatabasePackage): Pick<ScannedPackage, 'layer' | 'buildInfo'> {
    const number = this.#first.get(originKey(found)) ?? 0;
    const layer = this.#layers[number];
    if (layer === undefined) return {};
    const buildInfo = buildInfoOf(
      number,
      this.#layers.map(({ facts }) => facts.buildInfo),
    );
    const { diffId } = layer.facts;
    return {
      layer: layer.digest === undefined ? { diffId } : { digest: layer.digest, diffId },
      ...(buildInfo === undefined ? {} : { buildInfo }),
    };
  }
}

function originKey({ name, version, release }: DatabasePackage): string {
  return `${name} ${version} ${release}`;
}

function completed(found: DatabasePackage, origins: PackageOrigins, os: ScannedOs | undefined): ScannedPackage {
  return { ...found, ...origins.of(found), identifier: os === undefined ? {} : { purl: purlOf(found, os) } };
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
