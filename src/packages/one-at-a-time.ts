const running = new Map<string, Promise<unknown>>();

/**
 * Works on a file of the cache while nothing else of this process does: images that are patched at the same time want the same
 * indexes and packages, and the second finds what the first has fetched. A failure is its caller's only; the next one tries.
 */
export async function oneAtATime<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (let other = running.get(path); other !== undefined; other = running.get(path)) await other.catch(() => {});
  const own = work();
  running.set(path, own);
  try {
    return await own;
  } finally {
    running.delete(path);
  }
}
