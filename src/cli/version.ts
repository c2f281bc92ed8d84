import { createRequire } from 'node:module';

declare const SUTURE_VERSION: string | undefined;

/** Set by the bundler; run from sources it comes from package.json. */
export const VERSION: string =
  typeof SUTURE_VERSION === 'string'
    ? SUTURE_VERSION
    : (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
