import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { BlobCache } from '../../oci/layer/blob-cache.ts';
import type { TreeTrace } from '../../oci/tree/trace.ts';
import type { CachedOutcome } from './cached-outcome.ts';
import { SharedLayers } from './shared-layers.ts';

let directory: string;
let shared: SharedLayers;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-shared-'));
  shared = new SharedLayers(directory, new BlobCache(directory), 'test');
});
afterEach(() => rmSync(directory, { recursive: true }));

const recipe = { family: 'deb' as const, steps: [], sourceDate: 0, repositories: [] };
/** An image that fits others of the same base. */
const trace = (base: string): TreeTrace => ({
  record: () => ({ layers: [sha256(base)], directories: [], links: [] }),
  agreesWith: ({ layers }) => layers[0] === sha256(base),
});
const layers = (...names: readonly string[]) => names.map((name) => sha256(name));
const outcome = (reason: string): CachedOutcome => ({
  kind: 'not-native',
  blockers: [{ package: 'a', script: 'postinst', reason }],
});
const enter = (base: string, app: string) => shared.slot(recipe, trace(base), layers('root', base, app));

/** Whether a promise is still open after all that can be done now was done. */
async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(() => resolve('later'), 50));
  return (await Promise.race([promise, later])) === 'later';
}

describe('images in hand at the same time', () => {
  it('wait for the first of their base, and take what it made', async () => {
    const first = await enter('one', 'a');
    expect(first.found).toBeUndefined();
    const others = ['b', 'c'].map((app) => enter('one', app));
    expect(await isWaiting(Promise.race(others))).toBe(true);
    await first.keep(outcome('once'));
    first.release();
    for (const other of await Promise.all(others)) expect(other.found).toEqual(outcome('once'));
  });

  it('of another base wait among themselves, not for each image of the first', async () => {
    const first = await enter('one', 'a');
    const others = ['a', 'b', 'c'].map((app) => enter('two', app));
    expect(await isWaiting(Promise.race(others))).toBe(true);
    await first.keep(outcome('one'));
    first.release();
    // One of them makes it, whichever; the others wait for that one although there was something to wait for before.
    const second = await Promise.race(others);
    expect(second.found).toBeUndefined();
    await second.keep(outcome('two'));
    second.release();
    const found = (await Promise.all(others)).map((slot) => slot.found);
    expect(found.filter((one) => one === undefined)).toHaveLength(1);
    expect(found.filter((one) => one !== undefined)).toEqual([outcome('two'), outcome('two')]);
  });

  it('that share no layer do not wait', async () => {
    const first = await enter('one', 'a');
    const second = await shared.slot(recipe, trace('other'), layers('elsewhere'));
    expect(second.found).toBeUndefined();
    first.release();
    second.release();
  });

  it('go on when the first one fails, and do not wait in a row for what does not fit', async () => {
    const first = await enter('one', 'a');
    const others = ['b', 'c', 'd'].map((app) => shared.slot(recipe, trace(app), layers('root', 'one', app)));
    expect(await isWaiting(Promise.race(others))).toBe(true);
    first.release();
    const slots = await Promise.all(others);
    expect(slots.map(({ found }) => found)).toEqual([undefined, undefined, undefined]);
    for (const slot of slots) slot.release();
    const next = await enter('one', 'e');
    expect(next.found).toBeUndefined();
    next.release();
  });
});
