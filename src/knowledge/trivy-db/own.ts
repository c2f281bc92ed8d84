/** Looks a key from outside up in a table: `constructor` and the like, which every object has, are no entries. */
export function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
