const COUNT = new Intl.NumberFormat('en-US');

/** `12,345`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** `1 image`, `2 images`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)}\u00a0${count === 1 ? one : many}`;
}

/** Whole percent that says 0 % or 100 % only where it is exactly that. Undefined for a part of nothing. */
export function percent(part: number, whole: number): number | undefined {
  if (whole <= 0) return undefined;
  const exact = (part / whole) * 100;
  if (exact <= 0) return 0;
  if (exact >= 100) return 100;
  return Math.min(99, Math.max(1, Math.round(exact)));
}

/** Binary units: `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 100 ? value.toFixed(1) : Math.round(value)}\u00a0${units[power] ?? 'B'}`;
}
