import { KIND, type Token, tokens } from './tokens.ts';

/**
 * apk's version order (apk-tools 2, src/version.c; the commits of apk-tools 3 added). Part is compared with part; where
 * all are equal up to the point at which the kinds differ, the longer version is newer, unless it goes on with the suffix
 * of a pre-release. Numbers are exact, of any length.
 * @returns -1, 0 or 1
 */
export function compareApkVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = tokens(a);
  const right = tokens(b);
  for (;;) {
    const first = next(left);
    const second = next(right);
    if (first.kind !== second.kind) return compareKinds(first, second);
    if (first.kind === KIND.end || first.kind === KIND.invalid) return 0;
    if (first.value !== second.value) return first.value < second.value ? -1 : 1;
  }
}

function next(parts: Generator<Token>): Token {
  const result: IteratorResult<Token, unknown> = parts.next();
  return result.done ? { kind: KIND.end, value: 0 } : result.value;
}

function compareKinds(a: Token, b: Token): number {
  if (isPreRelease(a)) return -1;
  if (isPreRelease(b)) return 1;
  return a.kind > b.kind ? -1 : 1;
}

function isPreRelease({ kind, value }: Token): boolean {
  return kind === KIND.suffix && typeof value === 'number' && value < 0;
}

/** True when apk accepts it as a version. An empty one is none. */
export function isValidApkVersion(version: string): boolean {
  if (!/^[0-9]/.test(version)) return false;
  let last: number = KIND.invalid;
  for (const { kind } of tokens(version)) last = kind;
  return last === KIND.end;
}
