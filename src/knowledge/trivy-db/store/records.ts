import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, isDigest } from '../../../core/digest.ts';
import { SutureError } from '../../../core/errors/error.ts';
import { fromBytes } from '../../../core/streams.ts';
import { writeFileAtomically } from '../../../oci/atomic-file.ts';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is not a digest');
const time = z.iso.datetime({ offset: true });

const recordSchema = z.object({
  digest,
  size: z.number().int().nonnegative(),
  schema: z.number().int(),
  updatedAt: time,
  nextUpdate: time.optional(),
  downloadedAt: time,
  source: z.object({ name: z.string(), manifest: digest.optional(), layer: digest.optional() }),
});

const stateSchema = z.object({ active: digest, order: z.array(digest) });

/** One stored database: record.json beside trivy.db. */
export type DatabaseRecord = z.output<typeof recordSchema>;

/** Which database is used, and all in the order of their arrival, newest first. */
export type StoreState = z.output<typeof stateSchema>;

const RECORD = 'record.json';
const STATE = 'state.json';

export async function readState(directory: string): Promise<StoreState | undefined> {
  return readJson(join(directory, STATE), stateSchema);
}

/** The one write that makes another database the active one. */
export async function writeState(directory: string, state: StoreState): Promise<void> {
  await writeJson(join(directory, STATE), state);
}

export async function readRecord(directory: string): Promise<DatabaseRecord | undefined> {
  return readJson(join(directory, RECORD), recordSchema);
}

export async function writeRecord(directory: string, record: DatabaseRecord): Promise<void> {
  await writeJson(join(directory, RECORD), record);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, fromBytes(Buffer.from(`${JSON.stringify(value, null, 2)}\n`)));
}

/** Undefined when there is no such file. @throws SutureError DATABASE_INVALID, FILE_UNREADABLE */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SutureError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SutureError('DATABASE_INVALID', `${path} is damaged`, {
      cause,
      fix: `Remove ${path} and run \`suture db update\` or \`suture db import\`.`,
    });
  }
}
