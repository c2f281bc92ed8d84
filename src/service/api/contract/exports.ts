import { z } from 'zod';
import { findingFilter } from './findings.ts';
import { imagesFilter } from './images.ts';
import { reference } from './values.ts';

/** GET /export/images.csv: the filters of the list, and all pages at once. */
export const exportImagesQuery = imagesFilter;
export type ExportImagesQuery = z.infer<typeof exportImagesQuery>;

/** GET /export/findings.csv */
export const exportFindingsQuery = z.strictObject({
  ...findingFilter,
  reference: reference.exactOptional(),
  team: z.string().max(512).exactOptional(),
  vulnerability: z.string().max(256).exactOptional(),
});
export type ExportFindingsQuery = z.infer<typeof exportFindingsQuery>;

/** First lines of the files. */
export const IMAGES_CSV = [
  'reference',
  'team',
  'owner',
  'outcome',
  'compliance',
  'digest',
  'published_reference',
  'published_digest',
  'open',
  'late',
  'due',
  'waived',
  'pending_upstream',
  'unfixable',
  'end_of_life',
  'next_due_at',
  'last_checked_at',
] as const;

export const FINDINGS_CSV = [
  'reference',
  'team',
  'vulnerability',
  'package',
  'severity',
  'known_exploited',
  'state',
  'status',
  'installed_version',
  'fixed_version',
  'blocked_by',
  'first_detected_at',
  'fix_available_at',
  'due_at',
  'resolved_at',
  'waiver',
] as const;
