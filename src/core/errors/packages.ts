import type { ErrorTable } from './exit.ts';

export const PACKAGES_ERRORS = {
  PACKAGE_UNAVAILABLE: {
    exit: 'failed',
    summary: 'No repository offers a package that a new root needs.',
    fix: 'Check the name, and that the repositories of the release are configured.',
  },
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
  // What no fresh fetch can mend and what must not be worked around is `policy` (exit 4): signatures, freshness, rollback.
  // What a mirror out of step causes, and what is gone on the next try, is `failed` (exit 1).
  REPOSITORY_UNSIGNED: {
    exit: 'policy',
    summary: 'A package repository has no signature.',
    fix: 'Sign the repository, or remove it from the image; signature checks cannot be turned off.',
  },
  REPOSITORY_UNTRUSTED: {
    exit: 'policy',
    summary: 'No signature of a package repository is valid and by a key that this repository is to be signed with.',
    fix: 'Check that the source is genuine; if its key changed, update the keyring in the image or pin the new key.',
  },
  REPOSITORY_EXPIRED: {
    exit: 'policy',
    summary: 'The signed index of a package repository is past its Valid-Until, or dated in the future.',
    fix: 'Sync the mirror and check the clock; a frozen snapshot needs Check-Valid-Until: no on its source and leave to honour it.',
  },
  REPOSITORY_ROLLED_BACK: {
    exit: 'policy',
    summary: 'A package repository offers an older index than one seen before.',
    fix: 'Find out why the mirror went back; to use an older snapshot on purpose, redirect the source to that snapshot.',
  },
  REPOSITORY_CHANGED: {
    exit: 'failed',
    summary: 'A package repository no longer has the index that a stored plan was made from.',
    fix: 'Redirect the source to a snapshot of that date, or make a new plan.',
  },
  REPOSITORY_INVALID: {
    exit: 'failed',
    summary: 'The index of a package repository does not have the form its format requires.',
    fix: 'Check that the address is a repository and that the mirror is complete.',
  },
  REPOSITORY_UNREACHABLE: {
    exit: 'failed',
    summary: 'A package repository, or a file of it, cannot be fetched.',
    fix: 'Check the network, the proxy and the credentials, or redirect the source to a mirror that is reachable.',
    retryable: true,
  },
  INDEX_HASH_MISMATCH: {
    exit: 'failed',
    summary: 'A package index does not have the hash that the signed Release file gives.',
    fix: 'The mirror is being updated, out of step or was tampered with; try again later or use another one.',
    retryable: true,
  },
  FILE_CONFLICT: {
    exit: 'failed',
    summary: 'A package would overwrite a file of another package that it does not replace.',
    fix: 'Upgrade both packages together, or report the conflict to the distribution; the image was left as it was.',
  },
  SCRIPT_FAILED: {
    exit: 'failed',
    summary: 'A maintainer script of a package ended with an error.',
    fix: 'See the message for the output of the script; the image was left as it was.',
  },
} as const satisfies ErrorTable;
