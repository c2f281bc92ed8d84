import { type Digest, digestAlgorithm, digestHex, sha256 } from '../../core/digest.ts';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import type { HttpResponse } from '../../net/types.ts';
import { type Descriptor, type IndexManifest, MEDIA_TYPES } from '../model.ts';
import { type ParsedManifest, parseManifest } from '../schema.ts';
import { pages } from './pages.ts';
import { fetchManifest, pullAccess, resolveManifest } from './pull.ts';
import { registryError } from './registry-error.ts';
import type { RegistryTransport } from './transport.ts';

const MOST_REFERRERS = 50_000;

/** distribution-spec "Referrers Tag Schema": `sha256-<hex>`, each part cut to its longest form in a tag. */
export function referrersTag(digest: Digest): string {
  return `${digestAlgorithm(digest).slice(0, 32)}-${digestHex(digest).slice(0, 64)}`;
}

/**
 * What refers to `digest`, from the referrers API, or from the fallback tag where a registry has no such API.
 * @throws SutureError REGISTRY_*, IMAGE_INVALID
 */
export async function listReferrers(
  transport: RegistryTransport,
  repository: string,
  digest: Digest,
  artifactType?: string,
): Promise<readonly Descriptor[]> {
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const start = await transport.url(`/v2/${repository}/referrers/${digest}${query}`);
  const found: Descriptor[] = [];
  let supported = true;
  const accept = async (response: HttpResponse): Promise<void> => {
    if (response.status === 200 && isIndexResponse(response)) return;
    // "404: the API is not available"; a registry behind a web page answers 200 with HTML.
    if (response.status !== 404 && response.status !== 405 && response.status !== 200) {
      throw await registryError(response, `the referrers of ${digest}`);
    }
    supported = false;
  };
  for await (const page of pages(transport, start, pullAccess(repository), accept)) {
    if (!supported) break;
    const parsed = parseManifest(page.bytes, MEDIA_TYPES.ociIndex, `the referrers of ${digest}`);
    found.push(...(parsed.kind === 'index' ? parsed.index.manifests : []));
    checkLimit(`the referrers of ${digest}`, found.length, MOST_REFERRERS);
  }
  const all = supported ? found : ((await fallbackIndex(transport, repository, digest))?.manifests ?? []);
  // The filter is optional for registries and unknown to the fallback tag.
  return artifactType === undefined ? all : all.filter((each) => each.artifactType === artifactType);
}

function isIndexResponse(response: HttpResponse): boolean {
  return (response.headers['content-type'] ?? '').split(';')[0]?.trim() === MEDIA_TYPES.ociIndex;
}

async function fallbackIndex(
  transport: RegistryTransport,
  repository: string,
  digest: Digest,
): Promise<IndexManifest | undefined> {
  let descriptor: Descriptor;
  try {
    descriptor = await resolveManifest(transport, repository, referrersTag(digest));
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
  const bytes = await fetchManifest(transport, repository, descriptor);
  const parsed = parseManifest(bytes, descriptor.mediaType, referrersTag(digest));
  if (parsed.kind === 'index') return parsed.index;
  throw new SutureError(
    'REGISTRY_ERROR',
    `The tag ${referrersTag(digest)} of ${repository} is kept for a list of referrers but names an image`,
  );
}

/** How a manifest is listed among the referrers of its subject; undefined when it has none. */
export function referrerDescriptor(
  parsed: ParsedManifest,
  descriptor: Descriptor,
): { readonly subject: Digest; readonly referrer: Descriptor } | undefined {
  const document = parsed.kind === 'manifest' ? parsed.manifest : parsed.index;
  if (document.subject === undefined) return undefined;
  const ofConfig = parsed.kind === 'manifest' ? parsed.manifest.config.mediaType : undefined;
  const artifactType = document.artifactType || ofConfig;
  const { annotations } = document;
  const referrer = {
    ...descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { subject: document.subject.digest, referrer };
}

/** Stores the bytes of an index under a tag. */
export type PutTag = (bytes: Uint8Array, mediaType: string, tag: string) => Promise<void>;

/** Writers of one process take turns per tag; between processes the specification knows no protection. */
const turns = new Map<string, Promise<void>>();

/** Adds a referrer to the fallback tag of its subject unless it is there (distribution-spec "Pushing Manifests with Subject"). */
export async function addToFallbackTag(
  transport: RegistryTransport,
  repository: string,
  subject: Digest,
  referrer: Descriptor,
  putTag: PutTag,
): Promise<void> {
  const key = `${transport.host}/${repository}:${referrersTag(subject)}`;
  const turn = (turns.get(key) ?? Promise.resolve())
    .catch(() => {})
    .then(async () => {
      const known = (await fallbackIndex(transport, repository, subject))?.manifests ?? [];
      if (known.some((each) => each.digest === referrer.digest)) return;
      const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [...known, referrer] };
      const bytes = Buffer.from(JSON.stringify(index));
      checkLimit(key, bytes.length, LIMITS.manifest);
      await putTag(bytes, MEDIA_TYPES.ociIndex, referrersTag(subject));
    });
  turns.set(key, turn);
  try {
    await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

export function manifestDescriptor(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}
