/** Bounds work in total and per group; items start in their order as far as their group has a place. */
export async function scheduled<T>(
  items: readonly T[],
  limits: { readonly total: number; readonly perGroup: number },
  groupOf: (item: T) => string,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const active = new Map<string, number>();
  const running = new Set<Promise<void>>();
  const next = (): T | undefined => {
    const at = waiting.findIndex((item) => (active.get(groupOf(item)) ?? 0) < limits.perGroup);
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const failures: unknown[] = [];
  while (waiting.length > 0 || running.size > 0) {
    for (let item = next(); item !== undefined && running.size < limits.total; item = next()) {
      const group = groupOf(item);
      active.set(group, (active.get(group) ?? 0) + 1);
      const job: Promise<void> = work(item)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          active.set(group, (active.get(group) ?? 1) - 1);
          running.delete(job);
        });
      running.add(job);
      if (running.size >= limits.total) break;
    }
    await Promise.race(running);
    if (failures.length > 0) {
      await Promise.all(running);
      throw failures[0];
    }
  }
}
