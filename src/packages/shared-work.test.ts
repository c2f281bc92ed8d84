import { describe, expect, it } from 'vitest';
import { SharedWork } from './shared-work.ts';

describe('SharedWork', () => {
  it('does once what is asked for twice, and remembers the result', async () => {
    const shared = new SharedWork<number>(2);
    let calls = 0;
    const work = async () => ++calls;
    expect(await Promise.all([shared.get('a', work), shared.get('a', work)])).toEqual([1, 1]);
    expect([await shared.get('a', work), await shared.get('b', work)]).toEqual([1, 2]);
  });

  it('forgets a failure', async () => {
    const shared = new SharedWork<string>(1);
    await expect(shared.get('a', () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off');
    expect(await shared.get('a', async () => 'whole')).toBe('whole');
  });

  it('has no more under way than its limit, and ends all of it', async () => {
    const shared = new SharedWork<number>(3);
    let [active, most] = [0, 0];
    const keys = Array.from({ length: 20 }, (_, at) => at);
    const results = await Promise.all(
      keys.map((key) =>
        shared.get(`${key}`, async () => {
          most = Math.max(most, ++active);
          await new Promise((resolve) => setTimeout(resolve, 1));
          active--;
          return key;
        }),
      ),
    );
    expect([results, most]).toEqual([keys, 3]);
  });
});
