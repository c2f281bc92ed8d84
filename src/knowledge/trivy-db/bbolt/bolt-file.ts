import { Bucket } from './bucket.ts';
import { PageFile } from './page-file.ts';

export interface BoltFile {
  readonly name: string;
  /** The bucket at the root of the file. @throws SutureError DATABASE_INVALID */
  bucket(name: string): Bucket | undefined;
  /** All buckets at the root of the file. */
  root(): Bucket;
  close(): void;
}

const CACHE_BYTES = 4 * 1024 * 1024;

/**
 * Opens a bbolt file for reading. Reads are synchronous and paged: look-ups in a file of 1 GB touch some kilobytes of it.
 * @param cacheBytes memory for pages, default 4 MiB
 * @throws SutureError DATABASE_INVALID when it is not a whole bbolt file; FILE_UNREADABLE
 */
export function openBolt(path: string, cacheBytes = CACHE_BYTES): BoltFile {
  const file = new PageFile(path, cacheBytes);
  const root = () => new Bucket(file, file.meta.root);
  return { name: path, root, bucket: (name) => root().bucket(name), close: () => file.close() };
}
