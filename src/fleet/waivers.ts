import { randomBytes } from 'node:crypto';
import { SutureError } from '../core/errors/error.ts';
import { canonicalJson } from '../patch/canonical-json.ts';
import type { Actor } from './store/ledger.ts';
import type { WaiverRow } from './store/schema.ts';
import type { FleetStore } from './store/store.ts';

/** OpenVEX justifications of `not_affected`; `none` waives without saying that the image is safe. */
export const JUSTIFICATIONS = [
  'none',
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;
export type Justification = (typeof JUSTIFICATIONS)[number];

export interface NewWaiver {
  /** CVE or advisory id. */
  readonly vulnerability: string;
  /** Glob over image references: `*` within a path part, `**` over all. */
  readonly image: string;
  readonly package?: string;
  readonly owner: string;
  readonly ticket: string;
  readonly reason: string;
  readonly justification: Justification;
  /** Milliseconds since the epoch. There is no waiver without an end. */
  readonly expiresAt: number;
}

/** Accepts a risk for a time. The ledger keeps who, why and until when. @throws SutureError USAGE */
export async function addWaiver(store: FleetStore, waiver: NewWaiver, actor?: Actor): Promise<WaiverRow> {
  for (const field of ['vulnerability', 'image', 'owner', 'ticket', 'reason'] as const)
    if (waiver[field].trim() === '') throw new SutureError('USAGE', `a waiver needs --${field}`);
  if (!(waiver.expiresAt > store.clock.now())) throw new SutureError('USAGE', 'a waiver must end in the future');
  const row: WaiverRow = {
    id: `w-${randomBytes(5).toString('hex')}`,
    vulnerability: waiver.vulnerability,
    image: waiver.image,
    package: waiver.package ?? null,
    owner: waiver.owner,
    ticket: waiver.ticket,
    reason: waiver.reason,
    justification: waiver.justification,
    created_at: store.now(),
    expires_at: new Date(waiver.expiresAt).toISOString(),
    removed_at: null,
  };
  const event = { kind: 'waiver-added' as const, subject: row.id, data: { ...row }, ...(actor && { actor }) };
  await store.record(event, async (transaction) => {
    await transaction.insertInto('waivers').values(row).execute();
  });
  return row;
}

/** Ends a waiver before its time. @throws SutureError WAIVER_UNKNOWN */
export async function removeWaiver(store: FleetStore, id: string, actor?: Actor): Promise<void> {
  const found = (await listWaivers(store)).find((row) => row.id === id && row.removed_at === null);
  if (found === undefined) throw new SutureError('WAIVER_UNKNOWN', `there is no waiver ${id}`);
  const event = { kind: 'waiver-removed' as const, subject: id, data: {}, ...(actor && { actor }) };
  await store.record(event, async (transaction) => {
    await transaction.updateTable('waivers').set({ removed_at: store.now() }).where('id', '=', id).execute();
  });
}

/** All waivers that ever were, by expiry. */
export async function listWaivers(store: FleetStore): Promise<readonly WaiverRow[]> {
  return store.database.selectFrom('waivers').selectAll().orderBy('expires_at').orderBy('id').execute();
}

export type WaiverState = 'active' | 'expiring' | 'expired' | 'removed';

/** Warned of a week ahead. */
const WARNING_MS = 7 * 86_400_000;

export function waiverState({ expires_at: end, removed_at: removed }: WaiverRow, now: number): WaiverState {
  if (removed !== null) return 'removed';
  const left = Date.parse(end) - now;
  return left <= 0 ? 'expired' : left <= WARNING_MS ? 'expiring' : 'active';
}

export interface WaivedFinding {
  readonly reference: string;
  readonly vulnerability: string;
  readonly package: string;
}

/** The waiver that holds for a finding now, the one that lasts longest. */
export function waiverFor(waivers: readonly WaiverRow[], finding: WaivedFinding, now: number): WaiverRow | undefined {
  return waivers
    .filter((waiver) => ['active', 'expiring'].includes(waiverState(waiver, now)))
    .filter(
      (waiver) =>
        waiver.vulnerability === finding.vulnerability &&
        (waiver.package === null || waiver.package === finding.package) &&
        globMatches(waiver.image, finding.reference),
    )
    .sort((a, b) => (a.expires_at < b.expires_at ? 1 : -1))[0];
}

function globMatches(glob: string, text: string): boolean {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'u').test(text);
}

/**
 * Waivers with a justification as an OpenVEX 0.2.0 document, which scanners read; those without one do not say that a product
 * is not affected, so they are under investigation there.
 * @param references images that the waivers may be about
 */
export function exportOpenVex(waivers: readonly WaiverRow[], references: readonly string[], now: number): string {
  const active = waivers.filter((waiver) => ['active', 'expiring'].includes(waiverState(waiver, now)));
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
