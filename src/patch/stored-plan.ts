import { readFileSync } from 'node:fs';
import type { Digest } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import type { Exclusions, OpenedRepositories, PendingReason, Resolution } from '../packages/family.ts';
import type { Lineage } from './lineage.ts';
import { type PlanDocument, type PlanDocumentStep, parsePlan } from './plan-document.ts';

/** A saved plan as a file. @throws SutureError FILE_UNREADABLE, PLAN_INVALID, LIMIT_EXCEEDED */
export function readStoredPlan(path: string): PlanDocument {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `cannot read the plan ${path}`, { cause: error });
  }
  return parsePlan(bytes, { name: path });
}

/** By RepositoryInfo.id the signed index that the plan was made from. */
export function lockOf(plan: PlanDocument): ReadonlyMap<string, Digest> {
  return new Map(plan.repositories.map(({ id, digest }) => [id, digest]));
}

/**
 * What the plan left out although the resolver offered it. Scripts that are not native would be found again; a package that
 * could not be fetched then may be there now, and still is no part of the plan.
 */
export function exclusionsOf(plan: PlanDocument): Exclusions {
  const learned: ReadonlySet<PendingReason> = new Set(['script-not-native', 'fetch-failed']);
  return new Map(
    plan.pending
      .filter(({ reason }) => learned.has(reason))
      .map(({ name, architecture, reason, detail }) => [`${name}:${architecture}`, { reason, detail }]),
  );
}

/** @throws SutureError PLAN_STALE when the plan is of another base */
export function checkBase(plan: PlanDocument, { baseDigest }: Lineage, name: string): void {
  if (baseDigest === plan.base.digest) return;
  throw new SutureError(
    'PLAN_STALE',
    `the plan is for the base ${plan.base.digest}, but that of ${name} is ${baseDigest}`,
  );
}

/** @throws SutureError REPOSITORY_UNREACHABLE when a repository of the plan could not be opened */
export function checkRepositories(plan: PlanDocument, opened: OpenedRepositories): void {
  const open = new Set(opened.repositories.map(({ id }) => id));
  const missing = plan.repositories.find(({ id }) => !open.has(id));
  if (missing === undefined) return;
  const reason = opened.unusable.find(({ id }) => id === missing.id)?.reason ?? 'the image does not configure it';
  throw new SutureError('REPOSITORY_UNREACHABLE', `the plan needs the repository ${missing.id}: ${reason}`);
}

/**
 * The resolution must be the plan's, step by step: same files, same order.
 * @throws SutureError PLAN_STALE naming the first difference; REPOSITORY_UNREACHABLE when a package cannot be fetched
 */
export function checkSteps(plan: PlanDocument, { steps, pending }: Resolution): void {
  const unfetched = pending.find(
    ({ name, reason }) => reason === 'fetch-failed' && plan.steps.some((planned) => planned.name === name),
  );
  if (unfetched !== undefined) throw new SutureError('REPOSITORY_UNREACHABLE', unfetched.detail);
  const wanted = plan.steps.map(describe);
  const found = steps.map(describe);
  const at = Array.from({ length: Math.max(wanted.length, found.length) }).findIndex((_, i) => wanted[i] !== found[i]);
  if (at < 0) return;
  throw new SutureError(
    'PLAN_STALE',
    `step ${at + 1} of the plan is ${wanted[at] ?? 'missing'}, but would now be ${found[at] ?? 'none'}`,
  );
}

type Step = Pick<PlanDocumentStep, 'action' | 'name' | 'architecture' | 'to' | 'file'> & { readonly from?: string };

function describe({ action, name, architecture, from, to, file }: Step): string {
  const versions = from === undefined ? to : `${from} → ${to}`;
  return `${action} ${name}:${architecture} ${versions} (${file.path}, ${file.digest})`;
}
