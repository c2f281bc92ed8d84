import type { VersionOrder } from './order.ts';

interface Parts {
  readonly epoch: bigint;
  readonly version: string;
  readonly release: string;
}

/** Release after the *first* hyphen; an epoch that is no number is 0, a negative one counts. */
function split(text: string): Parts {
  const colon = text.indexOf(':');
  const epochText = colon < 0 ? '0' : text.slice(0, colon).trimStart();
  const epoch = /^[+-]?[0-9]{1,18}$/.test(epochText) ? BigInt(epochText.replace(/^\+/, '')) : 0n;
  const rest = text.slice(colon + 1);
  const hyphen = rest.indexOf('-');
  if (hyphen < 0) return { epoch, version: rest, release: '' };
  return { epoch, version: rest.slice(0, hyphen), release: rest.slice(hyphen + 1) };
}

/**
 * go-rpm-version since 08/2026: segments of letters or digits, `~` below everything, `^` above the end but below a further
 * segment; all else separates. A missing epoch is 0.
 */
export const TRIVY_RPM_ORDER: VersionOrder = {
  name: 'rpm',
  isValid: () => true,
  compare: (a, b) => {
    const left = split(a);
    const right = split(b);
    if (left.epoch !== right.epoch) return left.epoch < right.epoch ? -1 : 1;
    return compareRpmSegments(left.version, right.version) || compareRpmSegments(left.release, right.release);
  },
  normalize: (text) => {
    const { epoch, version, release } = split(text);
    return `${epoch > 0n ? `${epoch}:` : ''}${version}${release === '' ? '' : `-${release}`}`;
  },
};

/** rpmvercmp over one part, version or release. */
export function compareRpmSegments(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.match(/[a-zA-Z]+|[0-9]+|[~^]/g) ?? [];
  const right = b.match(/[a-zA-Z]+|[0-9]+|[~^]/g) ?? [];
  const common = Math.min(left.length, right.length);
  for (let index = 0; index < common; index++) {
    const order = compareSegment(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  if (left.length === right.length) return 0;
  const longer = left.length > right.length ? left : right;
  const sign = longer === left ? 1 : -1;
  return longer[common] === '~' ? -sign : sign;
}

/** Rank of a segment's kind where kinds differ: `~`, `^`, letters, digits. */
function rank(segment: string): number {
  if (segment === '~') return 0;
  if (segment === '^') return 1;
  return /^[0-9]/.test(segment) ? 3 : 2;
}

function compareSegment(a: string, b: string): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank < 0 ? -1 : 1;
  if (rank(a) !== 3) return a < b ? -1 : a > b ? 1 : 0;
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}
