/**
 * What a patched image says about itself, in its config (labels survive `docker pull`, conversion and registries that drop
 * annotations). Nothing here is believed: lineage.ts checks each against the layers and digests that are really there.
 */
export const LABELS = {
  baseDigest: 'dev.suture.base.digest',
  baseConfig: 'dev.suture.base.config',
  baseCreated: 'dev.suture.base.created',
  baseLayers: 'dev.suture.base.layers',
  patchLayer: 'dev.suture.patch.layer',
  plan: 'dev.suture.plan',
} as const;

/** Annotations of a patched OCI manifest; the first two are the specification's own. */
export const ANNOTATIONS = {
  baseDigest: 'org.opencontainers.image.base.digest',
  baseName: 'org.opencontainers.image.base.name',
  plan: 'dev.suture.plan',
} as const;

export const PATCH_LABEL_PREFIX = 'dev.suture.';
