import { Cron } from 'croner';
import type { DigestRule } from '../../fleet/config/notifications.ts';

/** When the next digest after `now` is sent, in milliseconds since the epoch; the same for every replica. */
export function nextDigest({ every, timeZone }: DigestRule, now: number): number {
  if (typeof every === 'number') return (Math.floor(now / every) + 1) * every;
  const next = new Cron(every, { timezone: timeZone }).nextRun(new Date(now));
  // There is always a next morning.
  return next?.getTime() ?? now;
}
