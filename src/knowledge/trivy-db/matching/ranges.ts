import type { VersionOrder } from '../versions/order.ts';

const TERM = /^(>=|<=|>|<|==|!=|=)?\s*([0-9][0-9a-zA-Z.+~:_^-]*)$/;

/**
 * Whether a version lies in a range: terms joined by AND, divided by commas or else by spaces.
 * @returns undefined when the range or a version cannot be read
 */
export function inRange(version: string, range: string, order: VersionOrder): boolean | undefined {
  const terms = range.includes(',') ? range.split(',') : range.split(/\s+/);
  const parsed = terms
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => TERM.exec(term));
  if (version === '' || parsed.length === 0 || parsed.includes(null)) return undefined;
  for (const term of parsed) {
    const bound = term?.[2] ?? '';
    if (!order.isValid(version) || !order.isValid(bound)) return undefined;
    if (!holds(term?.[1] ?? '=', order.compare(version, bound))) return false;
  }
  return true;
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '!=':
      return order !== 0;
    default:
      return order === 0;
  }
}

/**
 * Whether a version lies in any of the ranges; none means every version.
 * @param onUnreadable `stop`: a range that cannot be read ends the search, as Trivy does for Root.io and Seal
 */
export function inAnyRange(
  version: string,
  ranges: readonly string[],
  order: VersionOrder,
  onUnreadable: 'stop' | 'skip',
): boolean {
  if (ranges.length === 0) return true;
  for (const range of ranges) {
    const found = inRange(version, range, order);
    if (found) return true;
    if (found === undefined && onUnreadable === 'stop') return false;
  }
  return false;
}
