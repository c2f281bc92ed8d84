import { z } from 'zod';
import { count } from './values.ts';

/** Opaque: what `next` of the page before says. */
export const cursor = z.string().min(1).max(512).exactOptional();

/** Members of the query of every list. */
export const pageQuery = {
  cursor,
  limit: z.coerce.number().int().min(1).max(500).default(50),
};

/** A page of a list; `next` is absent on the last one, `total` where counting would cost more than it tells. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().exactOptional(), total: count.exactOptional() });
}

/** What is typed into a search box. */
export const searchText = z.string().trim().max(512);

export const order = z.enum(['asc', 'desc']).exactOptional();
