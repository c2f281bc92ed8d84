import type { Digest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { formatPlatform } from '../../oci/image.ts';
import type { PatchOutcome } from '../../patch/patch-image.ts';
import type { IndexOutcome } from '../../patch/patch-index.ts';
import { type PlanDocument, planDigest } from '../../patch/plan-document.ts';
import type { Published } from '../../patch/publish.ts';
import { noTiers, type Tier, type TierCounts } from '../sla.ts';
import type {
  ImageResult,
  LayerRecord,
  Outcome,
  PendingPackage,
  RepositoryState,
  StepRecord,
} from '../store/results.ts';
import { layerRecords } from './history.ts';
import type { FleetFinding } from './scan.ts';

/** What patching gave, the same for an image and an index. */
export interface Patching {
  readonly outcome: Exclude<Outcome, 'failed' | 'refused'>;
  readonly published: Published | undefined;
  /** Of the result, published or not; of the input when nothing was to do. */
  readonly digest: Digest;
  readonly plans: readonly PlanDocument[];
  readonly pending: readonly PendingPackage[];
  readonly notes: readonly string[];
  /** Of what may run, by platform where there are several. */
  readonly layers: readonly LayerRecord[];
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
      layers: made.flatMap(({ image, plan }) => layerRecords(image, formatPlatform(plan.base.platform))),
    };
  }
  const changed = outcome.kind === 'patched';
  const base = shared(changed, [outcome.plan], pendingOf(outcome.plan), outcome.notes);
  const published = changed ? outcome.published : undefined;
  return { ...base, published, digest: changed ? outcome.digest : asked, layers: layerRecords(outcome.image) };
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
  const { outcome, plans, pending, notes, digest, layers } = patching;
  const [plan] = plans;
  const isOne = plan !== undefined && plans.length === 1;
  return {
    ...identity,
    outcome,
    ...(published === undefined
      ? outcome === 'clean'
        ? { publishedReference: identity.reference, publishedDigest: digest }
        : {}
      : { publishedReference: published.reference, publishedDigest: published.digest }),
    ...(isOne
      ? { planDigest: planDigest(plan), baseDigest: plan.base.digest, baseReference: plan.base.reference }
      : {}),
    repositories: repositoriesOf(plans),
    steps: plans.flatMap((each) => stepsOf(each, isOne ? undefined : formatPlatform(each.base.platform))),
    layers,
    detail: {
      changed: plans.reduce((sum, { steps }) => sum + steps.length, 0),
      pending,
      unusable: plans.flatMap(({ unusable }) => unusable.map(({ id, reason }) => `${id}: ${reason}`)),
      notes,
      ...(plan === undefined ? {} : { os: { family: plan.os.id, name: plan.os.prettyName } }),
      platforms: plans.map(({ base }) => formatPlatform(base.platform)),
    },
  };
}

function stepsOf(plan: PlanDocument, platform: string | undefined): StepRecord[] {
  return plan.steps.map((step) => ({
    ...(platform === undefined ? {} : { platform }),
    package: step.name,
    architecture: step.architecture,
    action: step.action,
    ...(step.action === 'upgrade' ? { from: step.from } : {}),
    to: step.to,
    source: step.source.name,
    repository: step.file.repository,
    size: step.file.size,
    reason: step.reason,
    vulnerabilities: [...step.cves],
  }));
}

/**
 * A result with what its patch is rid of, as the scans before and after say it; a plan itself knows that only where it was
 * asked to fix something by name.
 * @param exploited ids that are known to be exploited
 */
export function withFixed(
  result: ImageResult,
  { before, remaining }: { readonly before: readonly FleetFinding[]; readonly remaining: readonly FleetFinding[] },
  exploited: ReadonlySet<string> = new Set(),
): ImageResult {
  const left = new Set(remaining.map(keyOf));
  const gone = before.filter((finding) => !left.has(keyOf(finding)));
  const still = new Set(remaining.map(({ vulnerability }) => vulnerability));
  const fixed = new Set(gone.map(({ vulnerability }) => vulnerability).filter((id) => !still.has(id)));
  const byPackage = new Map<string, string[]>();
  for (const { package: name, vulnerability } of gone)
    byPackage.set(name, [...(byPackage.get(name) ?? []), vulnerability]);
  const steps = result.steps?.map((step) => ({
    ...step,
    vulnerabilities: [...new Set([...step.vulnerabilities, ...(byPackage.get(step.package) ?? [])])].sort(),
  }));
  const findings = { before: byTier(before, exploited), after: byTier(remaining, exploited) };
  return {
    ...result,
    fixed: fixed.size,
    ...(steps === undefined ? {} : { steps }),
    detail: { ...result.detail, findings },
  };
}

function keyOf({ vulnerability, package: name }: FleetFinding): string {
  return `${vulnerability} ${name}`;
}

function byTier(findings: readonly FleetFinding[], exploited: ReadonlySet<string>): TierCounts {
  const counts = noTiers();
  for (const { vulnerability, severity } of findings) {
    const tier: Tier = exploited.has(vulnerability) ? 'KNOWN_EXPLOITED' : severity;
    counts[tier]++;
  }
  return counts;
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

/** A defect of the program in one image is that image's failure, with all that is known of it. */
export function asFailure(error: unknown): SutureError {
  if (error instanceof SutureError) return error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new SutureError('IMAGE_FAILED', message, { cause: error });
}
