import { SutureError } from './errors/error.ts';

/** Upper bounds for outside data, in bytes unless named otherwise. Real data stays far below; bombs do not. */
export const LIMITS = {
  manifest: 4 * 1024 * 1024,
  config: 8 * 1024 * 1024,
  /** One layer, decompressed. */
  layer: 64 * 1024 ** 3,
  /** Decompressed ÷ compressed, beyond the first 64 MiB. */
  compressionRatio: 1100,
  layersPerImage: 512,
  /** Docker's overlay2 mounts at most 128 directories, one of which the container writes to: it runs no image with more layers. */
  runnableLayers: 127,
  entriesPerLayer: 5_000_000,
  pathLength: 4096,
  paxHeader: 1024 * 1024,
  /** A file that is read whole into memory: databases, scripts, conffiles. */
  wholeFile: 512 * 1024 * 1024,
  release: 16 * 1024 * 1024,
  packagesIndex: 2 * 1024 ** 3,
  package: 8 * 1024 ** 3,
  packageControl: 64 * 1024 * 1024,
  report: 512 * 1024 * 1024,
  httpErrorBody: 64 * 1024,
} as const;

export type LimitName = keyof typeof LIMITS;

/** @throws SutureError LIMIT_EXCEEDED */
export function checkLimit(what: string, value: number, limit: number): void {
  if (value > limit) throw new SutureError('LIMIT_EXCEEDED', `${what} is larger than the limit of ${limit}`);
}
