import { describe, expect, it } from 'vitest';
import { allEnded } from './settle.ts';

describe('allEnded', () => {
  it('gives all results in order', async () => {
    expect(await allEnded([Promise.resolve(1), new Promise((resolve) => setTimeout(resolve, 5, 2))])).toEqual([1, 2]);
  });

  it('tells a failure only when the others have ended', async () => {
    let ended = false;
    const slow = new Promise<void>((resolve) =>
      setTimeout(() => {
        ended = true;
        resolve();
      }, 20),
    );
    await expect(allEnded([Promise.reject(new Error('first')), slow])).rejects.toThrow('first');
    expect(ended).toBe(true);
  });
});
