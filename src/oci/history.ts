import type { HistoryEntry } from './model.ts';

/**
 * The specification: history entries that are not `empty_layer` stand for the layers, one each, in order. Some builders
 * write no history or a short one; such a history names nothing reliably and is left as it is.
 */
export function historyMatchesLayers(history: readonly HistoryEntry[] | undefined, layers: number): boolean {
  return (history ?? []).filter((entry) => entry.empty_layer !== true).length === layers;
}

/** How many entries belong to the first `layers` layers, with the empty ones up to the next layer (CMD, LABEL, …). */
export function historyLength(history: readonly HistoryEntry[], layers: number): number {
  let seen = 0;
  for (const [at, entry] of history.entries()) {
    if (entry.empty_layer === true) continue;
    if (seen === layers) return at;
    seen++;
  }
  return history.length;
}
