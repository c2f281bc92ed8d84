import { z } from 'zod';
import { count, digest, seconds, timestamp } from './values.ts';

/** GET /database: the vulnerability database at hand. `present: false` is a state, not an error. */
export const database = z
  .object({
    present: z.boolean(),
    digest: digest.exactOptional(),
    updatedAt: timestamp.exactOptional().describe('when it was built'),
    nextUpdateAt: timestamp.exactOptional().describe('when its maker meant to build the next'),
    ageSeconds: seconds.exactOptional(),
    maxAgeSeconds: seconds.exactOptional().describe('the strictest of the configuration'),
    stale: z.boolean().describe('missing, or older than the configuration allows'),
    source: z.string().exactOptional().describe('where it is from'),
    knownExploited: z
      .object({ updatedAt: timestamp.exactOptional(), entries: count })
      .exactOptional()
      .describe('the list of known exploited vulnerabilities, where one is configured'),
  })
  .meta({ id: 'Database' });
export type Database = z.infer<typeof database>;

/** A package repository as runs last saw it. */
export const repository = z
  .object({
    id: z.string(),
    digest: digest.describe('of the signed index'),
    date: timestamp.describe('of the signed index'),
    ageSeconds: seconds,
    seenAt: timestamp,
    images: count.describe('that used it'),
  })
  .meta({ id: 'Repository' });
export type Repository = z.infer<typeof repository>;
