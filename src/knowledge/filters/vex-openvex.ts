import { z } from 'zod';
import type { VexProduct, VexStatement } from './vex.ts';

const component = z.union([
  z.string(),
  z.looseObject({ '@id': z.string().nullish(), identifiers: z.record(z.string(), z.string()).nullish() }),
]);

const product = z.union([
  z.string(),
  z.looseObject({
    '@id': z.string().nullish(),
    identifiers: z.record(z.string(), z.string()).nullish(),
    subcomponents: z.array(component).nullish(),
  }),
]);

const vulnerability = z.union([
  z.string(),
  z.looseObject({ '@id': z.string().nullish(), name: z.string().nullish(), aliases: z.array(z.string()).nullish() }),
]);

/** OpenVEX 0.2.0, and 0.0.1, where products and vulnerabilities are bare texts. */
export const openVexSchema = z.looseObject({
  '@context': z.string().startsWith('https://openvex.dev/ns'),
  timestamp: z.string().nullish(),
  statements: z.array(
    z.looseObject({
      vulnerability,
      products: z.array(product).nullish(),
      subcomponents: z.array(component).nullish(),
      status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
      justification: z.string().nullish(),
      impact_statement: z.string().nullish(),
      status_notes: z.string().nullish(),
      action_statement: z.string().nullish(),
      timestamp: z.string().nullish(),
      last_updated: z.string().nullish(),
    }),
  ),
});

type OpenVex = z.output<typeof openVexSchema>;

/** Statements without products say nothing about any image in particular: they match none. */
export function openVexStatements(document: OpenVex): readonly VexStatement[] {
  return document.statements.map((entry) => {
    const time = Date.parse(entry.last_updated ?? entry.timestamp ?? document.timestamp ?? '');
    const statement = entry.impact_statement ?? entry.status_notes ?? entry.action_statement;
    return {
      vulnerabilities: idsOf(entry.vulnerability),
      products: (entry.products ?? []).flatMap((found) => productsOf(found, entry.subcomponents ?? [])),
      status: entry.status,
      ...(entry.justification ? { justification: entry.justification } : {}),
      ...(statement ? { statement } : {}),
      time: Number.isFinite(time) ? time : 0,
    };
  });
}

/** Copa writes only `@id`, which may be an address that ends with the ID. */
function idsOf(found: z.output<typeof vulnerability>): readonly string[] {
  if (typeof found === 'string') return [found];
  const id = found['@id']?.split('/').at(-1);
  return [found.name, id, ...(found.aliases ?? [])].filter((text): text is string => Boolean(text));
}

function productsOf(
  found: z.output<typeof product>,
  shared: readonly z.output<typeof component>[],
): readonly VexProduct[] {
  const own = typeof found === 'string' ? [] : (found.subcomponents ?? []);
  const subcomponents = [...own, ...shared].flatMap(identifiersOf);
  return identifiersOf(found).map((id) => ({ id, subcomponents }));
}

function identifiersOf(found: z.output<typeof component>): readonly string[] {
  if (typeof found === 'string') return [found];
  return [found['@id'], found.identifiers?.['purl']].filter((text): text is string => Boolean(text));
}
