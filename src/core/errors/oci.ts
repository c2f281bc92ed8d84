import type { ErrorTable } from './exit.ts';

export const OCI_ERRORS = {
  DIGEST_MISMATCH: {
    exit: 'failed',
    summary: 'Content does not have the digest or size that names it.',
    fix: 'Fetch it again; if it repeats, the source holds corrupt or replaced content and must be repaired.',
  },
  REFERENCE_INVALID: {
    exit: 'usage',
    summary: 'An image reference is not valid.',
    fix: 'Use registry/repo:tag, registry/repo@sha256:…, oci:DIR[:tag] or docker-archive:FILE.',
  },
  IMAGE_NOT_FOUND: {
    exit: 'failed',
    summary: 'The image does not exist at its source.',
    fix: 'Check the name and tag, and that these credentials may see it.',
  },
  IMAGE_INVALID: {
    exit: 'failed',
    summary: 'A manifest, index, config or layer breaks the image specification.',
    fix: 'Rebuild or push the image again with a current tool.',
  },
  IMAGE_UNSUPPORTED: {
    exit: 'failed',
    summary: 'The image is valid but of a kind that cannot be handled.',
    fix: 'See the message for what is supported.',
  },
  TAR_INVALID: {
    exit: 'failed',
    summary: 'A tar archive is corrupt or truncated.',
    fix: 'Fetch it again; if it repeats, the archive is damaged at its source.',
  },
  COMPRESSION_INVALID: {
    exit: 'failed',
    summary: 'Compressed data is corrupt or truncated.',
    fix: 'Fetch it again; if it repeats, the data is damaged at its source.',
  },
  PATH_UNSAFE: {
    exit: 'failed',
    summary: 'An archive names a path that would leave its root or is otherwise unsafe.',
    fix: 'Do not use this archive; report it to whoever made it.',
  },
} as const satisfies ErrorTable;
