const MOST = 16_384;

/**
 * A function of a version that keeps what it found: the versions of one image, and of the fixes of its packages, are asked
 * for again and again. Bounded; when it is full it starts anew.
 */
export function remembering<T>(work: (version: string) => T): (version: string) => T {
  const known = new Map<string, T>();
  return (version) => {
    const found = known.get(version);
    if (found !== undefined || known.has(version)) return found as T;
    const made = work(version);
    if (known.size >= MOST) known.clear();
    known.set(version, made);
    return made;
  };
}
