import { z } from 'zod';
import { finding, remediation } from './findings.ts';
import { imageSummary } from './images.ts';
import { burnDownDay, coverage, tierStanding } from './overview.ts';
import { listOf } from './page.ts';
import { stateCounts } from './values.ts';
import { waiver } from './waivers.ts';

/** GET /teams: all of them, by name; the empty name is that of images without a team. */
export const teamSummary = z.object({ name: z.string(), coverage, states: stateCounts }).meta({ id: 'TeamSummary' });
export type TeamSummary = z.infer<typeof teamSummary>;
export const teamList = listOf(teamSummary).meta({ id: 'TeamList' });
export type TeamList = z.infer<typeof teamList>;

/** GET /team */
export const teamQuery = z.strictObject({
  name: z.string().max(512),
  days: z.coerce.number().int().min(1).max(366).default(30),
});
export type TeamQuery = z.infer<typeof teamQuery>;

export const team = teamSummary
  .extend({
    owners: z.array(z.string()),
    sla: z.object({
      tiers: z.array(tierStanding),
      burnDown: z.array(burnDownDay),
      urgent: z.array(finding).describe('at most 10'),
      remediation,
    }),
    images: z.array(imageSummary).describe('those at most risk; at most 10; more by GET /images?team='),
    waivers: z.array(waiver).describe('current ones that hold for findings of its images'),
  })
  .meta({ id: 'Team' });
export type Team = z.infer<typeof team>;
