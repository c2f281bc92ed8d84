import { z } from 'zod';
import { type Digest, isDigest } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { checkLimit, LIMITS } from '../core/limits.ts';
import { type ImageConfig, type IndexManifest, type Manifest, MEDIA_TYPES } from './model.ts';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is not a digest');
const size = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const annotations = z.record(z.string(), z.string()).optional();
// RFC 6838: type/subtype. Empty is allowed in a body only where the field may be absent.
const mediaType = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/);

const platform = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).optional(),
});

const descriptor = z.looseObject({
  mediaType,
  digest,
  size,
  urls: z.array(z.string()).optional(),
  annotations,
  artifactType: z.string().optional(),
  platform: platform.optional(),
  data: z.string().optional(),
});

const manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: mediaType.optional(),
  artifactType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor).max(LIMITS.layersPerImage),
  subject: descriptor.optional(),
  annotations,
});

const index = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: mediaType.optional(),
  artifactType: z.string().optional(),
  manifests: z.array(descriptor).max(10_000),
  subject: descriptor.optional(),
  annotations,
});

const historyEntry = z.looseObject({
  created: z.string().optional(),
  created_by: z.string().optional(),
  author: z.string().optional(),
  comment: z.string().optional(),
  empty_layer: z.boolean().optional(),
});

const config = z.looseObject({
  os: z.string().min(1),
  architecture: z.string().min(1),
  variant: z.string().optional(),
  created: z.string().optional(),
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).optional(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(digest).max(LIMITS.layersPerImage) }),
  history: z.array(historyEntry).optional(),
});

export type ParsedManifest =
  | { readonly kind: 'manifest'; readonly mediaType: string; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly mediaType: string; readonly index: IndexManifest };

const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];
const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerList];

export function isManifestType(type: string): boolean {
  return MANIFEST_TYPES.includes(type) || INDEX_TYPES.includes(type);
}

export function isIndexType(type: string): boolean {
  return INDEX_TYPES.includes(type);
}

/**
 * Checks the bytes of a manifest or index against the media type they are served or described as. Unknown fields are
 * allowed; they stay in the raw bytes. A body that could be read as another kind than its media type says is refused: two
 * readers must never see different images in one digest (CVE-2021-41190).
 * @param contentType media type of the descriptor or of the answer; undefined where the place keeps none (then the body decides)
 * @throws SutureError IMAGE_INVALID, IMAGE_UNSUPPORTED (schema 1, unknown media types), LIMIT_EXCEEDED
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined, what = 'manifest'): ParsedManifest {
  const body = parseJsonObject(bytes, LIMITS.manifest, what);
  refuseSchema1(body, contentType, what);
  const type = manifestType(body, contentType, what);
  if (INDEX_TYPES.includes(type)) {
    forbid(body, ['config', 'layers', 'fsLayers', 'history', 'blobs'], type, what);
    return {
      kind: 'index',
      mediaType: type,
      index: check(index, withoutNulls(body, ['manifests']), what) as IndexManifest,
    };
  }
  forbid(body, ['manifests', 'fsLayers', 'history', 'blobs'], type, what);
  return {
    kind: 'manifest',
    mediaType: type,
    manifest: check(manifest, withoutNulls(body, ['layers']), what) as Manifest,
  };
}

/** The media type that a body says itself, or that its fields allow only one answer for; undefined when neither does. */
export function sniffManifestType(bytes: Uint8Array): string | undefined {
  const body = parseJsonObject(bytes, LIMITS.manifest, 'manifest');
  if (typeof body['mediaType'] === 'string') return body['mediaType'];
  if (Array.isArray(body['manifests']) && !('layers' in body)) return MEDIA_TYPES.ociIndex;
  if (Array.isArray(body['layers']) && !('manifests' in body)) return MEDIA_TYPES.ociManifest;
  return undefined;
}

/** @throws SutureError IMAGE_INVALID, LIMIT_EXCEEDED */
export function parseConfig(bytes: Uint8Array, what = 'config'): ImageConfig {
  const body = withoutNulls(parseJsonObject(bytes, LIMITS.config, what));
  // Go writes a nil slice as null: an image without layers.
  const rootfs = body['rootfs'];
  if (isObject(rootfs) && rootfs['diff_ids'] === null) body['rootfs'] = { ...rootfs, diff_ids: [] };
  return check(config, body, what) as ImageConfig;
}

/** @throws SutureError IMAGE_INVALID, LIMIT_EXCEEDED */
export function parseJsonObject(bytes: Uint8Array, limit: number, what: string): Record<string, unknown> {
  checkLimit(what, bytes.length, limit);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new SutureError('IMAGE_INVALID', `${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (isObject(body)) return body;
  throw new SutureError('IMAGE_INVALID', `${what} is not a JSON object`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function check<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SutureError('IMAGE_INVALID', `${what} is not valid: ${problems.join('; ')}`, { cause: result.error });
}

/** Go decodes null like an absent field, and so do the tools that made these images; null lists become empty ones. */
function withoutNulls(body: Record<string, unknown>, lists: readonly string[] = []): Record<string, unknown> {
  const entries = Object.entries(body).map(([key, value]) => [key, value === null && lists.includes(key) ? [] : value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, unknown>;
}

function refuseSchema1(body: Record<string, unknown>, contentType: string | undefined, what: string): void {
  const type = `${contentType ?? ''} ${String(body['mediaType'] ?? '')}`;
  if (body['schemaVersion'] === 1 || type.includes('vnd.docker.distribution.manifest.v1')) {
    throw new SutureError(
      'IMAGE_UNSUPPORTED',
      `${what} is a Docker schema 1 manifest, which has no config and no layer sizes and cannot be edited by digest`,
      { fix: 'Pull and push the image again with a current tool, which writes schema 2 or OCI.' },
    );
  }
}

function manifestType(body: Record<string, unknown>, contentType: string | undefined, what: string): string {
  const own = body['mediaType'] ?? undefined;
  if (own !== undefined && typeof own !== 'string')
    throw new SutureError('IMAGE_INVALID', `${what} has no text as mediaType`);
  if (own !== undefined && own !== '' && contentType !== undefined && own !== contentType) {
    throw new SutureError('IMAGE_INVALID', `${what} is described as ${contentType} but says it is ${own}`);
  }
  const inferred = Array.isArray(body['manifests']) ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
  const type = contentType ?? (own === undefined || own === '' ? inferred : own);
  if (isManifestType(type)) return type;
  throw new SutureError('IMAGE_UNSUPPORTED', `${what} has media type ${type}; OCI and Docker schema 2 are supported`);
}

/** Names are compared without case because Go's decoder, which most other readers use, does the same. */
function forbid(body: Record<string, unknown>, fields: readonly string[], type: string, what: string): void {
  for (const key of Object.keys(body)) {
    const field = fields.find((name) => name.toLowerCase() === key.toLowerCase());
    if (field !== undefined && body[key] !== null) {
      throw new SutureError(
        'IMAGE_INVALID',
        `${what} is a ${type} but has the field "${key}", so readers could disagree on it`,
      );
    }
  }
  const known = ['config', 'layers', 'manifests', 'mediaType', 'schemaVersion', 'subject'];
  for (const key of Object.keys(body)) {
    if (!known.includes(key) && known.some((name) => name.toLowerCase() === key.toLowerCase())) {
      throw new SutureError('IMAGE_INVALID', `${what} has the field "${key}" in another case than the specification`);
    }
  }
}
