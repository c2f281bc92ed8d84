import { byteStringToBytes, bytesToByteString } from '../core/bytes.ts';
import { type Digest, isDigest, sha256 } from '../core/digest.ts';
import { isSutureError } from '../core/errors/error.ts';
import { loadImage } from '../oci/image.ts';
import { removeMember, setMember } from '../oci/json-text.ts';
import type { Descriptor, Image } from '../oci/model.ts';
import { truncateLayers } from '../oci/mutate.ts';
import { parseConfig } from '../oci/schema.ts';
import type { ImageSource } from '../oci/source.ts';
import { ANNOTATIONS, LABELS } from './labels.ts';

/**
 * Where a patch of an image starts.
 * `original`: the image itself; `repatch`: the image is a patch of ours and its original base was found and proven;
 * `foreign-patch`: a patch of another tool (Copa), whose base was named and is proven by its layers;
 * `derived`: built FROM a patched image, which makes it a base of its own (inherited labels say nothing about it).
 */
export type Lineage =
  | { readonly kind: 'original'; readonly base: Image; readonly baseDigest: Digest }
  | {
      readonly kind: 'repatch';
      readonly base: Image;
      readonly baseDigest: Digest;
      readonly previous: Image;
      readonly previousPlan: string | undefined;
    }
  /** A patch of another tool, undone: the image has exactly one layer on top of this base. */
  | { readonly kind: 'foreign-patch'; readonly base: Image; readonly baseDigest: Digest; readonly previous: Image }
  | { readonly kind: 'derived'; readonly base: Image; readonly baseDigest: Digest; readonly patchedAncestor: Digest };

interface Claim {
  readonly baseDigest: Digest;
  readonly baseConfig: Digest;
  readonly baseCreated: string | undefined;
  readonly baseLayers: number;
  readonly patchLayer: Digest;
  readonly plan: string | undefined;
}

/**
 * Finds the original base of an image that may be a patched one. A claim in labels counts only when the diff IDs prove it:
 * exactly one layer above the claimed base, with the diff ID of the patch layer, and the same diff IDs below it.
 * Rule: the README's promise "lineage by digest".
 */
export async function findLineage(source: ImageSource, image: Image): Promise<Lineage> {
  const claim = readClaim(image);
  if (claim === undefined) return { kind: 'original', base: image, baseDigest: image.descriptor.digest };
  const derived: Lineage = {
    kind: 'derived',
    base: image,
    baseDigest: image.descriptor.digest,
    patchedAncestor: claim.baseDigest,
  };
  const diffIds = image.config.rootfs.diff_ids;
  if (diffIds.length !== claim.baseLayers + 1 || diffIds[claim.baseLayers] !== claim.patchLayer) return derived;
  const base = (await storedBase(source, claim)) ?? reconstructedBase(image, claim);
  if (base === undefined || !isPrefix(base, image)) return derived;
  return { kind: 'repatch', base, baseDigest: claim.baseDigest, previous: image, previousPlan: claim.plan };
}

function readClaim(image: Image): Claim | undefined {
  const labels = image.config.config?.Labels ?? {};
  const baseDigest = labels[LABELS.baseDigest];
  const baseConfig = labels[LABELS.baseConfig];
  const patchLayer = labels[LABELS.patchLayer];
  const baseLayers = Number(labels[LABELS.baseLayers]);
  if (!baseDigest || !baseConfig || !patchLayer || !Number.isInteger(baseLayers) || baseLayers < 1) return undefined;
  if (!isDigest(baseDigest) || !isDigest(baseConfig) || !isDigest(patchLayer)) return undefined;
  return {
    baseDigest,
    baseConfig,
    baseCreated: labels[LABELS.baseCreated],
    baseLayers,
    patchLayer,
    plan: labels[LABELS.plan],
  };
}

/** The base as it still lies in the repository, proven by its digest. */
async function storedBase(source: ImageSource, claim: Claim): Promise<Image | undefined> {
  const descriptor = await find(source, claim.baseDigest);
  if (descriptor === undefined) return undefined;
  const base = await loadImage(source, descriptor);
  return sha256(base.rawConfig) === claim.baseConfig ? base : undefined;
}

async function find(source: ImageSource, digest: Digest): Promise<Descriptor | undefined> {
  try {
    return await source.resolve(digest);
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * The base taken out of the patched image, when the repository no longer (or never) had it: the patch is undone and the
 * config's digest proves that exactly the original came out.
 */
function reconstructedBase(image: Image, claim: Claim): Image | undefined {
  const edits = {
    ...(claim.baseCreated ? { created: claim.baseCreated } : {}),
    labels: Object.fromEntries(Object.values(LABELS).map((label) => [label, undefined])),
    annotations: Object.fromEntries(Object.values(ANNOTATIONS).map((annotation) => [annotation, undefined])),
  };
  const base = truncateLayers(image, claim.baseLayers, edits);
  for (const rawConfig of labelSpellings(base.rawConfig)) {
    if (sha256(rawConfig) === claim.baseConfig)
      return { ...base, rawConfig, config: parseConfig(rawConfig, 'the base config') };
  }
  return undefined;
}

/** Without our labels the original may have had an empty object, null, or no labels at all. */
function* labelSpellings(rawConfig: Uint8Array): Generator<Uint8Array> {
  yield rawConfig;
  const text = bytesToByteString(rawConfig);
  yield byteStringToBytes(setMember(text, ['config', 'Labels'], 'null'));
  yield byteStringToBytes(removeMember(text, ['config', 'Labels']));
  yield byteStringToBytes(removeMember(text, ['config']));
}

/** The diff IDs of `base` are those of `patched` without its topmost layer. */
export function isPrefix(base: Image, patched: Image): boolean {
  const diffIds = base.config.rootfs.diff_ids;
  const above = patched.config.rootfs.diff_ids;
  return diffIds.length === above.length - 1 && diffIds.every((diffId, index) => diffId === above[index]);
}
