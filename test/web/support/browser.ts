import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's. */
const PROGRAM = '/usr/bin/chromium';

/** Why browser tests are skipped; undefined where they can run. */
export const noBrowser = existsSync(PROGRAM) ? undefined : `${PROGRAM} is not there: apt-get install chromium`;

export function launchBrowser(): Promise<Browser> {
  // Without its sandbox, because tests may run as root and in containers; it only ever sees pages of ours.
  return chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
