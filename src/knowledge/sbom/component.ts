import { PackageURL } from 'packageurl-js';
import { type Digest, isDigest } from '../../core/digest.ts';
import { purlOf } from '../../packages/inventory/purl.ts';
import { splitDebVersion } from '../../packages/inventory/read-dpkg.ts';
import type { PackageManager, ScannedOs, ScannedPackage, SourcePackage } from '../../packages/inventory/types.ts';
import { parseSourceRpm } from '../../packages/rpm/database/read.ts';
import { parseEvr } from '../../packages/rpm/version/evr.ts';

/** A package as an SBOM of any format describes it. */
export interface Component {
  /** How other parts of the document refer to it. */
  readonly reference: string;
  readonly purl: string;
  readonly supplier?: string;
  readonly licenses: readonly string[];
  /** `sha1:…` */
  readonly digest?: string;
  /** Trivy's and our own properties by their last word (`PkgID`, `SrcName`, `LayerDiffID`). */
  readonly properties: ReadonlyMap<string, string>;
  /** Name and full version of the source package, where the format has a place of its own for it. */
  readonly source?: { readonly name: string; readonly version: string };
}

const MANAGERS: Readonly<Record<string, PackageManager>> = { apk: 'apk', deb: 'dpkg', rpm: 'rpm', bottlerocket: 'rpm' };

/** The package URL of an OS package; undefined for those of languages, for anything else and for what is none. */
export function parseOsPurl(text: string | undefined): PackageURL | undefined {
  try {
    const purl = text === undefined ? undefined : PackageURL.fromString(text);
    return purl !== undefined && MANAGERS[purl.type] !== undefined && purl.version ? purl : undefined;
  } catch {
    return undefined;
  }
}

/** Types of what is no package: the image itself. */
const IMAGES: ReadonlySet<string> = new Set(['oci', 'docker']);

/** True for the package URL of what is a package, but not of a system: of a language, mostly. */
export function isOtherPackage(text: string): boolean {
  try {
    const { type } = PackageURL.fromString(text);
    return type !== undefined && MANAGERS[type] === undefined && !IMAGES.has(type);
  } catch {
    return false;
  }
}

/** @param dependsOn IDs @returns undefined when the component is no OS package */
export function packageOfComponent(
  component: Component,
  os: ScannedOs | undefined,
  dependsOn: readonly string[],
): ScannedPackage | undefined {
  const purl = parseOsPurl(component.purl);
  const manager = MANAGERS[purl?.type ?? ''];
  if (purl === undefined || manager === undefined) return undefined;
  const property = (name: string): string | undefined => component.properties.get(name) || undefined;
  const qualifier = (name: string): string => purl.qualifiers?.[name] ?? '';
  const parts = versionParts(manager, purl.version ?? '');
  const own = { ...parts, epoch: Number(qualifier('epoch')) || parts.epoch };
  const facts = { name: purl.name, ...own, arch: qualifier('arch'), ...labelled(property, qualifier) };
  return {
    id: property('PkgID') ?? idOf(manager, facts),
    ...facts,
    src: sourceOf(component, manager, qualifier('upstream'), { name: purl.name, ...own }),
    ...layerOf(property),
    ...buildInfoOf(property),
    ...repositoryClassOf(property('RepositoryClass')),
    licenses: component.licenses,
    ...(component.supplier === undefined ? {} : { maintainer: component.supplier }),
    dependsOn,
    ...(property('FilePath') === undefined ? {} : { filePath: property('FilePath') ?? '' }),
    ...(component.digest === undefined ? {} : { digest: component.digest }),
    // Other tools write other qualifiers; one spelling makes inventories of different origin comparable.
    identifier: { purl: os === undefined ? component.purl : purlOf(facts, os) },
    analyzedBy: manager,
  };
}

type Property = (name: string) => string | undefined;

export function versionParts(manager: PackageManager, version: string): Omit<SourcePackage, 'name'> {
  if (manager === 'dpkg') return splitDebVersion(version);
  return manager === 'rpm' ? parseEvr(version) : { version, release: '', epoch: 0 };
}

function idOf(
  manager: PackageManager,
  found: Pick<ScannedPackage, 'name' | 'version' | 'release' | 'epoch' | 'arch'>,
): string {
  const version = found.release === '' ? found.version : `${found.version}-${found.release}`;
  if (manager === 'rpm') return `${found.name}@${version}.${found.arch}`;
  return `${found.name}@${found.epoch === 0 ? '' : `${found.epoch}:`}${version}`;
}

function labelled(property: Property, qualifier: (name: string) => string): Pick<ScannedPackage, 'modularityLabel'> {
  const label = property('Modularitylabel') ?? (qualifier('modularitylabel') || qualifier('rpmmod'));
  return label === '' ? {} : { modularityLabel: label };
}

/** Trivy's properties, else the format's own field, else `upstream` of Syft's package URLs, else the package itself. */
function sourceOf(component: Component, manager: PackageManager, upstream: string, own: SourcePackage): SourcePackage {
  const { properties, source } = component;
  const name = properties.get('SrcName');
  if (name !== undefined) {
    const value = (field: string) => properties.get(field) ?? '';
    return { name, version: value('SrcVersion'), release: value('SrcRelease'), epoch: Number(value('SrcEpoch')) || 0 };
  }
  if (source !== undefined) return { name: source.name, ...versionParts(manager, source.version) };
  if (upstream === '') return own;
  const rpm = manager === 'rpm' ? parseSourceRpm(upstream) : undefined;
  if (rpm !== undefined) return { ...rpm, epoch: own.epoch };
  const [upstreamName = '', version] = upstream.split('@');
  return version === undefined
    ? { ...own, name: upstreamName }
    : { name: upstreamName, ...versionParts(manager, version) };
}

function digestOf(text: string | undefined): Digest | undefined {
  return text !== undefined && isDigest(text) ? text : undefined;
}

function layerOf(property: Property): Pick<ScannedPackage, 'layer'> {
  const [digest, diffId] = [property('LayerDigest'), property('LayerDiffID')].map(digestOf);
  if (digest === undefined && diffId === undefined) return {};
  return { layer: { ...(digest === undefined ? {} : { digest }), ...(diffId === undefined ? {} : { diffId }) } };
}

function buildInfoOf(property: Property): Pick<ScannedPackage, 'buildInfo'> {
  const [sets, nvr, arch] = [property('ContentSets'), property('Nvr'), property('BuildArch')];
  if (sets === undefined && nvr === undefined) return {};
  return {
    buildInfo: {
      ...(sets === undefined ? {} : { contentSets: sets.split(',') }),
      ...(nvr === undefined ? {} : { nvr }),
      ...(arch === undefined ? {} : { arch }),
    },
  };
}

function repositoryClassOf(text: string | undefined): Pick<ScannedPackage, 'repositoryClass'> {
  return text === 'official' || text === 'third-party' ? { repositoryClass: text } : {};
}
