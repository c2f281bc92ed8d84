import { z } from 'zod';
import { type Digest, sha256 } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { checkLimit } from '../core/limits.ts';
import { canonicalJson } from './canonical-json.ts';
import { planSchema } from './plan-schema.ts';

/** The frozen plan of one image: reviewable, storable, and with the base digest enough to make the result again. */
export type PlanDocument = z.output<typeof planSchema>;
export type PlanDocumentStep = PlanDocument['steps'][number];

/** Bytes; a plan that changes a thousand packages has 2 MiB. */
const PLAN_LIMIT = 64 * 1024 * 1024;

/**
 * The one spelling of a plan: canonical JSON, lists without an order of their own sorted. Steps keep theirs, which is that
 * of their application.
 */
export function formatPlan(plan: PlanDocument): string {
  return canonicalJson({
    ...plan,
    repositories: [...plan.repositories].sort(by(({ id }) => id)),
    unusable: [...plan.unusable].sort(by(({ id, reason }) => `${id}\n${reason}`)),
    steps: plan.steps.map((step) => ({ ...step, cves: [...new Set(step.cves)].sort() })),
    pending: [...plan.pending].sort(by((entry) => `${entry.name}\n${entry.architecture}\n${canonicalJson(entry)}`)),
    options: {
      ...plan.options,
      ...(plan.options.only === undefined ? {} : { only: [...plan.options.only].sort(by(canonicalJson)) }),
    },
  });
}

/**
 * Names the plan in labels, provenance and lock files, by what it decides: the digest of its one spelling without the name
 * that the caller used for the image, without texts for a person and without what is known to be fixed. Texts can hold where
 * something was fetched from, and knowledge grows; the same patch must come out whatever a mirror is called and a database knows.
 */
export function planDigest(plan: PlanDocument): Digest {
  return sha256(
    formatPlan({
      ...plan,
      base: { ...plan.base, reference: '' },
      steps: plan.steps.map((step) => ({ ...step, cves: [] })),
      unusable: plan.unusable.map(({ id }) => ({ id, reason: '' })),
      pending: plan.pending.map((entry) => ({ ...entry, detail: '' })),
    }),
  );
}

/**
 * Reads a stored plan.
 * @throws SutureError LIMIT_EXCEEDED; PLAN_INVALID naming the member that is wrong
 */
export function parsePlan(bytes: Uint8Array, { name }: { readonly name: string }): PlanDocument {
  checkLimit(`plan ${name}`, bytes.length, PLAN_LIMIT);
  const parsed = planSchema.safeParse(parseJson(bytes, name));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue === undefined || issue.path.length === 0 ? 'the top level' : issue.path.join('.');
    throw invalid(name, `${place}: ${issue?.message ?? 'invalid'}`, parsed.error);
  }
  checkConsistency(parsed.data, name);
  return parsed.data;
}

/** JSON Schema (draft 2020-12) of the document, as published in docs/schemas/plan.schema.json. */
export function planJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(planSchema, { io: 'input' }), null, 2)}\n`;
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(name, 'it is not JSON', cause);
  }
}

/** What a schema cannot say: each package changes once, and comes from a repository whose index the plan pins. */
function checkConsistency(plan: PlanDocument, name: string): void {
  const repositories = new Set(plan.repositories.map(({ id }) => id));
  const changed = new Set<string>();
  for (const [index, step] of plan.steps.entries()) {
    const key = `${step.name}:${step.architecture}`;
    if (changed.has(key)) throw invalid(name, `steps.${index}: ${key} is changed twice`);
    changed.add(key);
    if (!repositories.has(step.file.repository)) {
      throw invalid(name, `steps.${index}.file.repository: "${step.file.repository}" is not a repository of the plan`);
    }
  }
}

function invalid(name: string, what: string, cause?: unknown): SutureError {
  return new SutureError('PLAN_INVALID', `${name} is not a valid plan: ${what}`, { cause });
}

function by<T>(keyOf: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [first, second] = [keyOf(a), keyOf(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  };
}
