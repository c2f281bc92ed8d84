import { createHash } from 'node:crypto';
import type { ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import { dependencyKeys, fullVersion, packageKey, type Sbom, sbomDate, stableUuid } from './subject.ts';

const NONE = 'NOASSERTION';

/**
 * An SPDX 2.3 JSON document of the OS packages of an image, deterministic as the CycloneDX one. What SPDX has no field
 * for stands in `attributionTexts`, as Trivy writes it (`PkgID: …`, `LayerDiffID: …`).
 */
export function writeSpdx(sbom: Sbom): string {
  const { subject, image } = sbom;
  const date = sbomDate(subject.created);
  const imageId = 'SPDXRef-ContainerImage';
  const osId = image.os === undefined ? undefined : 'SPDXRef-OperatingSystem';
  const ids = new Map(image.packages.map((found) => [packageKey(found), packageId(found)]));
  const dependencies = dependencyKeys(image.packages);
  const relationships = [
    relationship('SPDXRef-DOCUMENT', 'DESCRIBES', imageId),
    ...(osId === undefined ? [] : [relationship(imageId, 'CONTAINS', osId)]),
    ...image.packages.flatMap((found) => {
      const id = packageId(found);
      const needed = (dependencies.get(packageKey(found)) ?? []).map((key) => ids.get(key) ?? '').sort();
      return [
        relationship(osId ?? imageId, 'CONTAINS', id),
        ...needed.map((other) => relationship(id, 'DEPENDS_ON', other)),
      ];
    }),
  ];
  return `${JSON.stringify(
    {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: subject.name,
      documentNamespace: `https://suture.invalid/spdx/${subject.digest.replace(':', '-')}-${stableUuid(sbom, 'spdx')}`,
      creationInfo: { creators: [`Tool: suture-${subject.toolVersion}`], created: date },
      packages: [
        {
          ...common(subject.name, imageId, subject.digest),
          primaryPackagePurpose: 'CONTAINER',
          attributionTexts: [
            ...subject.diffIds.map((diffId) => `DiffID: ${diffId}`),
            ...image.problems.map(({ kind, detail }) => `Problem: ${kind}: ${detail}`),
            ...(image.uncompared ?? []).map((found) => `Uncompared: ${JSON.stringify(found)}`),
            ...(image.repository === undefined
              ? []
              : [`RepositoryRelease: ${image.repository.family} ${image.repository.release}`]),
          ],
        },
        ...(osId === undefined ? [] : [osPackage(sbom, osId)]),
        ...image.packages.map((found) => spdxPackage(found, image.os)),
      ],
      relationships,
    },
    null,
    2,
  )}\n`;
}

function common(name: string, SPDXID: string, versionInfo: string) {
  return {
    name,
    SPDXID,
    versionInfo,
    downloadLocation: NONE,
    filesAnalyzed: false,
    licenseConcluded: NONE,
    copyrightText: NONE,
  };
}

function osPackage({ image: { os } }: Sbom, id: string): object {
  return {
    ...common(os?.family ?? '', id, os?.name ?? ''),
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    attributionTexts: [
      'Class: os-pkgs',
      `Type: ${os?.family}`,
      ...(os?.extended ? ['Extended: true'] : []),
      ...(os?.supplier === undefined ? [] : [`Supplier: ${os.supplier}`]),
    ],
  };
}

function packageId(found: ScannedPackage): string {
  const hash = createHash('sha256').update(packageKey(found)).digest('hex').slice(0, 16);
  return `SPDXRef-Package-${hash}`;
}

function spdxPackage(found: ScannedPackage, os: ScannedOs | undefined): object {
  const { src, layer, buildInfo, identifier } = found;
  const notes: Readonly<Record<string, string | undefined>> = {
    PkgID: found.id,
    PkgType: os?.family,
    FilePath: found.filePath,
    LayerDiffID: layer?.diffId,
    LayerDigest: layer?.digest,
    Modularitylabel: found.modularityLabel,
    RepositoryClass: found.repositoryClass,
    Nvr: buildInfo?.nvr,
    BuildArch: buildInfo?.arch,
    ContentSets: buildInfo?.contentSets?.join(','),
    Licenses: found.licenses.length === 0 ? undefined : JSON.stringify(found.licenses),
  };
  const [, algorithm = '', value = ''] = /^(md5|sha1|sha256):([0-9a-f]+)$/.exec(found.digest ?? '') ?? [];
  return {
    ...common(found.name, packageId(found), fullVersion(found)),
    ...(found.maintainer === undefined ? {} : { supplier: `Organization: ${found.maintainer}` }),
    ...(src.name === '' ? {} : { sourceInfo: `built package from: ${src.name} ${fullVersion(src)}` }),
    // Licences as distributions write them are no SPDX expressions: they are noted, not asserted.
    licenseDeclared: NONE,
    ...(value === '' ? {} : { checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue: value }] }),
    ...(identifier.purl === undefined
      ? {}
      : {
          externalRefs: [
            { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: identifier.purl },
          ],
        }),
    primaryPackagePurpose: 'LIBRARY',
    attributionTexts: Object.entries(notes).flatMap(([name, note]) => (note ? [`${name}: ${note}`] : [])),
  };
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
