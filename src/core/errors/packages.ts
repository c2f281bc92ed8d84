import type { ErrorTable } from './exit.ts';

export const PACKAGES_ERRORS = {
  DATABASE_UNREADABLE: {
    exit: 'policy',
    summary: 'The package database of the image cannot be read.',
    fix: 'The image cannot be judged or patched as it is; rebuild it from an intact base.',
  },
  PACKAGE_INVALID: {
    exit: 'failed',
    summary: 'A package file is corrupt or not of its format.',
    fix: 'Fetch it again; if it repeats, the repository holds a damaged package.',
  },
  PACKAGE_HASH_MISMATCH: {
    exit: 'failed',
    summary: 'A package file does not have the hash that the signed repository index gives.',
    fix: 'The mirror is out of step or was tampered with; sync it again or use another one.',
  },
} as const satisfies ErrorTable;
