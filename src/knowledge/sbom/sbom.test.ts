import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../core/errors/error.ts';
import { purlOf } from '../../packages/inventory/purl.ts';
import type { ScannedImage, ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import { readInventoryDocument } from './read.ts';
import type { Sbom } from './subject.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx } from './write-spdx.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const diffId = `sha256:${'b'.repeat(64)}` as const;
const subject = {
  name: 'registry.example.org/app:1',
  digest,
  diffIds: [diffId],
  created: '2026-01-02T03:04:05.6Z',
  toolVersion: '1.2.3',
};
const debian: ScannedOs = { family: 'debian', name: '12.5', extended: false };
const redhat: ScannedOs = { family: 'redhat', name: '8.9', extended: false };

function debPackage(name: string, more: Partial<ScannedPackage> = {}): ScannedPackage {
  const facts = { name, version: '1.0+git', release: '2', epoch: 3, arch: 'amd64' };
  return {
    id: `${name}@3:1.0+git-2`,
    ...facts,
    src: { name: 'source', version: '1.1', release: '4', epoch: 0 },
    repositoryClass: 'official',
    licenses: [],
    maintainer: 'A Person <person@example.org>',
    dependsOn: [],
    layer: { digest, diffId },
    digest: `sha256:${'c'.repeat(64)}`,
    identifier: { purl: purlOf({ ...facts, ...more }, debian) },
    analyzedBy: 'dpkg',
    ...more,
  };
}

function rpmPackage(): ScannedPackage {
  const facts = {
    name: 'npm',
    version: '6.14',
    release: '1.module+el8',
    epoch: 1,
    arch: 'x86_64',
    modularityLabel: 'nodejs:12:8030:229f',
  };
  return {
    id: 'npm@6.14-1.module+el8.x86_64',
    ...facts,
    src: { name: 'nodejs', version: '12.2', release: '1.module+el8', epoch: 1 },
    buildInfo: { contentSets: ['a-rpms', 'b-rpms'], nvr: 'ubi8-container-8.3-227', arch: 'x86_64' },
    repositoryClass: 'third-party',
    licenses: ['MIT and ASL 2.0', '(BSD)'],
    dependsOn: [],
    layer: { diffId },
    digest: `md5:${'d'.repeat(32)}`,
    identifier: { purl: purlOf(facts, redhat) },
    analyzedBy: 'rpm',
  };
}

const IMAGES: Readonly<Record<string, ScannedImage>> = {
  debian: {
    os: { ...debian, extended: true, supplier: 'rapidfort' },
    packages: [
      debPackage('bash', { dependsOn: ['libc6@3:1.0+git-2'] }),
      debPackage('libc6'),
      debPackage('libc6', { arch: 'i386', filePath: 'var/lib/dpkg/status.d/libc6' }),
    ],
    problems: [{ kind: 'package-invalid', detail: 'the version "x:y" of odd is not valid' }],
  },
  redhat: { os: redhat, packages: [rpmPackage()], problems: [] },
  empty: {
    os: { family: 'alpine', name: '3.18.4', extended: false },
    repository: { family: 'alpine', release: 'edge' },
    packages: [],
    problems: [{ kind: 'no-packages', detail: 'the image has no package database' }],
    uncompared: [
      { kind: 'go', count: 1, places: [{ path: 'usr/bin', count: 1 }] },
      { kind: 'sbom', count: 2, places: [{ path: 'é: opt', count: 2 }] },
    ],
  },
};

const read = (text: string): ScannedImage => readInventoryDocument(Buffer.from(text), { name: 'document.json' }).image;
const WRITERS = [
  ['CycloneDX', writeCycloneDx],
  ['SPDX', writeSpdx],
] as const;

describe.each(WRITERS)('%s', (format, write) => {
  it.each(Object.keys(IMAGES))('gives the inventory of %s back', (name) => {
    const image = IMAGES[name] as ScannedImage;
    expect(read(write({ subject, image }))).toEqual(image);
  });

  it('is the same for the same image, and another for another', () => {
    const sbom: Sbom = { subject, image: IMAGES['debian'] as ScannedImage };
    expect(write(sbom)).toBe(write(structuredClone(sbom)));
    const identity = (text: string): string => {
      const json = JSON.parse(text) as Record<string, string>;
      return json['serialNumber'] ?? json['documentNamespace'] ?? '';
    };
    const other = write({ ...sbom, subject: { ...subject, digest: diffId } });
    expect(identity(other)).not.toBe(identity(write(sbom)));
    expect(write(sbom)).toContain('2026-01-02T03:04:05Z');
  });

  it('refers only to what it defines, each once', () => {
    const json = JSON.parse(write({ subject, image: IMAGES['debian'] as ScannedImage })) as Record<string, never>;
    const defined: string[] = [];
    const referred: string[] = [];
    JSON.stringify(json, (key, value: unknown) => {
      if (key === 'bom-ref' || key === 'SPDXID') defined.push(value as string);
      if (['ref', 'spdxElementId', 'relatedSpdxElement'].includes(key)) referred.push(value as string);
      if (key === 'dependsOn') referred.push(...(value as string[]));
      return value;
    });
    expect(new Set(defined).size).toBe(defined.length);
    expect(referred.filter((reference) => !defined.includes(reference))).toEqual([]);
    expect(defined.length).toBe(format === 'SPDX' ? 6 : 5);
  });
});

describe('documents of other tools', () => {
  it('counts packages of languages, with which nothing is compared', () => {
    const purls = ['pkg:npm/a@1', 'pkg:golang/b@2', 'pkg:deb/debian/bash@5?arch=amd64', 'pkg:oci/app@sha256%3Aab', 'x'];
    const components = purls.map((purl, number) => ({ type: 'library', 'bom-ref': `${number}`, name: 'x', purl }));
    const { uncompared } = read(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components }));
    expect(uncompared).toEqual([{ kind: 'component', count: 2, places: [] }]);
    const found = (Name: string) => ({ ID: `${Name}@1`, Name, Version: '1' });
    const report = {
      SchemaVersion: 2,
      ArtifactName: 'app',
      Metadata: { OS: { Family: 'debian', Name: '12' } },
      Results: [
        { Target: 'app', Class: 'os-pkgs', Type: 'debian', Packages: [found('bash')] },
        { Target: 'Node.js', Class: 'lang-pkgs', Type: 'node-pkg', Packages: [found('a'), found('b'), found('c')] },
      ],
    };
    expect(read(JSON.stringify(report)).uncompared).toEqual([{ kind: 'component', count: 3, places: [] }]);
  });

  it('reads what Syft writes: source and epoch within package URL and version, no system component', () => {
    const image = read(
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.5',
        components: [
          {
            type: 'library',
            name: 'libdevmapper',
            'bom-ref': 'a',
            purl: 'pkg:deb/debian/libdevmapper@2%3A1.02.185-2?arch=amd64&distro=debian-12&upstream=lvm2%402.03.16-2',
          },
          {
            type: 'library',
            name: 'bash',
            purl: 'pkg:rpm/redhat/bash@5.1.8-6.el9?arch=x86_64&epoch=1&upstream=bash-5.1.8-6.el9.src.rpm&distro=rhel-9.2',
          },
          { type: 'library', name: 'left-pad', purl: 'pkg:npm/left-pad@1.0.0' },
          {
            type: 'file',
            name: 'x',
            components: [{ type: 'library', name: 'musl', purl: 'pkg:apk/alpine/musl@1.2.3-r0?arch=x86_64' }],
          },
          { type: 'library', name: 'odd', purl: 'not a purl' },
        ],
      }),
    );
    expect(image.os).toEqual({ family: 'debian', name: '12', extended: false });
    expect(image.packages.map(({ id, epoch, src }) => [id, epoch, src])).toEqual([
      ['bash@5.1.8-6.el9.x86_64', 1, { name: 'bash', version: '5.1.8', release: '6.el9', epoch: 1 }],
      ['libdevmapper@2:1.02.185-2', 2, { name: 'lvm2', version: '2.03.16', release: '2', epoch: 0 }],
      ['musl@1.2.3-r0', 0, { name: 'musl', version: '1.2.3-r0', release: '', epoch: 0 }],
    ]);
    expect(image.problems).toEqual([]);
  });

  it('reads what Trivy writes as SPDX: annotations and source information', () => {
    const image = read(
      JSON.stringify({
        spdxVersion: 'SPDX-2.3',
        packages: [
          { SPDXID: 'SPDXRef-OperatingSystem-1', name: 'alpine', versionInfo: '3.16.0' },
          {
            SPDXID: 'SPDXRef-Package-1',
            name: 'ssl_client',
            versionInfo: '1.35-r13',
            sourceInfo: 'built package from: busybox 1.35-r13',
            licenseDeclared: 'GPL-2.0-only',
            annotations: [{ comment: `LayerDiffID: ${diffId}` }, { comment: 'PkgID: ssl_client@1.35-r13' }],
            externalRefs: [
              {
                referenceCategory: 'PACKAGE-MANAGER',
                referenceType: 'purl',
                referenceLocator: 'pkg:apk/alpine/ssl_client@1.35-r13?arch=x86_64&distro=3.16.0',
              },
            ],
          },
        ],
      }),
    );
    expect(image.os).toEqual({ family: 'alpine', name: '3.16.0', extended: false });
    expect(image.packages[0]).toMatchObject({
      src: { name: 'busybox', version: '1.35-r13' },
      layer: { diffId },
      licenses: ['GPL-2.0-only'],
    });
  });

  it('says what a document lacks', () => {
    const kinds = (json: unknown): string[] => read(JSON.stringify(json)).problems.map(({ kind }) => kind);
    expect(kinds({ bomFormat: 'CycloneDX', specVersion: '1.6' })).toEqual(['os-unknown', 'no-packages']);
    expect(kinds({ spdxVersion: 'SPDX-2.2', packages: [] })).toEqual(['os-unknown', 'no-packages']);
    expect(kinds({ SchemaVersion: 2, Results: [{ Class: 'lang-pkgs', Packages: [{ Name: 'x' }] }] })).toEqual([
      'os-unknown',
      'no-packages',
    ]);
  });

  it.each([
    ['[]', /not a JSON object/],
    ['{', /not JSON/],
    ['{"runs":[]}', /unknown format/],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":1}]}', /components\.0\.name/],
    ['{"spdxVersion":"SPDX-3.0"}', /spdxVersion/],
    ['{"SchemaVersion":1}', /SchemaVersion/],
  ])('refuses %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('reads or refuses any change of a value', () => {
    const text = writeSpdx({ subject, image: IMAGES['redhat'] as ScannedImage });
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('0', '"', '{', ':', '-', 'null', ''), (at, part) => {
        try {
          expect(read(text.slice(0, at) + part + text.slice(at + 1)).packages.length).toBeLessThanOrEqual(1);
        } catch (error) {
          if (!isSutureError(error, 'REPORT_INVALID', 'REPORT_UNSUPPORTED')) throw error;
        }
      }),
      { numRuns: 400, seed: 5 },
    );
  });
});

