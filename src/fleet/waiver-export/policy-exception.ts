import { sql } from 'kysely';
import { stringify } from 'yaml';
import { sha256 } from '../../core/digest.ts';
import type { WaiverRow } from '../store/schema.ts';
import type { FleetStore } from '../store/store.ts';
import { isInState, isLate } from '../views/conditions.ts';
import { isInForce, matchingWaivers } from '../waiver-match.ts';
import { listWaivers } from '../waivers.ts';

export interface PolicyExceptionOptions {
  /** Name of the ValidatingPolicy that is to let the images through. */
  readonly policy: string;
  /** Where Kyverno looks for exceptions. */
  readonly namespace: string;
}

export interface PolicyExceptions {
  /** YAML, an object per set of waivers; empty when there is nothing to let through. */
  readonly yaml: string;
  readonly exceptions: number;
  /** Images with a waived finding that are not let through, and why. */
  readonly withheld: readonly { readonly reference: string; readonly reason: string }[];
}

/**
 * Waivers as Kyverno's PolicyException, `policies.kyverno.io/v1` (served since Kyverno 1.17; 1.19 has `expiresAt`). An
 * admission policy judges images, a waiver one vulnerability: so an image is let through only when nothing else of it is late, by
 * digest, and until the first of its waivers ends. Only ValidatingPolicy looks at `images` (as `exceptions.allowedImages`); an
 * ImageValidatingPolicy would let the whole Pod through, so no exception names one.
 */
export async function exportPolicyExceptions(
  store: FleetStore,
  { policy, namespace }: PolicyExceptionOptions,
): Promise<PolicyExceptions> {
  const waivers = (await listWaivers(store)).filter((row) => isInForce(row, store.clock.now()));
  const images = await waivedImages(store, waivers);
  const groups = new Map<string, { waivers: readonly WaiverRow[]; images: string[] }>();
  for (const image of images) {
    if (image.withheld !== undefined) continue;
    const key = image.waivers.map(({ id }) => id).join(' ');
    const group = groups.get(key) ?? { waivers: image.waivers, images: [] };
    group.images.push(...image.digests);
    groups.set(key, group);
  }
  const objects = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'PolicyException',
      metadata: {
        name: `suture-waiver-${sha256(key).slice('sha256:'.length, 'sha256:'.length + 10)}`,
        namespace,
        labels: { 'app.kubernetes.io/managed-by': 'suture' },
      },
      spec: {
        policyRefs: [{ kind: 'ValidatingPolicy', name: policy }],
        images: [...new Set(group.images)].sort(),
        expiresAt: earliest(group.waivers),
        properties: propertiesOf(group.waivers),
      },
    }));
  return {
    yaml: objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'),
    exceptions: objects.length,
    withheld: images.flatMap(({ reference, withheld }) =>
      withheld === undefined ? [] : [{ reference, reason: withheld }],
    ),
  };
}

interface WaivedImage {
  readonly reference: string;
  /** By digest: as it was found, and what may run instead. */
  readonly digests: readonly string[];
  readonly waivers: readonly WaiverRow[];
  readonly withheld: string | undefined;
}

async function waivedImages(store: FleetStore, waivers: readonly WaiverRow[]): Promise<WaivedImage[]> {
  const now = store.now();
  const { rows } = await sql<{
    reference: string;
    vulnerability: string;
    package: string;
    digest: string | null;
    published_reference: string | null;
    published_digest: string | null;
    late: number;
  }>`select f.reference, f.vulnerability, f.package, images.digest, results.published_reference, results.published_digest,
      case when exists (select 1 from findings as other where other.reference = f.reference
        and ${isLate('other', now)}) then 1 else 0 end as late
    from findings as f join images on images.reference = f.reference
      left join results on results.id = images.result_id
    where ${isInState('f', 'waived', now)} order by f.reference, f.vulnerability, f.package`.execute(store.database);
  const byImage = new Map<string, typeof rows>();
  for (const row of rows) byImage.set(row.reference, [...(byImage.get(row.reference) ?? []), row]);
  return [...byImage].map(([reference, findings]) => {
    const [first] = findings;
    const digests = [
      pinned(reference, first?.digest ?? null),
      pinned(first?.published_reference ?? reference, first?.published_digest ?? null),
    ].filter((name) => name !== undefined);
    const held = new Map<string, WaiverRow>();
    for (const finding of findings)
      for (const waiver of longest(matchingWaivers(waivers, finding))) held.set(waiver.id, waiver);
    const isLateToo = first?.late === 1;
    const withheld = isLateToo
      ? 'other findings of it are late'
      : digests.length === 0
        ? 'its digest is not known'
        : undefined;
    return { reference, digests, waivers: [...held.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), withheld };
  });
}

/** Where several hold for a finding, the one that ends last decides. */
function longest(waivers: readonly WaiverRow[]): readonly WaiverRow[] {
  return [...waivers].sort((a, b) => (a.expires_at < b.expires_at ? 1 : -1)).slice(0, 1);
}

/** A tag may be moved to what nobody has waived. */
function pinned(reference: string, digest: string | null): string | undefined {
  if (digest === null) return undefined;
  const name = reference.split('@')[0] ?? reference;
  return `${name.replace(/:[^:/]*$/, '')}@${digest}`;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times; rounded down, so that it never outlasts the waiver. */
function earliest(waivers: readonly WaiverRow[]): string {
  const ends = waivers.map(({ expires_at: end }) => end).sort();
  return (ends[0] ?? '').replace(/\.\d+Z$/, 'Z');
}

/** The names that Kyverno's own documentation gives them; values are texts. */
function propertiesOf(waivers: readonly WaiverRow[]): Readonly<Record<string, string>> {
  const joined = (of: (waiver: WaiverRow) => string) => [...new Set(waivers.map(of))].join('; ');
  return {
    reason: joined(({ vulnerability, reason }) => `${vulnerability}: ${reason}`),
    ticket: joined(({ ticket }) => ticket),
    'approved-by': joined(({ owner }) => owner),
    waivers: joined(({ id }) => id),
  };
}
