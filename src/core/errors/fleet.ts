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
  IMAGE_FAILED: {
    exit: 'failed',
    summary: 'The work on one image of a fleet ended in a way that is not foreseen.',
    fix: 'The other images are not affected. Please report it with the message.',
  },
  END_OF_LIFE: {
    exit: 'policy',
    summary: 'The operating system of an image gets no more security updates, and the policy refuses such images.',
    fix: 'Move the image to a supported release, or set `endOfLife: patch` for it.',
  },
  WAIVER_UNKNOWN: {
    exit: 'usage',
    summary: 'There is no waiver with this id.',
    fix: 'See `suture waiver list`.',
  },
} as const satisfies ErrorTable;
