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
export { FINDINGS_CSV, IMAGES_CSV } from '../../../fleet/views/csv.ts';
