import type { ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import { dependencyKeys, fullVersion, packageKey, type Sbom, sbomDate, stableUuid } from './subject.ts';

/** Names under which Trivy keeps what CycloneDX has no field for; written so that Trivy reads it back. */
export const TRIVY_PROPERTY = 'aquasecurity:trivy:';
/** Names of our own, for what Trivy's documents do not keep. */
export const SUTURE_PROPERTY = 'suture:';

interface Property {
  readonly name: string;
  readonly value: string;
}

/**
 * A CycloneDX 1.6 JSON document of the OS packages of an image. Deterministic: serial number from the content, date
 * from the image. Problems of the inventory stand as properties, so that an incomplete document says that it is.
 */
export function writeCycloneDx(sbom: Sbom): string {
  const { subject, image } = sbom;
  const uuid = stableUuid(sbom, 'cyclonedx');
  const references = packageReferences(image.packages);
  const dependencies = dependencyKeys(image.packages);
  const osReference = image.os === undefined ? undefined : `${uuid}-os`;
  const imageReference = `${uuid}-image`;
  const packageReferenceList = [...references.values()];
  const edges = [
    { ref: imageReference, dependsOn: osReference === undefined ? packageReferenceList : [osReference] },
    ...(osReference === undefined ? [] : [{ ref: osReference, dependsOn: packageReferenceList }]),
    ...image.packages.map((found) => ({
      ref: references.get(packageKey(found)) ?? '',
      dependsOn: (dependencies.get(packageKey(found)) ?? []).map((key) => references.get(key) ?? ''),
    })),
  ];
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuid}`,
      version: 1,
      metadata: {
        timestamp: sbomDate(subject.created),
        tools: { components: [{ type: 'application', name: 'suture', version: subject.toolVersion }] },
        component: {
          'bom-ref': imageReference,
          type: 'container',
          name: subject.name,
          version: subject.digest,
          properties: [
            ...subject.diffIds.map((value) => property(`${TRIVY_PROPERTY}DiffID`, value)),
            property(`${TRIVY_PROPERTY}SchemaVersion`, '2'),
            ...image.problems.map(({ kind, detail }) => property(`${SUTURE_PROPERTY}Problem`, `${kind}: ${detail}`)),
            ...(image.uncompared ?? []).map((found) => property(`${SUTURE_PROPERTY}Uncompared`, JSON.stringify(found))),
            ...(image.repository === undefined
              ? []
              : [
                  property(
                    `${SUTURE_PROPERTY}RepositoryRelease`,
                    `${image.repository.family} ${image.repository.release}`,
                  ),
                ]),
          ],
        },
      },
      components: [
        ...(osReference === undefined ? [] : [osComponent(sbom, osReference)]),
        ...image.packages.map((found) => packageComponent(found, image.os, references.get(packageKey(found)) ?? '')),
      ],
      dependencies: edges.map(({ ref, dependsOn }) => ({ ref, dependsOn: [...dependsOn].sort() })),
    },
    null,
    2,
  )}\n`;
}

/** The package URL, as in Trivy; where two packages share one, or have none, the key makes it unique. */
function packageReferences(packages: readonly ScannedPackage[]): ReadonlyMap<string, string> {
  const used = new Set<string>();
  return new Map(
    packages.map((found) => {
      const { purl } = found.identifier;
      const reference = purl === undefined || used.has(purl) ? `package:${packageKey(found)}` : purl;
      used.add(reference);
      return [packageKey(found), reference];
    }),
  );
}

function osComponent({ image: { os } }: Sbom, reference: string): object {
  const properties = [
    property(`${TRIVY_PROPERTY}Class`, 'os-pkgs'),
    property(`${TRIVY_PROPERTY}Type`, os?.family ?? ''),
    ...(os?.extended ? [property(`${SUTURE_PROPERTY}Extended`, 'true')] : []),
    ...(os?.supplier === undefined ? [] : [property(`${SUTURE_PROPERTY}Supplier`, os.supplier)]),
  ];
  return { 'bom-ref': reference, type: 'operating-system', name: os?.family, version: os?.name, properties };
}

function packageComponent(found: ScannedPackage, os: ScannedOs | undefined, reference: string): object {
  const [, algorithm = '', value = ''] = /^(md5|sha1|sha256):([0-9a-f]+)$/.exec(found.digest ?? '') ?? [];
  const algorithms: Readonly<Record<string, string>> = { md5: 'MD5', sha1: 'SHA-1', sha256: 'SHA-256' };
  return {
    'bom-ref': reference,
    type: 'library',
    ...(found.maintainer === undefined ? {} : { supplier: { name: found.maintainer } }),
    name: found.name,
    version: fullVersion(found),
    ...(value === '' ? {} : { hashes: [{ alg: algorithms[algorithm], content: value }] }),
    ...(found.licenses.length === 0 ? {} : { licenses: found.licenses.map((name) => ({ license: { name } })) }),
    ...(found.identifier.purl === undefined ? {} : { purl: found.identifier.purl }),
    properties: packageProperties(found, os),
  };
}

/** In the order of their names, as Trivy writes them. */
function packageProperties(found: ScannedPackage, os: ScannedOs | undefined): Property[] {
  const { src, layer, buildInfo } = found;
  const trivy: Readonly<Record<string, string | undefined>> = {
    FilePath: found.filePath,
    LayerDiffID: layer?.diffId,
    LayerDigest: layer?.digest,
    Modularitylabel: found.modularityLabel,
    PkgID: found.id,
    PkgType: os?.family,
    SrcEpoch: src.epoch === 0 ? undefined : String(src.epoch),
    SrcName: src.name,
    SrcRelease: src.release,
    SrcVersion: src.version,
  };
  const own: Readonly<Record<string, string | undefined>> = {
    BuildArch: buildInfo?.arch,
    ContentSets: buildInfo?.contentSets?.join(','),
    Nvr: buildInfo?.nvr,
    RepositoryClass: found.repositoryClass,
  };
  const rows = (prefix: string, values: typeof trivy): Property[] =>
    Object.entries(values).flatMap(([name, value]) => (value ? [property(`${prefix}${name}`, value)] : []));
  return [...rows(TRIVY_PROPERTY, trivy), ...rows(SUTURE_PROPERTY, own)];
}

function property(name: string, value: string): Property {
  return { name, value };
}
