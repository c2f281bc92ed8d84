/** What makes a tag newer than another; `created` is asked of the images themselves. */
export type TagOrder = 'semver' | 'version' | 'date' | 'created';

/** Numbers first; what follows them tells variants (`-alpine`, `-jammy`) and pre-releases (`-rc1`) apart. */
interface Key {
  readonly numbers: readonly number[];
  /** Empty for a release: those come after their own pre-releases. */
  readonly preRelease: readonly (string | number)[];
  readonly variant: string;
}

const PRE_RELEASE = /^(?:alpha|beta|b|rc|pre|preview|dev|snapshot|nightly|canary|m|a|ea)(?:$|[.\d-])/i;

/**
 * Orders tags, oldest first, and leaves out what is none of the kind; those are returned as well, so that nobody wonders where
 * they are. Suffixes count: `3.9.18-alpine` is version 3.9.18, not a pre-release, and `22.04-jammy` is 22.04.
 */
export function orderTags(
  tags: readonly string[],
  order: Exclude<TagOrder, 'created'>,
): { readonly ordered: readonly string[]; readonly unordered: readonly string[] } {
  const keys = new Map<string, Key>();
  for (const tag of tags) {
    const key = KEYS[order](tag);
    if (key !== undefined) keys.set(tag, key);
  }
  const ordered = [...keys]
    .sort(([tag, a], [other, b]) => compareKeys(a, b) || compareText(tag, other))
    .map(([tag]) => tag);
  return { ordered, unordered: tags.filter((tag) => !keys.has(tag)) };
}

const KEYS: Readonly<Record<Exclude<TagOrder, 'created'>, (tag: string) => Key | undefined>> = {
  semver: (tag) => versionKey(tag, /^v?(\d{1,15})\.(\d{1,15})\.(\d{1,15})(?![\d.])(.*)$/i),
  version: (tag) => versionKey(tag, /^v?(\d{1,15}(?:\.\d{1,15})*)(?!\d)(.*)$/i),
  date: dateKey,
};

function versionKey(tag: string, shape: RegExp): Key | undefined {
  const match = shape.exec(tag);
  if (match === null) return undefined;
  const parts = match.slice(1, -1).flatMap((part) => part.split('.'));
  const words = (match.at(-1) ?? '').split(/[-+_]/).filter((word) => word !== '');
  const preRelease = words.filter((word) => PRE_RELEASE.test(word)).flatMap(identifiers);
  const variant = words.filter((word) => !PRE_RELEASE.test(word)).join('-');
  return { numbers: parts.map(Number), preRelease, variant };
}

/** `rc.10` and `rc10` are both after `rc9`. */
function identifiers(word: string): (string | number)[] {
  return (word.match(/\d{1,15}|[^\d.]+/g) ?? []).map((part) => (/^\d/.test(part) ? Number(part) : part.toLowerCase()));
}

/** `20250303`, `2025-03-03`, `2025.03.03`, with or without a time after it, anywhere in the tag. */
function dateKey(tag: string): Key | undefined {
  const match =
    /(?<!\d)(20\d\d|19\d\d)([-._]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:[-._T]?(\d{2})[-._]?(\d{2})[-._]?(\d{2})?)?(?!\d)/.exec(
      tag,
    );
  if (match === null) return undefined;
  const [whole, year, , month, day, hour = '0', minute = '0', second = '0'] = match;
  const numbers = [year, month, day, hour, minute, second].map(Number);
  return { numbers, preRelease: [], variant: tag.replace(whole, '') };
}

function compareKeys(a: Key, b: Key): number {
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let at = 0; at < length; at++) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePreRelease(a.preRelease, b.preRelease) || compareText(a.variant, b.variant);
}

/** Semantic Versioning 2.0.0, §11: a release is after its pre-releases; numbers before words, more fields after fewer. */
function comparePreRelease(a: Key['preRelease'], b: Key['preRelease']): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at], b[at]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    if (typeof left === 'number') return -1;
    if (typeof right === 'number') return 1;
    return compareText(left, right);
  }
  return 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
