/**
 * `Promise.all`, except that a failure is told only when every other work has ended too: what is still under way would go on
 * writing temporary files behind a caller that is already cleaning up. Of several failures the first in order is thrown.
 */
export async function allEnded<T>(works: Iterable<Promise<T>>): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
