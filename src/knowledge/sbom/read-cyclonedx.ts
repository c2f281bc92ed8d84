import { z } from 'zod';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { familyOfId } from '../../packages/os/release-files.ts';
import { assemble, noteOfProblem, noteOfRepository, noteOfUncompared } from './assemble.ts';
import type { Component } from './component.ts';

const text = z.string().nullish();
const properties = z.array(z.looseObject({ name: z.string(), value: text })).nullish();

const componentFields = {
  'bom-ref': text,
  type: text,
  name: z.string(),
  version: text,
  purl: text,
  supplier: z.looseObject({ name: text }).nullish(),
  hashes: z.array(z.looseObject({ alg: z.string(), content: z.string() })).nullish(),
  licenses: z
    .array(z.looseObject({ expression: text, license: z.looseObject({ id: text, name: text }).nullish() }))
    .nullish(),
  properties,
};
const leaf = z.looseObject({ ...componentFields, components: z.array(z.unknown()).nullish() });

/** CycloneDX JSON, versions 1.2 to 1.7. */
export const cycloneDxSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.looseObject({ timestamp: text, component: leaf.nullish() }).nullish(),
  components: z.array(leaf).nullish(),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).nullish() })).nullish(),
});

type CycloneDx = z.output<typeof cycloneDxSchema>;
type Leaf = z.output<typeof leaf>;

/** Components nested deeper than any tool writes them are not followed. */
const MAX_DEPTH = 16;

export function imageOfCycloneDx(document: CycloneDx): ScannedImage {
  const all = flatten(document.components ?? [], 0);
  const notes = document.metadata?.component?.properties ?? [];
  const values = (name: string): string[] =>
    notes.filter((note) => lastWord(note.name) === name).flatMap((note) => note.value ?? []);
  const system = all.find(({ type }) => type === 'operating-system');
  const repository = noteOfRepository(values('RepositoryRelease')[0]);
  return assemble({
    ...(system === undefined ? {} : { os: osOf(system) }),
    ...(repository === undefined ? {} : { repository }),
    components: all.flatMap((component) => componentOf(component) ?? []),
    dependencies: new Map((document.dependencies ?? []).map(({ ref, dependsOn }) => [ref, dependsOn ?? []])),
    problems: values('Problem').flatMap((note) => noteOfProblem(note) ?? []),
    uncompared: values('Uncompared').flatMap(noteOfUncompared),
  });
}

function flatten(components: readonly Leaf[], depth: number): Leaf[] {
  return components.flatMap((component) => {
    const children = depth < MAX_DEPTH ? z.array(leaf).safeParse(component.components ?? []) : undefined;
    return [component, ...flatten(children?.data ?? [], depth + 1)];
  });
}

/** `aquasecurity:trivy:PkgID` → `PkgID` */
function lastWord(name: string): string {
  return /^(?:aquasecurity:trivy|suture):(.+)$/.exec(name)?.[1] ?? '';
}

function propertiesOf(component: Leaf): ReadonlyMap<string, string> {
  return new Map((component.properties ?? []).map(({ name, value }) => [lastWord(name), value ?? '']));
}

function osOf(component: Leaf): NonNullable<ScannedImage['os']> {
  const known = propertiesOf(component);
  const supplier = known.get('Supplier');
  return {
    family: familyOfId(known.get('Type') || component.name),
    name: component.version ?? '',
    extended: known.get('Extended') === 'true',
    ...(supplier === undefined ? {} : { supplier }),
  };
}

function componentOf(component: Leaf): Component | undefined {
  if (!component.purl) return undefined;
  const hash = component.hashes?.[0];
  const supplier = component.supplier?.name;
  return {
    reference: component['bom-ref'] ?? component.purl,
    purl: component.purl,
    ...(supplier ? { supplier } : {}),
    licenses: (component.licenses ?? []).flatMap(
      ({ expression, license }) => license?.id ?? license?.name ?? expression ?? [],
    ),
    ...(hash === undefined ? {} : { digest: `${hash.alg.toLowerCase().replace('-', '')}:${hash.content}` }),
    properties: propertiesOf(component),
  };
}
