import type { ByteString } from '../../../../core/bytes.ts';

/** Size of dpkg's table of path names; the order in which it writes its lists follows from it. */
const BINS = 262_139;
const OFFSET_BASIS = 2_166_136_261;
const PRIME = 16_777_619;

function bin(path: ByteString): number {
  let hash = OFFSET_BASIS;
  for (const character of path.replace(/^(?:\.?\/)+/, '')) {
    hash = Math.imul(hash ^ character.charCodeAt(0), PRIME) >>> 0;
  }
  return hash % BINS;
}

/** Sorts entries as dpkg's hash table yields them; entries of one bin keep their order. */
export function inHashOrder<Entry>(entries: readonly Entry[], pathOf: (entry: Entry) => ByteString): Entry[] {
  return entries
    .map((entry, index) => ({ entry, index, bin: bin(pathOf(entry)) }))
    .sort((a, b) => a.bin - b.bin || a.index - b.index)
    .map(({ entry }) => entry);
}

/** Whether the entries are in that order already: they are when this version of dpkg wrote them. */
export function isInHashOrder<Entry>(entries: readonly Entry[], pathOf: (entry: Entry) => ByteString): boolean {
  // Bytes above 127 hash differently where char is unsigned.
  if (entries.some((entry) => /[^ -~]/.test(pathOf(entry)))) return false;
  return inHashOrder(entries, pathOf).every((entry, index) => entry === entries[index]);
}
