import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../core/ports.ts';
import { OriginLimiter } from './limiter.ts';
import { redactUrl } from './redact.ts';
import { DEFAULT_RETRIES, parseRetryAfter, retryDelay } from './retry.ts';

describe('retryDelay', () => {
  it('doubles, keeps its upper half random, and stays in its bounds', () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelay(attempt, DEFAULT_RETRIES, () => 0))).toEqual([
      250, 500, 1000, 2000,
    ]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delay = retryDelay(attempt, DEFAULT_RETRIES, () => random) ?? -1;
          expect(delay).toBeGreaterThanOrEqual(250);
          expect(delay).toBeLessThanOrEqual(30_000);
        },
      ),
    );
  });

  it('waits at least as long as the server asks, and gives up on too much', () => {
    expect(retryDelay(1, DEFAULT_RETRIES, () => 0.5, 7000)).toBe(7000);
    expect(retryDelay(1, DEFAULT_RETRIES, () => 0.5, 121_000)).toBeUndefined();
  });
});

it('parseRetryAfter reads seconds and dates', () => {
  expect(parseRetryAfter('3', 0)).toBe(3000);
  expect(parseRetryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 20_000)).toBe(40_000);
  expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 20_000)).toBe(0);
  expect(parseRetryAfter('soon', 0)).toBeUndefined();
  expect(parseRetryAfter(undefined, 0)).toBeUndefined();
});

it('redactUrl hides userinfo, signatures and fragments', () => {
  expect(redactUrl('https://me:pw@s3.example.org/blob?X-Amz-Signature=abc&n=5#x')).toBe(
    'https://s3.example.org/blob?X-Amz-Signature=***&n=5',
  );
  expect(redactUrl('not a url //me:pw@x?secret=1')).toBe('not a url //x');
});

describe('OriginLimiter', () => {
  it('lets only the limit in, and the next one when a place is given back', async () => {
    const limiter = new OriginLimiter(2, systemClock);
    const order: string[] = [];
    const first = await limiter.enter('a');
    await limiter.enter('a');
    await limiter.enter('b');
    const third = limiter.enter('a').then((leave) => {
      order.push('third');
      return leave;
    });
    await new Promise((resolve) => setImmediate(resolve));
    order.push('before');
    first();
    first();
    await third;
    expect(order).toEqual(['before', 'third']);
  });

  it('lets a waiting request go ahead when patience ends, so callers that need each other do not stop', async () => {
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const limiter = new OriginLimiter(1, clock);
    await limiter.enter('a');
    await expect(limiter.enter('a')).resolves.toBeTypeOf('function');
  });

  it('stops waiting when the caller gives up', async () => {
    const limiter = new OriginLimiter(1, systemClock);
    await limiter.enter('a');
    const stop = new AbortController();
    const waiting = limiter.enter('a', stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('systemClock.sleep', () => {
  it('ends at once for a signal that is aborted, before or while it sleeps', async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error('while'));
    await expect(sleeping).rejects.toThrow('while');
    await expect(systemClock.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
