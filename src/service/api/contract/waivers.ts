import { z } from 'zod';
import { JUSTIFICATIONS } from '../../../fleet/waivers.ts';
import { listOf, pageQuery, searchText } from './page.ts';
import { count, timestamp } from './values.ts';

export const WAIVER_STATES = ['active', 'expiring', 'expired', 'removed'] as const;
export const waiverState = z.enum(WAIVER_STATES).meta({ id: 'WaiverState', description: 'expiring: within a week' });
export type WaiverState = z.infer<typeof waiverState>;

export const justification = z.enum(JUSTIFICATIONS).meta({
  id: 'Justification',
  description: 'of OpenVEX; none waives without saying that the image is safe',
});

const line = z.string().trim().min(1).max(512);

/** POST /waivers: 201 with the waiver. */
export const newWaiver = z
  .strictObject({
    vulnerability: line.describe('CVE or advisory id'),
    image: line.describe('glob over references: * within a part of the name, ** over all'),
    package: line.exactOptional().describe('binary package; all when absent'),
    owner: line.describe('who answers for it'),
    ticket: line.describe('where it was decided'),
    reason: z.string().trim().min(1).max(4096),
    justification: justification.default('none'),
    expiresAt: timestamp.describe('there is no waiver without an end'),
  })
  .meta({ id: 'NewWaiver' });
export type NewWaiver = z.infer<typeof newWaiver>;

export const waiver = z
  .object({
    id: z.string(),
    vulnerability: z.string(),
    image: z.string(),
    package: z.string().exactOptional(),
    owner: z.string(),
    ticket: z.string(),
    reason: z.string(),
    justification,
    state: waiverState,
    createdAt: timestamp,
    expiresAt: timestamp,
    removedAt: timestamp.exactOptional(),
    findings: count.describe('open findings that it holds for now'),
    images: count.describe('with such a finding'),
  })
  .meta({ id: 'Waiver' });
export type Waiver = z.infer<typeof waiver>;

/** GET /waivers */
export const waiversQuery = z.strictObject({
  q: searchText.exactOptional(),
  show: z.enum(['current', 'ended', 'all']).default('current').describe('current: active and expiring'),
  ...pageQuery,
});
export type WaiversQuery = z.infer<typeof waiversQuery>;
export const waiverList = listOf(waiver).meta({ id: 'WaiverList' });
export type WaiverList = z.infer<typeof waiverList>;

/** DELETE /waivers/{id}: 204. */
export const waiverParameters = z.strictObject({ id: z.string().min(1).max(128) });
export type WaiverParameters = z.infer<typeof waiverParameters>;
