import { z } from 'zod';
import { database, repository } from './database.ts';
import { finding, remediation } from './findings.ts';
import { runSummary } from './runs.ts';
import { scheduleEntry } from './schedule.ts';
import { count, day, outcomeCounts, seconds, stateCounts, tier, timestamp } from './values.ts';
import { waiver } from './waivers.ts';

/** GET /overview */
export const overviewQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(366).default(30).describe('length of the time series'),
});
export type OverviewQuery = z.infer<typeof overviewQuery>;

export const coverage = z
  .object({
    images: count,
    byOutcome: outcomeCounts,
    byCompliance: z.object({ compliant: count, late: count, unknown: count }),
    checkedLastDay: count.describe('images looked at within 24 hours'),
  })
  .meta({ id: 'Coverage' });
export type Coverage = z.infer<typeof coverage>;

/** One tier of the service levels. */
export const tierStanding = stateCounts
  .extend({
    tier,
    levelSeconds: z
      .object({ min: seconds, max: seconds })
      .exactOptional()
      .describe('service levels of the images; absent where none is set'),
    nextDueAt: timestamp.exactOptional(),
  })
  .meta({ id: 'TierStanding' });
export type TierStanding = z.infer<typeof tierStanding>;

/** How many findings were open at the end of a day: as of the last run of that day. */
export const burnDownDay = z
  .object({
    day,
    open: count.describe('with a fix, neither waived nor without a service level: due and late'),
    late: count,
    waived: count,
    tiers: z.array(z.object({ tier, open: count, late: count, waived: count })),
  })
  .meta({ id: 'BurnDownDay' });
export type BurnDownDay = z.infer<typeof burnDownDay>;

export const overview = z
  .object({
    at: timestamp,
    coverage,
    sla: z.object({
      tiers: z.array(tierStanding).describe('worst first; all of them'),
      burnDown: z.array(burnDownDay).describe('oldest first; days without a run are absent'),
      urgent: z.array(finding).describe('late and due findings, the longest overdue first; at most 10'),
      remediation: remediation.describe('of the same days as the time series'),
    }),
    knowledge: z.object({
      database,
      repositories: z.array(repository).describe('oldest first; at most 50'),
    }),
    runs: z.array(runSummary).describe('newest first; at most 5'),
    nextRun: scheduleEntry.exactOptional(),
    waivers: z.object({ active: count, expiring: z.array(waiver).describe('within a week, the first first') }),
  })
  .meta({ id: 'Overview' });
export type Overview = z.infer<typeof overview>;
