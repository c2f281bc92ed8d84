import { readFile } from 'node:fs/promises';
import { type Digest, Digester, digestAlgorithm, isDigest, sha256 } from '../../../core/digest.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type ByteStream, collect } from '../../../core/streams.ts';
import { isForeignLayer } from '../../media-type.ts';
import { type Descriptor, MEDIA_TYPES } from '../../model.ts';
import { type ParsedManifest, parseManifest } from '../../schema.ts';
import { referrerDescriptor } from '../referrers.ts';
import { answer, answerJson, digestOf, type Exchange, page, refuseMethod, requestBody } from './exchange.ts';
import { RegistryFailure } from './failure.ts';
import { isTagName } from './route.ts';

export async function handleManifest(exchange: Exchange, repository: string, target: string): Promise<void> {
  const reference = target.includes(':') ? digestOf(target) : target;
  if (!isDigest(reference) && !isTagName(reference)) throw new RegistryFailure(400, 'TAG_INVALID', 'this is not a tag');
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return sendManifest(exchange, repository, reference);
    case 'PUT':
      return takeManifest(exchange, repository, reference);
    case 'DELETE':
      return deleteManifest(exchange, repository, reference);
    default:
      return refuseMethod(exchange, 'GET, HEAD, PUT, DELETE');
  }
}

async function find(
  { storage }: Exchange,
  repository: string,
  reference: Digest | string,
): Promise<{ readonly digest: Digest; readonly mediaType: string }> {
  const digest = isDigest(reference) ? reference : await storage.tag(repository, reference);
  const mediaType = digest === undefined ? undefined : await storage.manifestType(repository, digest);
  if (digest !== undefined && mediaType !== undefined) return { digest, mediaType };
  if (!(await storage.hasRepository(repository))) throw unknownRepository(repository);
  throw new RegistryFailure(404, 'MANIFEST_UNKNOWN', `${repository} has no manifest ${reference}`);
}

export function unknownRepository(repository: string): RegistryFailure {
  return new RegistryFailure(404, 'NAME_UNKNOWN', `there is no repository ${repository}`);
}

async function sendManifest(exchange: Exchange, repository: string, reference: Digest | string): Promise<void> {
  const { digest, mediaType } = await find(exchange, repository, reference);
  const headers = { 'content-type': mediaType, 'docker-content-digest': digest, etag: `"${digest}"` };
  if (exchange.request.headers['if-none-match'] === `"${digest}"`) return answer(exchange, 304, headers);
  answer(exchange, 200, headers, await readFile(exchange.storage.blobPath(digest)));
}

async function takeManifest(exchange: Exchange, repository: string, reference: Digest | string): Promise<void> {
  const { request, storage } = exchange;
  const bytes = await readManifest(requestBody(exchange));
  const digest = isDigest(reference) ? reference : sha256(bytes);
  if (new Digester(digestAlgorithm(digest)).update(bytes).digest() !== digest) {
    throw new RegistryFailure(400, 'DIGEST_INVALID', 'the manifest does not have the digest it was sent under');
  }
  const parsed = parse(bytes, request.headers['content-type']?.split(';')[0]?.trim());
  await requireContent(exchange, repository, parsed);
  const descriptor = { mediaType: parsed.mediaType, digest, size: bytes.length };
  const subject = referrerDescriptor(parsed, descriptor)?.subject;
  await storage.putManifest(repository, digest, parsed.mediaType, bytes, subject);
  if (!isDigest(reference)) await storage.setTag(repository, reference, digest);
  answer(exchange, 201, {
    location: `/v2/${repository}/manifests/${reference}`,
    'docker-content-digest': digest,
    ...(subject === undefined ? {} : { 'oci-subject': subject }),
  });
}

async function readManifest(request: ByteStream): Promise<Buffer> {
  try {
    return await collect(request, LIMITS.manifest, 'the manifest');
  } catch (error) {
    if (!isSutureError(error, 'LIMIT_EXCEEDED')) throw error;
    throw new RegistryFailure(413, 'SIZE_INVALID', error.message);
  }
}

function parse(bytes: Uint8Array, contentType: string | undefined): ParsedManifest {
  try {
    return parseManifest(bytes, contentType);
  } catch (error) {
    if (!isSutureError(error)) throw error;
    throw new RegistryFailure(400, 'MANIFEST_INVALID', error.message);
  }
}

/** An image must be complete. An index may be sparse: a mirror keeps the digest of an index and only some platforms. */
async function requireContent({ storage }: Exchange, repository: string, parsed: ParsedManifest): Promise<void> {
  if (parsed.kind === 'index') return;
  for (const each of [parsed.manifest.config, ...parsed.manifest.layers]) {
    if (isForeignLayer(each) || (await storage.blobSize(repository, each.digest)) !== undefined) continue;
    throw new RegistryFailure(404, 'MANIFEST_BLOB_UNKNOWN', `${repository} has no blob ${each.digest}`);
  }
}

async function deleteManifest(exchange: Exchange, repository: string, reference: Digest | string): Promise<void> {
  const { storage } = exchange;
  const { digest } = await find(exchange, repository, reference);
  if (isDigest(reference)) {
    const listed = await readReferrer(exchange, repository, digest);
    await storage.removeManifest(repository, digest, listed?.subject);
  } else {
    await storage.removeTag(repository, reference);
  }
  answer(exchange, 202);
}

export async function handleTags(exchange: Exchange, repository: string): Promise<void> {
  if (exchange.method !== 'GET') refuseMethod(exchange, 'GET');
  if (!(await exchange.storage.hasRepository(repository))) throw unknownRepository(repository);
  const shown = page(exchange, await exchange.storage.tags(repository));
  answerJson(exchange, { name: repository, tags: shown.entries }, shown.headers);
}

export async function handleCatalog(exchange: Exchange): Promise<void> {
  if (exchange.method !== 'GET') refuseMethod(exchange, 'GET');
  const shown = page(exchange, await exchange.storage.repositories());
  answerJson(exchange, { repositories: shown.entries }, shown.headers);
}

/** Always 200, also for a subject that is not here (distribution-spec "Listing Referrers"). */
export async function handleReferrers(exchange: Exchange, repository: string, text: string): Promise<void> {
  if (exchange.method !== 'GET') refuseMethod(exchange, 'GET');
  const subject = digestOf(text);
  const artifactType = exchange.query.get('artifactType');
  const manifests: Descriptor[] = [];
  for (const digest of await exchange.storage.referrers(repository, subject)) {
    const listed = await readReferrer(exchange, repository, digest);
    if (listed?.subject !== subject) continue;
    if (artifactType === null || listed.referrer.artifactType === artifactType) manifests.push(listed.referrer);
  }
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  answerJson(exchange, index, {
    'content-type': MEDIA_TYPES.ociIndex,
    ...(artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  });
}

async function readReferrer(exchange: Exchange, repository: string, digest: Digest) {
  const mediaType = await exchange.storage.manifestType(repository, digest);
  if (mediaType === undefined) return undefined;
  const bytes = await readFile(exchange.storage.blobPath(digest));
  return referrerDescriptor(parseManifest(bytes, mediaType), { mediaType, digest, size: bytes.length });
}
