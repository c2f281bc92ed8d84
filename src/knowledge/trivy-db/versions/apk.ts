import type { VersionOrder } from './order.ts';

/**
 * What the next part of a version is. The numbers are the order of apk-tools 2: parts may only follow in rising order (with
 * the exceptions in `next`), and of two versions equal so far the one whose next part has the *lower* number is greater.
 */
const INVALID = -1;
const DIGIT_OR_ZERO = 0;
const DIGIT = 1;
const LETTER = 2;
const SUFFIX = 3;
const SUFFIX_NUMBER = 4;
const REVISION = 5;
const END = 6;

/** Before the release, lowest first. */
const PRE_SUFFIXES = ['alpha', 'beta', 'pre', 'rc', 'b'];
/** After the release, lowest first. */
const POST_SUFFIXES = ['cvs', 'svn', 'git', 'hg', 'p'];

const isDigit = (character: string | undefined) => character !== undefined && /^\p{Nd}$/u.test(character);
const isLower = (character: string | undefined) => character !== undefined && /^\p{Ll}$/u.test(character);

/** Reads a version part by part, as go-apk-version (2020) does: apk-tools 2.10 without later suffixes and hashes. */
class VersionReader {
  readonly #text: readonly string[];
  #at = 0;
  kind = DIGIT;

  constructor(version: string) {
    this.#text = [...version];
  }

  /** Value of the part that `kind` announces; then `kind` is the next part's. */
  read(): bigint {
    const value = this.#value();
    if (value === undefined) {
      this.kind = INVALID;
      return -1n;
    }
    const zeros = this.kind === DIGIT_OR_ZERO && value < 0n;
    if (this.#at >= this.#text.length) this.kind = END;
    else this.kind = zeros ? DIGIT : this.#next(this.kind);
    return value;
  }

  #value(): bigint | undefined {
    switch (this.kind) {
      case DIGIT_OR_ZERO:
        return this.#text[this.#at] === '0' ? this.#leadingZeros() : this.#number();
      case DIGIT:
      case SUFFIX_NUMBER:
      case REVISION:
        return this.#number();
      case LETTER:
        return BigInt(this.#text[this.#at++]?.codePointAt(0) ?? 0);
      case SUFFIX:
        return this.#suffix();
      default:
        return undefined;
    }
  }

  /** `1.02` is below `1.1`: each leading zero counts down from nothing. */
  #leadingZeros(): bigint {
    let value = 0n;
    for (; this.#text[this.#at] === '0'; this.#at++) value--;
    return value;
  }

  /** The library adds up in int64, which wraps around. */
  #number(): bigint {
    const start = this.#at;
    while (isDigit(this.#text[this.#at])) this.#at++;
    const digits = this.#text.slice(start, this.#at).join('');
    return /^[0-9]+$/.test(digits) ? BigInt.asIntN(64, BigInt(digits)) : 0n;
  }

  #suffix(): bigint | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 5).join('');
    for (const [names, below] of [
      [PRE_SUFFIXES, PRE_SUFFIXES.length],
      [POST_SUFFIXES, 0],
    ] as const) {
      const index = names.findIndex((name) => rest.startsWith(name));
      if (index < 0) continue;
      this.#at += names[index]?.length ?? 0;
      return BigInt(index - below);
    }
    return undefined;
  }

  #next(current: number): number {
    const next = this.#announced(current);
    const mayFallBack =
      (next === DIGIT_OR_ZERO && current === DIGIT) ||
      (next === SUFFIX && current === SUFFIX_NUMBER) ||
      (next === DIGIT && current === LETTER);
    return next < current && !mayFallBack ? INVALID : next;
  }

  #announced(current: number): number {
    const character = this.#text[this.#at];
    if ((current === DIGIT || current === DIGIT_OR_ZERO) && isLower(character)) return LETTER;
    if (current === LETTER && isDigit(character)) return DIGIT;
    if (current === SUFFIX && isDigit(character)) return SUFFIX_NUMBER;
    this.#at++;
    if (character === '.') return DIGIT_OR_ZERO;
    if (character === '_') return SUFFIX;
    // The library drops the character after the hyphen without looking at it: `-0` is taken for `-r0`.
    return character === '-' && this.#at++ < this.#text.length ? REVISION : INVALID;
  }
}

function isValid(version: string): boolean {
  const reader = new VersionReader(version);
  while (reader.kind !== END && reader.kind !== INVALID) reader.read();
  return reader.kind === END;
}

function compare(a: string, b: string): number {
  const left = new VersionReader(a);
  const right = new VersionReader(b);
  while (left.kind === right.kind && left.kind !== END && left.kind !== INVALID) {
    const leftValue = left.read();
    const rightValue = right.read();
    if (leftValue !== rightValue) return leftValue < rightValue ? -1 : 1;
  }
  const [leftKind, rightKind] = [left.kind, right.kind];
  if (leftKind === rightKind) return 0;
  // A further part makes a version greater, unless it says "before the release".
  if (leftKind === SUFFIX && left.read() < 0n) return -1;
  if (rightKind === SUFFIX && right.read() < 0n) return 1;
  return leftKind > rightKind ? -1 : 1;
}

/** go-apk-version: empty is valid and below everything; `:`, `^`, `~` are refused. */
export const TRIVY_APK_ORDER: VersionOrder = { name: 'apk', isValid, compare, normalize: (version) => version };
