/**
 * Kinds of parts a version is made of, in the order in which apk ranks them where two versions differ in kind: the
 * version whose next part ranks higher is the older one (`1.2` is older than `1.2.1`, `1.2-r1` older than `1.2_p1-r1`).
 */
export const KIND = {
  invalid: -1,
  /** A number after a dot, of which leading zeros count. */
  fraction: 0,
  number: 1,
  letter: 2,
  suffix: 3,
  suffixNumber: 4,
  /** `~0a1b2c`, of apk-tools 3. */
  commit: 5,
  revision: 6,
  end: 7,
} as const;

export interface Token {
  readonly kind: number;
  /** Rank or number; a commit's is its text. */
  readonly value: number | bigint | string;
}

/** `_alpha` to `_rc` stand before the version without suffix, `_cvs` to `_p` after it. */
const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ...['alpha', 'beta', 'pre', 'rc'].map((name, index) => [name, index - 4] as const),
  ...['cvs', 'svn', 'git', 'hg', 'p'].map((name, index) => [name, index] as const),
]);

/** Numbers of more digits than this lose their last ones as a double. */
const EXACT_DIGITS = 15;

/**
 * The parts of a version, closed by one of kind `end` or `invalid`:
 * `number{.number}[letter]{_suffix[number]}[~commit][-rnumber]`.
 */
export function* tokens(version: string): Generator<Token> {
  let kind: number = KIND.number;
  let at = 0;
  if (version === '') kind = KIND.end;
  while (kind !== KIND.end && kind !== KIND.invalid) {
    const part = read(version, at, kind);
    if (part === undefined) {
      kind = KIND.invalid;
      break;
    }
    yield { kind, value: part.value };
    at = part.end;
    // The zeros of a fraction are a part of their own, the digits behind them another.
    const zeros =
      kind === KIND.fraction && version.charAt(at - 1) === '0' && typeof part.value === 'number' && part.value < 0;
    if (at >= version.length) kind = KIND.end;
    else if (zeros) kind = KIND.number;
    else ({ kind, at } = following(version, at, kind));
  }
  yield { kind, value: 0 };
}

function read(version: string, at: number, kind: number): { value: Token['value']; end: number } | undefined {
  switch (kind) {
    case KIND.letter:
      return { value: version.charCodeAt(at), end: at + 1 };
    case KIND.suffix: {
      const name = /^[a-z]*/.exec(version.slice(at))?.[0] ?? '';
      const rank = SUFFIXES.get(name);
      return rank === undefined ? undefined : { value: rank, end: at + name.length };
    }
    case KIND.commit: {
      const text = /^[0-9a-f]+/.exec(version.slice(at))?.[0];
      return text === undefined ? undefined : { value: text, end: at + text.length };
    }
    default:
      return readNumber(version, at, kind);
  }
}

function readNumber(version: string, at: number, kind: number): { value: number | bigint; end: number } {
  if (kind === KIND.fraction) {
    const zeros = runOf(version, at, (code) => code === 0x30);
    // More zeros make a smaller fraction: 1.002 is older than 1.02, and that older than 1.2.
    if (zeros > at) return { value: at - zeros, end: zeros };
  }
  const end = runOf(version, at, isDigit);
  const digits = version.slice(at, end);
  return { value: digits.length > EXACT_DIGITS ? BigInt(digits) : Number(digits), end };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function runOf(text: string, from: number, belongs: (code: number) => boolean): number {
  let index = from;
  while (index < text.length && belongs(text.charCodeAt(index))) index++;
  return index;
}

/** The kind of the part that begins at `at`, after one of `kind`, and where its content begins. */
function following(version: string, at: number, kind: number): { kind: number; at: number } {
  const character = version.charAt(at);
  const next = kindAt(version, at, kind);
  // Parts come in the order of their kinds, but for these repetitions.
  const again =
    (next.kind === KIND.fraction && kind === KIND.number) ||
    (next.kind === KIND.suffix && kind === KIND.suffixNumber) ||
    (next.kind === KIND.number && kind === KIND.letter);
  if (next.kind < kind && !again) return { kind: KIND.invalid, at };
  return character === '' ? { kind: KIND.end, at } : next;
}

function kindAt(version: string, at: number, kind: number): { kind: number; at: number } {
  const character = version.charAt(at);
  const digit = isDigit(version.charCodeAt(at));
  if ((kind === KIND.number || kind === KIND.fraction) && character >= 'a' && character <= 'z') {
    return { kind: KIND.letter, at };
  }
  if (kind === KIND.letter && digit) return { kind: KIND.number, at };
  if (kind === KIND.suffix && digit) return { kind: KIND.suffixNumber, at };
  if (character === '.') return { kind: KIND.fraction, at: at + 1 };
  if (character === '_') return { kind: KIND.suffix, at: at + 1 };
  if (character === '~') return { kind: KIND.commit, at: at + 1 };
  if (character === '-' && version.charAt(at + 1) === 'r') return { kind: KIND.revision, at: at + 2 };
  return { kind: KIND.invalid, at };
}
