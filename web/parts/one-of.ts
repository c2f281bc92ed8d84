/** The value if it is one of these: what an address says may be mistyped, or from another version. */
export function oneOf<T extends string>(values: readonly T[], value: string): T | undefined {
  return values.find((known) => known === value);
}
