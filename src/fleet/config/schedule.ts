import { Cron } from 'croner';
import { z } from 'zod';

/** When runs over an image set begin by themselves, where `suture serve` works. */
export interface Schedule {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Milliseconds; each run begins this much later at most, at a time that follows from the schedule. */
  readonly jitterMs: number;
}

/** In UTC, so that nothing depends on where the service runs. */
export const DEFAULT_TIME_ZONE = 'UTC';

/** @param duration schema of `90m`, `36h`, `7d` */
export function scheduleSchema(duration: z.ZodString) {
  return z.strictObject({
    cron: z
      .string()
      .min(1)
      .max(256)
      .refine(
        isCron,
        'is no cron expression: give minute, hour, day of month, month and day of week, such as 0 3 * * *',
      )
      .describe('five fields: minute, hour, day of month, month, day of week'),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .refine(isTimeZone, 'is no time zone: give a name such as Europe/Berlin')
      .describe('IANA name; default UTC')
      .optional(),
    jitter: duration.describe('begin up to this much later, so that not everything begins at once').optional(),
  });
}

function isCron(text: string): boolean {
  try {
    // Some dates never come, such as the 31st of February.
    return new Cron(text, { mode: '5-part', paused: true, timezone: 'UTC' }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
