/** Times as people say them, with the exact one at hand. The caller passes the present: nothing here reads a clock. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Largest unit first: from this many milliseconds on, count in this unit. */
const UNITS = [
  [365 * DAY, 'y'],
  [DAY, 'd'],
  [HOUR, 'h'],
  [MINUTE, 'min'],
] as const;

/** `3 d ago`, `in 5 h`, `just now`. @param time ISO 8601 @param now milliseconds since the epoch */
export function relativeTime(time: string, now: number): string {
  const difference = Date.parse(time) - now;
  if (Number.isNaN(difference)) return time;
  const size = Math.abs(difference);
  const unit = UNITS.find(([from]) => size >= from);
  if (unit === undefined) return difference > 0 ? 'in under 1 min' : 'just now';
  const text = `${Math.floor(size / unit[0])}\u00a0${unit[1]}`;
  return difference > 0 ? `in ${text}` : `${text} ago`;
}

/** `2026-11-20 16:05:09 UTC`: one spelling for everybody, as in the logs. */
export function absoluteTime(time: string): string {
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) return time;
  return `${new Date(parsed).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `20 Nov 2026` in UTC. */
export function dateOf(time: string): string {
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) return time;
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    parsed,
  );
}

/** `2 h 5 min`, `12 s`, `840 ms`: the two largest units. @param milliseconds not negative */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}\u00a0${unit}`)
    .join(' ');
}
