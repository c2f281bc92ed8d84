import { SutureError } from '../../core/errors/error.ts';

/** Which part of a list is wanted. */
export interface PageRequest {
  /** What `next` of the page before says. */
  readonly cursor?: string;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: T[];
  /** Absent on the last page. */
  readonly next?: string;
  readonly total?: number;
}

/** The place in a list that a cursor means; 0 without one. @throws SutureError USAGE */
export function placeOf({ cursor }: Pick<PageRequest, 'cursor'>): number {
  if (cursor === undefined) return 0;
  const place = /^[0-9]{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isSafeInteger(place)) return place;
  throw new SutureError('USAGE', `the cursor ${JSON.stringify(cursor)} is not one`, {
    fix: 'Take `next` of the page before as it is, or begin without a cursor.',
  });
}

/** @param rows one more than the page has, where there is one more */
export function pageOf<Row, T>(
  rows: readonly Row[],
  { cursor, limit }: PageRequest,
  itemOf: (row: Row) => T,
  total?: number,
): Page<T> {
  const items = rows.slice(0, limit).map(itemOf);
  const next = rows.length > limit ? { next: String(placeOf({ ...(cursor && { cursor }) }) + limit) } : {};
  return { items, ...next, ...(total === undefined ? {} : { total }) };
}
