import { SutureError } from '../../core/errors/error.ts';
import { allEnded } from '../../core/settle.ts';
import type { Exclusions, PendingReason, PlanStep, Resolution, UpgradeRequest } from '../family.ts';
import type { ApkRepositories } from './repository/open-repositories.ts';
import { type Change, resolveApks, type Situation } from './resolve/resolve.ts';

/** What is out of reach now and may be there later; anything else about a package is an alarm and ends the run. */
const FETCH_FAILURES: ReadonlySet<string> = new Set(['REPOSITORY_UNREACHABLE', 'HTTP_STATUS']);

/**
 * Resolves, and learns the digests of the packages that are to change. An APKINDEX proves packages by their SHA-1 identity
 * only, while a plan pins files by SHA-256: so each is fetched into the cache and proven by the index first. One that cannot
 * be fetched is excluded with that reason, and the rest is resolved again.
 */
export async function decideSteps(
  situation: Situation,
  repositories: ApkRepositories,
  request: UpgradeRequest,
  exclusions: Exclusions,
): Promise<Resolution> {
  const excluded = new Map<string, { readonly reason: PendingReason; readonly detail: string }>(exclusions);
  for (;;) {
    const { changes, pending } = resolveApks(situation, request, excluded);
    const before = excluded.size;
    const steps = await allEnded(
      changes.map(async (change): Promise<PlanStep[]> => {
        try {
          return [await planStep(change, repositories)];
        } catch (error) {
          if (!(error instanceof SutureError) || !(error.retryable || FETCH_FAILURES.has(error.code))) throw error;
          excluded.set(`${change.to.name}:${change.to.architecture}`, {
            reason: 'fetch-failed',
            detail: error.message,
          });
          return [];
        }
      }),
    );
    if (excluded.size === before) return { steps: steps.flat(), pending };
  }
}

async function planStep({ to, from, offer, reason }: Change, repositories: ApkRepositories): Promise<PlanStep> {
  return {
    action: from === undefined ? 'install' : 'upgrade',
    name: to.name,
    architecture: to.architecture,
    ...(from === undefined ? {} : { from: from.version }),
    to: to.version,
    source: { name: to.origin === '' ? to.name : to.origin, version: to.version },
    file: await repositories.describe(offer),
    reason,
  };
}
