import { sha256 } from '../../src/core/digest.ts';
import { parseRelations } from '../../src/packages/deb/control/relations.ts';
import { resolveDebs } from '../../src/packages/deb/resolve/resolve.ts';
import type {
  AvailableDeb,
  DebDatabase,
  DebRepositories,
  InstalledDeb,
  MultiArch,
  Relations,
} from '../../src/packages/deb/types.ts';
import { compareDebVersions } from '../../src/packages/deb/version/compare.ts';
import type { RepositoryInfo, UpgradeRequest } from '../../src/packages/family.ts';

/** A package in a few words, for tests of the resolver. */
export interface Sketch {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly source?: string;
  readonly sourceVersion?: string;
  readonly multiArch?: MultiArch;
  readonly depends?: string;
  readonly preDepends?: string;
  readonly breaks?: string;
  readonly conflicts?: string;
  readonly provides?: string;
  readonly held?: boolean;
  /** Repository of an offer: `main` when absent. */
  readonly repository?: string;
}

export function memoryDatabase(packages: readonly Sketch[], native = 'amd64'): DebDatabase {
  const installed = packages.map(installedDeb);
  return { layout: 'status', packages: installed, records: installed, architecture: native, foreignArchitectures: [] };
}

/** What a request makes of sketched packages, in short lines. */
export function resolveSketches(
  installed: readonly Sketch[],
  offers: readonly Sketch[],
  request: UpgradeRequest = { scope: 'all' },
) {
  const { steps, pending } = resolveDebs(memoryDatabase(installed), memoryRepositories(offers), request);
  return {
    steps: steps.map(({ action, name, architecture, to }) => `${action} ${name}:${architecture} ${to}`),
    pending: pending.map(({ name, to, reason, detail }) => ({ name, to, reason, detail })),
    full: steps,
  };
}

const SUITES: Readonly<Record<string, string>> = {
  main: 'stable',
  security: 'stable-security',
  backports: 'stable-backports',
};

export function memoryRepositories(offers: readonly Sketch[]): DebRepositories {
  const available = offers.map(availableDeb);
  const byName = new Map<string, AvailableDeb[]>();
  const byProvided = new Map<string, AvailableDeb[]>();
  for (const offer of available) {
    push(byName, offer.name, offer);
    for (const name of new Set(offer.provides.flat().map((provided) => provided.name))) push(byProvided, name, offer);
  }
  for (const list of byName.values()) list.sort((a, b) => compareDebVersions(b.version, a.version));
  return {
    repositories: Object.keys(SUITES).map(repositoryInfo),
    unusable: [],
    available: (name) => byName.get(name) ?? [],
    providers: (name) => byProvided.get(name) ?? [],
    fetch: () => {
      throw new Error('nothing is fetched when resolving');
    },
  };
}

function repositoryInfo(id: string): RepositoryInfo {
  const suite = SUITES[id] ?? id;
  return {
    id,
    origin: 'Example',
    suite,
    codename: suite,
    isSecurity: id === 'security',
    date: '2026-01-01T00:00:00Z',
    digest: sha256(id),
    signedBy: [],
  };
}

function installedDeb(sketch: Sketch): InstalledDeb {
  return {
    ...common(sketch),
    held: sketch.held === true,
    want: sketch.held === true ? 'hold' : 'install',
    flag: 'ok',
    state: 'installed',
    essential: false,
    section: 'misc',
    conffiles: [],
    paragraph: new Map(),
  };
}

function availableDeb(sketch: Sketch): AvailableDeb {
  const { name, version, architecture = 'amd64', repository = 'main' } = sketch;
  const path = `pool/${name}_${version}_${architecture}.deb`;
  return {
    ...common(sketch),
    essential: false,
    installedSize: 1,
    file: { path, repository, size: 1, digest: sha256(path) },
  };
}

function common(sketch: Sketch) {
  const { name, version, architecture = 'amd64', source = name, sourceVersion = version } = sketch;
  const relations: Relations = {
    depends: parseRelations(sketch.depends),
    preDepends: parseRelations(sketch.preDepends),
    recommends: [],
    breaks: parseRelations(sketch.breaks),
    conflicts: parseRelations(sketch.conflicts),
    replaces: [],
    provides: parseRelations(sketch.provides),
  };
  const multiArch: MultiArch = sketch.multiArch ?? 'no';
  return { name, version, architecture, source: { name: source, version: sourceVersion }, multiArch, ...relations };
}

function push<T>(index: Map<string, T[]>, name: string, value: T): void {
  const list = index.get(name);
  if (list === undefined) index.set(name, [value]);
  else list.push(value);
}
