import type { ErrorTable } from './exit.ts';

export const FLEET_ERRORS = {
  STORE_UNAVAILABLE: {
    exit: 'failed',
    summary: 'The fleet store cannot be opened.',
    fix: 'Check the path or URL of --store (SUTURE_STORE), the rights on it, and that the database answers.',
    retryable: true,
  },
  STORE_LOCKED: {
    exit: 'failed',
    summary: 'Another run works with the same fleet store.',
    fix: 'Wait for it; the lock of a run that died is taken over by itself.',
    retryable: true,
  },
  STORE_CORRUPT: {
    exit: 'verification',
    summary: 'The fleet store or its event ledger is not as it was written.',
    fix: 'Keep the file for an investigation; restore a backup, or rebuild from the registry with `suture store rebuild`.',
  },
  WAIVER_UNKNOWN: {
    exit: 'usage',
    summary: 'There is no waiver with this id.',
    fix: 'See `suture waiver list`.',
  },
} as const satisfies ErrorTable;
