const TILDE = 0x7e;
const CARET = 0x5e;
const END = -1;

/**
 * rpm's order of a version or a release (rpm's documentation of "Dependencies", version comparison): runs of digits and runs
 * of letters are compared pairwise, everything else separates; `~` sorts before the end, `^` after the end but before more.
 * @returns -1, 0 or 1. Different strings may be equal: `2_0` and `2.0`, `1.05` and `1.5`.
 */
export function compareRpmSegments(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  for (;;) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const first = at(a, i);
    const second = at(b, j);
    if (first === TILDE || second === TILDE) {
      if (first !== second) return first === TILDE ? -1 : 1;
      i++;
      j++;
    } else if (first === CARET || second === CARET) {
      if (first === END || second === END) return first === END ? -1 : 1;
      if (first !== second) return first === CARET ? -1 : 1;
      i++;
      j++;
    } else if (first === END || second === END) {
      return first === second ? 0 : first === END ? -1 : 1;
    } else {
      const isRun = isDigit(first) ? isDigit : isLetter;
      const endA = runEnd(a, i, isRun);
      const endB = runEnd(b, j, isRun);
      // Of a number and a word the number is newer.
      if (endB === j) return isRun === isDigit ? 1 : -1;
      const order =
        isRun === isDigit ? compareNumbers(a, i, endA, b, j, endB) : compareWords(a.slice(i, endA), b.slice(j, endB));
      if (order !== 0) return order;
      i = endA;
      j = endB;
    }
  }
}

function at(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : END;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** ASCII only, whatever the locale. */
function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function skipSeparators(text: string, from: number): number {
  let index = from;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (isDigit(code) || isLetter(code) || code === TILDE || code === CARET) break;
  }
  return index;
}

function runEnd(text: string, from: number, belongs: (code: number) => boolean): number {
  let index = from;
  while (index < text.length && belongs(text.charCodeAt(index))) index++;
  return index;
}

/** Numbers of any length, leading zeros dropped. */
function compareNumbers(a: string, fromA: number, endA: number, b: string, fromB: number, endB: number): number {
  let i = fromA;
  let j = fromB;
  while (i < endA && a.charCodeAt(i) === 0x30) i++;
  while (j < endB && b.charCodeAt(j) === 0x30) j++;
  if (endA - i !== endB - j) return endA - i < endB - j ? -1 : 1;
  return compareWords(a.slice(i, endA), b.slice(j, endB));
}

function compareWords(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
