import { z } from 'zod';
import type { VexStatement, VexStatus } from './vex.ts';

const STATES: Readonly<Record<string, VexStatus>> = {
  not_affected: 'not_affected',
  false_positive: 'not_affected',
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
  exploitable: 'affected',
  in_triage: 'under_investigation',
};

/** The members of a CycloneDX document that make it a VEX. */
export const cycloneDxVexSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ timestamp: z.string().nullish() }).nullish(),
  components: z.array(z.looseObject({ 'bom-ref': z.string().nullish(), purl: z.string().nullish() })).nullish(),
  vulnerabilities: z.array(
    z.looseObject({
      id: z.string().min(1),
      analysis: z
        .looseObject({
          state: z.string().nullish(),
          justification: z.string().nullish(),
          detail: z.string().nullish(),
          lastUpdated: z.string().nullish(),
          firstIssued: z.string().nullish(),
        })
        .nullish(),
      affects: z.array(z.looseObject({ ref: z.string() })).nullish(),
    }),
  ),
});

/** References are those of the document's components, package URLs, or BOM links whose fragment is one of these. */
export function cycloneDxStatements(document: z.output<typeof cycloneDxVexSchema>): readonly VexStatement[] {
  const purls = new Map((document.components ?? []).map((found) => [found['bom-ref'] ?? '', found.purl ?? '']));
  return document.vulnerabilities.flatMap(({ id, analysis, affects }): VexStatement[] => {
    const status = STATES[analysis?.state ?? ''];
    if (status === undefined) return [];
    const time = Date.parse(analysis?.lastUpdated ?? analysis?.firstIssued ?? document.metadata?.timestamp ?? '');
    return [
      {
        vulnerabilities: [id],
        products: (affects ?? []).map(({ ref }) => ({ id: purlOf(ref, purls), subcomponents: [] })),
        status,
        ...(analysis?.justification ? { justification: analysis.justification } : {}),
        ...(analysis?.detail ? { statement: analysis.detail } : {}),
        time: Number.isFinite(time) ? time : 0,
      },
    ];
  });
}

function purlOf(ref: string, purls: ReadonlyMap<string, string>): string {
  const fragment = /^urn:cdx:[^#]*#(.*)$/.exec(ref)?.[1];
  const name = fragment === undefined ? ref : decoded(fragment);
  return purls.get(name) || name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
