import { canonicalJson } from '../../patch/canonical-json.ts';
import type { WaiverRow } from '../store/schema.ts';
import { globMatches, isInForce } from '../waiver-match.ts';

/**
 * Waivers with a justification as an OpenVEX 0.2.0 document, which scanners read; those without one do not say that a product
 * is not affected, so they are under investigation there.
 * @param references images that the waivers may be about
 */
export function exportOpenVex(waivers: readonly WaiverRow[], references: readonly string[], now: number): string {
  const active = waivers.filter((waiver) => isInForce(waiver, now));
  const statements = active.flatMap((waiver) => {
    const images = references.filter((reference) => globMatches(waiver.image, reference));
    if (images.length === 0) return [];
    const notAffected = waiver.justification !== 'none';
    return [
      {
        vulnerability: { name: waiver.vulnerability },
        products: images.map((reference) => ({
          '@id': `pkg:oci/${nameOf(reference)}?repository_url=${encodeURIComponent(repositoryOf(reference))}`,
          ...(waiver.package === null
            ? {}
            : { subcomponents: [{ '@id': `pkg:generic/${encodeURIComponent(waiver.package)}` }] }),
        })),
        timestamp: waiver.created_at,
        status: notAffected ? 'not_affected' : 'under_investigation',
        ...(notAffected ? { justification: waiver.justification } : {}),
        status_notes: `${waiver.reason} (waiver ${waiver.id}, ${waiver.ticket}, ${waiver.owner}, until ${waiver.expires_at})`,
      },
    ];
  });
  const created =
    active
      .map((waiver) => waiver.created_at)
      .sort()
      .at(-1) ?? new Date(now).toISOString();
  return canonicalJson({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `urn:suture:waivers:${active.map(({ id }) => id).join('+') || 'none'}`,
    author: 'suture',
    timestamp: created,
    version: 1,
    statements,
  });
}

function repositoryOf(reference: string): string {
  const rest = reference.split('@')[0] ?? reference;
  return rest.replace(/:[^:/]*$/, '');
}

function nameOf(reference: string): string {
  return repositoryOf(reference).split('/').at(-1) ?? '';
}
