import { createRequire } from 'node:module';

declare const SUTURE_VERSION: string | undefined;
declare const SUTURE_BUILD: string | undefined;

/** Set by the bundler; run from sources it comes from package.json. */
export const VERSION: string =
  typeof SUTURE_VERSION === 'string'
    ? SUTURE_VERSION
    : (createRequire(import.meta.url)('../../package.json') as { version: string }).version;

/** Digest of the sources, set by the bundler. */
export const BUILD: string = typeof SUTURE_BUILD === 'string' ? SUTURE_BUILD : 'sources';
