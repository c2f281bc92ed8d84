import { z } from 'zod';
import { listOf } from './page.ts';
import { seconds, timestamp } from './values.ts';

export const scheduleEntry = z
  .object({
    name: z.string(),
    cron: z.string(),
    timeZone: z.string(),
    sets: z.array(z.string()).exactOptional().describe('image sets; all when absent'),
    jitterSeconds: seconds,
    nextAt: timestamp.exactOptional().describe('with the jitter'),
    lastAt: timestamp.exactOptional(),
    lastRun: z.string().exactOptional().describe('id'),
  })
  .meta({ id: 'ScheduleEntry' });
export type ScheduleEntry = z.infer<typeof scheduleEntry>;

/** GET /schedule */
export const schedule = listOf(scheduleEntry).meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof schedule>;
