import { z } from 'zod';
import { runStatus } from './runs.ts';
import { compliance, count, outcome, reference, text, tier, timestamp } from './values.ts';

/** GET /search: the best of each kind, at most 8. */
export const searchQuery = z.strictObject({ q: z.string().trim().min(1).max(512) });
export type SearchQuery = z.infer<typeof searchQuery>;

export const searchResult = z
  .object({
    images: z.array(
      z.object({ reference, team: z.string().exactOptional(), outcome: outcome.exactOptional(), compliance }),
    ),
    vulnerabilities: z.array(z.object({ id: z.string(), tier, title: text.exactOptional(), openImages: count })),
    packages: z.array(z.object({ name: z.string(), openImages: count, patchedImages: count })),
    runs: z.array(z.object({ id: z.string(), status: runStatus, startedAt: timestamp.exactOptional() })),
    teams: z.array(z.object({ name: z.string(), images: count })),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof searchResult>;
