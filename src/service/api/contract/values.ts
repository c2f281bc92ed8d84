import { z } from 'zod';
import type { Digest } from '../../../core/digest.ts';
import { SEVERITIES } from '../../../core/severity.ts';
import { OUTCOMES as RESULT_OUTCOMES } from '../../../fleet/store/results.ts';

/** Values that several resources have in common. Members that are not known are absent, never null. */

/** ISO 8601 in UTC: `2026-01-10T08:00:00.000Z`. */
export const timestamp = z.iso.datetime().describe('ISO 8601, UTC');
/** A day in UTC: `2026-01-10`. */
export const day = z.iso.date().describe('ISO 8601 date, UTC');
export const seconds = z.int().min(0).describe('seconds');
export const count = z.int().min(0);
export const digest = z.string().regex(/^sha(?:256|512):[0-9a-f]{64,128}$/) as unknown as z.ZodType<Digest>;
/** As the configuration names it: `registry.example.org/shop/api:1.4.2`. */
export const reference = z.string().min(1).max(4096);
export const text = z.string().max(16_384);

export const severity = z.enum(SEVERITIES);

/** What a service level is set for: a severity, or known to be exploited, which counts before any severity. Worst first. */
export const TIERS = ['KNOWN_EXPLOITED', 'CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const;
export const tier = z.enum(TIERS).meta({ id: 'Tier' });
export type Tier = z.infer<typeof tier>;

/** What became of an image in its last run. */
export const OUTCOMES = RESULT_OUTCOMES;
export const outcome = z.enum(OUTCOMES).meta({ id: 'Outcome' });
export type Outcome = z.infer<typeof outcome>;

/** Where a finding that is still there stands. */
export const OPEN_STATES = ['late', 'due', 'unmeasured', 'waived', 'pending-upstream', 'unfixable', 'eol'] as const;
/** Where a finding that is gone stands. */
export const RESOLVED_STATES = ['met', 'met-late'] as const;
export const slaState = z.enum([...OPEN_STATES, ...RESOLVED_STATES]).meta({
  id: 'SlaState',
  description:
    'late, due: past or within its service level. unmeasured: has a fix, no service level is set. waived. pending-upstream: no fix can be had. unfixable: the distribution will not fix it. eol: the system gets no more fixes. met, met-late: gone, in time or not',
});
export type SlaState = z.infer<typeof slaState>;

/** `late`: has a late finding. `unknown`: was never compared with a database, or could not be worked on; never the same as clean. */
export const COMPLIANCES = ['compliant', 'late', 'unknown'] as const;
export const compliance = z.enum(COMPLIANCES).meta({ id: 'Compliance' });
export type Compliance = z.infer<typeof compliance>;

/** How many images by what became of them; `unchecked` has no result yet. */
export const outcomeCounts = z
  .object({
    patched: count,
    clean: count,
    partial: count,
    pending: count,
    refused: count,
    failed: count,
    unchecked: count,
  })
  .meta({ id: 'OutcomeCounts' });
export type OutcomeCounts = z.infer<typeof outcomeCounts>;

/** Open findings by where they stand; `open` is the sum of the others. */
export const stateCounts = z
  .object({
    open: count,
    late: count,
    due: count,
    unmeasured: count,
    waived: count,
    pendingUpstream: count,
    unfixable: count,
    endOfLife: count,
  })
  .meta({ id: 'StateCounts' });
export type StateCounts = z.infer<typeof stateCounts>;

/** Open findings by tier. */
export const tierCounts = z
  .object({
    KNOWN_EXPLOITED: count,
    CRITICAL: count,
    HIGH: count,
    MEDIUM: count,
    LOW: count,
    UNKNOWN: count,
  })
  .meta({ id: 'TierCounts' });
export type TierCounts = z.infer<typeof tierCounts>;
