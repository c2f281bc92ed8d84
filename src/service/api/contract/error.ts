import { z } from 'zod';

/** Body of every response that is not a success. */
export const apiError = z
  .object({
    code: z.string().describe('stable, as in docs/errors.md'),
    message: z.string().describe('what went wrong, for a person'),
    fix: z.string().describe('what to do about it'),
  })
  .meta({ id: 'Error' });
export type ApiError = z.infer<typeof apiError>;
