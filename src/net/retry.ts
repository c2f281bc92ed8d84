import type { HttpMethod, RetryPolicy } from './types.ts';

export const DEFAULT_RETRIES: RetryPolicy = {
  attempts: 5,
  firstDelay: 500,
  longestDelay: 30_000,
  longestRetryAfter: 120_000,
};

/** Answers that mean "not now" rather than "no": RFC 9110 408, 502, 503, 504 and RFC 6585 429. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 502 || status === 503 || status === 504;
}

/** RFC 9110 9.2.2, of the methods used here. */
export function isIdempotent(method: HttpMethod): boolean {
  return method !== 'POST' && method !== 'PATCH';
}

/**
 * Milliseconds to wait before attempt `attempt` + 1 (`attempt` counts from 1): exponential, with the upper half random so
 * that many clients cut off at once do not come back at once. Never less than what the server asked for.
 * Undefined when the server asks for more patience than the policy has.
 */
export function retryDelay(
  attempt: number,
  policy: RetryPolicy,
  random: () => number,
  retryAfter?: number,
): number | undefined {
  if (retryAfter !== undefined && retryAfter > policy.longestRetryAfter) return undefined;
  const ceiling = Math.min(policy.longestDelay, policy.firstDelay * 2 ** (attempt - 1));
  const delay = Math.round(ceiling / 2 + (random() * ceiling) / 2);
  return retryAfter === undefined ? delay : Math.max(retryAfter, delay);
}

/** Milliseconds named by a Retry-After header (seconds or an HTTP date, RFC 9110 10.2.3); undefined when there is none. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value.trim()) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
