import { z } from 'zod';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { familyOfId } from '../../packages/os/release-files.ts';
import { assemble, noteOfProblem, noteOfRepository, noteOfUncompared } from './assemble.ts';
import type { Component } from './component.ts';

const text = z.string().nullish();

const spdxPackage = z.looseObject({
  SPDXID: z.string(),
  name: z.string(),
  versionInfo: text,
  supplier: text,
  sourceInfo: text,
  licenseDeclared: text,
  primaryPackagePurpose: text,
  attributionTexts: z.array(z.string()).nullish(),
  annotations: z.array(z.looseObject({ comment: text })).nullish(),
  checksums: z.array(z.looseObject({ algorithm: z.string(), checksumValue: z.string() })).nullish(),
  externalRefs: z.array(z.looseObject({ referenceType: z.string(), referenceLocator: z.string() })).nullish(),
});

/** SPDX JSON, versions 2.2 and 2.3. */
export const spdxSchema = z.looseObject({
  spdxVersion: z.enum(['SPDX-2.2', 'SPDX-2.3']),
  packages: z.array(spdxPackage).nullish(),
  relationships: z
    .array(z.looseObject({ spdxElementId: z.string(), relationshipType: z.string(), relatedSpdxElement: z.string() }))
    .nullish(),
});

type SpdxPackage = z.output<typeof spdxPackage>;

export function imageOfSpdx(document: z.output<typeof spdxSchema>): ScannedImage {
  const packages = document.packages ?? [];
  const system = packages.find(isSystem);
  const notes = packages.filter(({ primaryPackagePurpose }) => primaryPackagePurpose === 'CONTAINER').flatMap(notesOf);
  const values = (name: string): string[] => notes.filter(([key]) => key === name).map(([, value]) => value);
  const repository = noteOfRepository(values('RepositoryRelease')[0]);
  const dependencies = new Map<string, string[]>();
  for (const { spdxElementId, relationshipType, relatedSpdxElement } of document.relationships ?? []) {
    if (relationshipType !== 'DEPENDS_ON') continue;
    const known = dependencies.get(spdxElementId);
    if (known === undefined) dependencies.set(spdxElementId, [relatedSpdxElement]);
    else known.push(relatedSpdxElement);
  }
  return assemble({
    ...(system === undefined ? {} : { os: osOf(system) }),
    ...(repository === undefined ? {} : { repository }),
    components: packages.flatMap((found) => componentOf(found) ?? []),
    dependencies,
    problems: values('Problem').flatMap((note) => noteOfProblem(note) ?? []),
    uncompared: values('Uncompared').flatMap(noteOfUncompared),
  });
}

/** Trivy tells it by the identifier; SPDX 2.3 has a purpose for it, which is written in two ways. */
function isSystem({ SPDXID, primaryPackagePurpose }: SpdxPackage): boolean {
  return SPDXID.startsWith('SPDXRef-OperatingSystem') || /^OPERATING[-_]SYSTEM$/.test(primaryPackagePurpose ?? '');
}

/** `PkgID: bash@5.2` in annotations (Trivy today) or attribution texts (Trivy before, and ours). */
function notesOf(found: SpdxPackage): (readonly [string, string])[] {
  const lines = [...(found.annotations ?? []).map(({ comment }) => comment ?? ''), ...(found.attributionTexts ?? [])];
  return lines.flatMap((line) => {
    const match = /^([A-Za-z]+): (.*)$/s.exec(line);
    return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const];
  });
}

function osOf(found: SpdxPackage): NonNullable<ScannedImage['os']> {
  const notes = new Map(notesOf(found));
  const supplier = notes.get('Supplier');
  return {
    family: familyOfId(notes.get('Type') || found.name),
    name: found.versionInfo ?? '',
    extended: notes.get('Extended') === 'true',
    ...(supplier === undefined ? {} : { supplier }),
  };
}

function componentOf(found: SpdxPackage): Component | undefined {
  const purl = (found.externalRefs ?? []).find(({ referenceType }) => referenceType === 'purl')?.referenceLocator;
  if (purl === undefined) return undefined;
  const [, source, version] = /^built package from: (\S+) (\S+)$/.exec(found.sourceInfo ?? '') ?? [];
  const supplier = /^(?:Organization|Person): (.+)$/.exec(found.supplier ?? '')?.[1];
  const checksum = found.checksums?.[0];
  const notes = new Map(notesOf(found));
  return {
    reference: found.SPDXID,
    purl,
    ...(supplier === undefined ? {} : { supplier }),
    licenses: licensesOf(notes.get('Licenses'), found.licenseDeclared ?? ''),
    ...(checksum === undefined ? {} : { digest: `${checksum.algorithm.toLowerCase()}:${checksum.checksumValue}` }),
    properties: notes,
    ...(source === undefined || version === undefined ? {} : { source: { name: source, version } }),
  };
}

function licensesOf(noted: string | undefined, declared: string): readonly string[] {
  const parsed = z.array(z.string()).safeParse(parseJson(noted));
  if (parsed.success) return parsed.data;
  return declared === '' || declared === 'NOASSERTION' || declared === 'NONE' ? [] : [declared];
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