describe('Trivy reports with packages', () => {
  const folder = new URL('../../../../shared/fixtures/trivy/packages/', import.meta.url);

  it.skipIf(!existsSync(folder)).each([
    ['debian-buster', 'debian', '10.1'],
    ['ubi-7', 'redhat', '7.7'],
    ['alpine-310', 'alpine', '3.10.2'],
  ])('%s is read whole', (name, family, release) => {
    const packages = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as {
      ID: string;
      Version: string;
      SrcName: string;
    }[];
    const os = { Family: family, Name: release };
    const report = {
      SchemaVersion: 2,
      Metadata: { OS: os },
      Results: [{ Class: 'os-pkgs', Type: family, Packages: packages }],
    };
    const image = read(JSON.stringify(report));
    expect(image.problems).toEqual([]);
    expect(image.packages.map(({ id }) => id)).toEqual(packages.map((found) => found.ID).sort(byName(packages)));
    expect(image.packages.every(({ identifier }) => identifier.purl?.includes(release))).toBe(true);
    if (name === 'ubi-7')
      expect(image.packages[0]?.buildInfo).toEqual({ nvr: 'ubi7-container-7.7-140', arch: 'x86_64' });
    const again = read(writeCycloneDx({ subject, image }));
    expect(again).toEqual(image);
  });

  function byName(packages: readonly { ID: string }[]) {
    const nameOf = new Map(packages.map((found) => [found.ID, found.ID.slice(0, found.ID.lastIndexOf('@'))]));
    return (a: string, b: string): number => {
      const [left, right] = [nameOf.get(a) ?? '', nameOf.get(b) ?? ''];
      return left < right ? -1 : left > right ? 1 : a < b ? -1 : 1;
    };
  }
});
