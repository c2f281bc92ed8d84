import { z } from 'zod';
import { SutureError } from '../../../core/errors/error.ts';

/** The only schema there is since 2022. */
const SCHEMA = 2;

const time = z.iso.datetime({ offset: true });
const metadataSchema = z.looseObject({
  Version: z.number().int(),
  UpdatedAt: time,
  NextUpdate: time.nullish(),
});

/** What metadata.json says of a database. */
export interface DatabaseMetadata {
  readonly schema: number;
  /** When it was built, ISO 8601. */
  readonly updatedAt: string;
  /** When its makers mean to build the next. */
  readonly nextUpdate?: string;
}

/** @throws SutureError DATABASE_INVALID, DATABASE_UNSUPPORTED (another schema) */
export function parseMetadata(bytes: Uint8Array, what: string): DatabaseMetadata {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new SutureError('DATABASE_INVALID', `${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = metadataSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SutureError('DATABASE_INVALID', `${what} is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { Version, UpdatedAt, NextUpdate } = parsed.data;
  if (Version !== SCHEMA) {
    throw new SutureError('DATABASE_UNSUPPORTED', `${what} is of schema ${Version}; only schema ${SCHEMA} is read`);
  }
  return { schema: Version, updatedAt: UpdatedAt, ...(NextUpdate ? { nextUpdate: NextUpdate } : {}) };
}
