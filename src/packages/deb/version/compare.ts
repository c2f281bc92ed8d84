/**
 * dpkg's version order (Debian Policy 5.6.12, deb-version(7)): epoch as a number, then upstream version, then revision.
 * Total over all strings: an invalid one is ordered by the same rules with an epoch of 0, so it never breaks a sort.
 * @returns -1, 0 or 1. Different strings may be equal: `1.0` and `0:1.0-0`.
 */
export function compareDebVersions(a: string, b: string): number {
  if (a === b) return 0;
  const epochEndA = epochLength(a);
  const epochEndB = epochLength(b);
  const byEpoch = compareParts(a, 0, epochEndA, b, 0, epochEndB);
  if (byEpoch !== 0) return byEpoch;
  const startA = epochEndA === 0 ? 0 : epochEndA + 1;
  const startB = epochEndB === 0 ? 0 : epochEndB + 1;
  const hyphenA = lastHyphen(a, startA);
  const hyphenB = lastHyphen(b, startB);
  const byUpstream = compareParts(a, startA, hyphenA, b, startB, hyphenB);
  if (byUpstream !== 0) return byUpstream;
  return compareParts(a, Math.min(hyphenA + 1, a.length), a.length, b, Math.min(hyphenB + 1, b.length), b.length);
}

/** Number of digits before the first colon; 0 when there is no epoch (or none that is a number). */
function epochLength(version: string): number {
  for (let index = 0; index < version.length; index++) {
    const code = version.charCodeAt(index);
    if (code === COLON) return index;
    if (!isDigit(code)) return 0;
  }
  return 0;
}

/** Where the upstream version ends: the last hyphen, or the end. */
function lastHyphen(version: string, start: number): number {
  const hyphen = version.lastIndexOf('-');
  return hyphen < start ? version.length : hyphen;
}

const COLON = 0x3a;
const TILDE = 0x7e;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Weight of a character outside digits: `~` before the end, the end (and a digit) next, letters before all others. */
function weight(code: number): number {
  if (isDigit(code)) return 0;
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return code;
  return code === TILDE ? -1 : code + 256;
}

/** Compares alternately a run without digits by weight and a run of digits as a number of any length. */
function compareParts(a: string, fromA: number, endA: number, b: string, fromB: number, endB: number): number {
  let i = fromA;
  let j = fromB;
  while (i < endA || j < endB) {
    while ((i < endA && !isDigit(a.charCodeAt(i))) || (j < endB && !isDigit(b.charCodeAt(j)))) {
      const weightA = i < endA ? weight(a.charCodeAt(i)) : 0;
      const weightB = j < endB ? weight(b.charCodeAt(j)) : 0;
      if (weightA !== weightB) return weightA < weightB ? -1 : 1;
      i++;
      j++;
    }
    while (i < endA && a.charCodeAt(i) === 0x30) i++;
    while (j < endB && b.charCodeAt(j) === 0x30) j++;
    let firstDifference = 0;
    while (i < endA && j < endB && isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (firstDifference === 0) firstDifference = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (i < endA && isDigit(a.charCodeAt(i))) return 1;
    if (j < endB && isDigit(b.charCodeAt(j))) return -1;
    if (firstDifference !== 0) return firstDifference < 0 ? -1 : 1;
  }
  return 0;
}
