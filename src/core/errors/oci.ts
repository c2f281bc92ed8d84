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
  REGISTRY_UNAUTHORIZED: {
    exit: 'failed',
    summary: 'A registry wants other credentials than it was given.',
    fix: 'Log in (docker login, podman login or skopeo login), or set DOCKER_CONFIG or REGISTRY_AUTH_FILE; a repository that does not exist may answer the same.',
  },
  REGISTRY_DENIED: {
    exit: 'failed',
    summary: 'A registry knows these credentials but does not allow the action.',
    fix: 'Give the account the right to pull from (or push to) this repository.',
  },
  REGISTRY_ERROR: {
    exit: 'failed',
    summary: 'A registry answered with an error or against the distribution specification.',
    fix: 'See the message of the registry; its log says more.',
  },
  REGISTRY_UNAVAILABLE: {
    exit: 'failed',
    summary: 'A registry cannot serve requests now.',
    fix: 'Run the command again later.',
    retryable: true,
  },
  CREDENTIAL_HELPER_FAILED: {
    exit: 'failed',
    summary: 'The credential helper that a configuration names cannot be run or failed.',
    fix: 'Install docker-credential-NAME on the PATH, or remove it from credHelpers or credsStore.',
  },
  CACHE_UNWRITABLE: {
    exit: 'failed',
    summary: 'The cache directory cannot be written.',
    fix: 'Free space or name another directory with --cache-dir; nothing half-written was left.',
  },
  TREE_NOT_FOUND: {
    exit: 'failed',
    summary: 'A path that a change needs does not exist in the image.',
    fix: 'The image differs from what the package expects; report it with the package name.',
  },
  TREE_NOT_A_FILE: {
    exit: 'failed',
    summary: 'A path of the image that should be a regular file is something else or missing.',
    fix: 'The image differs from what the package expects; report it with the package name.',
  },
  TREE_NO_PARENT: {
    exit: 'failed',
    summary: 'The directory of a path does not exist in the image or is no directory.',
    fix: 'The image differs from what the package expects; report it with the package name.',
  },
  TREE_NOT_EMPTY: {
    exit: 'failed',
    summary: 'A directory of the image cannot be removed or replaced because it is not empty.',
    fix: 'The image differs from what the package expects; report it with the package name.',
  },
  TREE_EXISTS: {
    exit: 'failed',
    summary: 'A path of the image exists already as something that cannot be replaced.',
    fix: 'The image differs from what the package expects; report it with the package name.',
  },
  TREE_STALE: {
    exit: 'failed',
    summary: 'A fork of the virtual tree cannot be committed because its parent has changed since.',
    fix: 'This is a defect of the program; report it.',
  },
} as const satisfies ErrorTable;
