import type { Digest } from '../../core/digest.ts';
import type { SutureError } from '../../core/errors/error.ts';
import type { PatchOutcome } from '../../patch/patch-image.ts';
import type { IndexOutcome } from '../../patch/patch-index.ts';
import { type PlanDocument, planDigest } from '../../patch/plan-document.ts';
import type { Published } from '../../patch/publish.ts';
import type { ImageResult, Outcome, PendingPackage, RepositoryState } from '../store/results.ts';

/** What patching gave, the same for an image and an index. */
export interface Patching {
  readonly outcome: Exclude<Outcome, 'failed' | 'refused'>;
  readonly published: Published | undefined;
  /** Of the result, published or not; of the input when nothing was to do. */
  readonly digest: Digest;
  readonly plans: readonly PlanDocument[];
  readonly pending: readonly PendingPackage[];
  readonly notes: readonly string[];
}

/** @param asked digest that the reference named */
export function patchingOf(outcome: PatchOutcome | IndexOutcome, asked: Digest): Patching {
  if ('platforms' in outcome) {
    const made = outcome.platforms.flatMap((entry) => ('made' in entry ? [entry.made] : []));
    const kept = outcome.platforms.flatMap((entry) => ('made' in entry ? [] : [entry]));
    const plans = made.map(({ plan }) => plan);
    const unknown = kept
      .filter((entry) => entry.unknown)
      .map(({ platform, kept: detail }) => ({ name: platform, from: '', reason: 'unsupported', detail }));
    const pending = [...plans.flatMap(pendingOf), ...unknown];
    const changed = outcome.kind === 'patched-index';
    const notes = [
      ...made.flatMap((entry) => entry.notes),
      ...kept.filter((entry) => !entry.unknown).map(({ platform, kept: why }) => `${platform}: ${why}`),
    ];
    return {
      ...shared(changed, plans, pending, notes),
      published: outcome.published,
      digest: changed ? outcome.digest : asked,
    };
  }
  const changed = outcome.kind === 'patched';
  const base = shared(changed, [outcome.plan], pendingOf(outcome.plan), outcome.notes);
  return { ...base, published: changed ? outcome.published : undefined, digest: changed ? outcome.digest : asked };
}

function shared(
  changed: boolean,
  plans: readonly PlanDocument[],
  pending: readonly PendingPackage[],
  notes: readonly string[],
) {
  const complete = pending.length === 0 && plans.every(({ unusable }) => unusable.length === 0);
  const outcome = changed ? (complete ? 'patched' : 'partial') : complete ? 'clean' : 'pending';
  return { outcome, plans, pending, notes } as const;
}

function pendingOf(plan: PlanDocument): PendingPackage[] {
  return plan.pending.map(({ name, from, to, reason, detail }) => ({
    name,
    from,
    ...(to === undefined ? {} : { to }),
    reason,
    detail,
  }));
}

/** Repositories of all plans, each once. */
export function repositoriesOf(plans: readonly PlanDocument[]): readonly RepositoryState[] {
  const states = new Map<string, RepositoryState>();
  for (const { repositories } of plans)
    for (const { id, digest, date } of repositories) states.set(id, { id, digest, date });
  return [...states.values()];
}

/** The record of an image that went well, or as well as possible. */
export function resultOf(
  identity: Pick<ImageResult, 'reference'> & { readonly digest: Digest; readonly decision: Digest },
  patching: Patching,
  published: Published | undefined,
): ImageResult {
  const { outcome, plans, pending, notes, digest } = patching;
  const [plan] = plans;
  return {
    ...identity,
    outcome,
    ...(published === undefined
      ? outcome === 'clean'
        ? { publishedReference: identity.reference, publishedDigest: digest }
        : {}
      : { publishedReference: published.reference, publishedDigest: published.digest }),
    ...(plan === undefined || plans.length > 1 ? {} : { planDigest: planDigest(plan) }),
    repositories: repositoriesOf(plans),
    detail: {
      changed: plans.reduce((sum, { steps }) => sum + steps.length, 0),
      pending,
      unusable: plans.flatMap(({ unusable }) => unusable.map(({ id, reason }) => `${id}: ${reason}`)),
      notes,
    },
  };
}

/** The record of an image that could not be worked on; nothing is said about its packages. */
export function failureOf(
  identity: Pick<ImageResult, 'reference'> & Partial<Pick<ImageResult, 'digest' | 'decision'>>,
  error: SutureError,
): ImageResult {
  const { code, message, retryable } = error;
  return {
    ...identity,
    outcome: error.exitClass === 'policy' ? 'refused' : 'failed',
    repositories: [],
    detail: { changed: 0, pending: [], unusable: [], notes: [], error: { code, message, retryable } },
  };
}

/** Whether an outcome holds until something it depends on changes; what was only out of reach is tried again. */
export function isSettled({ outcome, detail }: ImageResult): boolean {
  if (outcome === 'failed' || outcome === 'refused') return false;
  return detail.unusable.length === 0 && detail.pending.every(({ reason }) => reason !== 'fetch-failed');
}
