import { type Digest, Digester, digestAlgorithm, isDigest, sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ByteStream, collect, verified } from '../../core/streams.ts';
import type { HttpResponse } from '../../net/types.ts';
import type { Descriptor } from '../model.ts';
import { MEDIA_TYPES } from '../model.ts';
import { isManifestType, sniffManifestType } from '../schema.ts';
import type { Access } from './authorizer.ts';
import { registryError } from './registry-error.ts';
import type { RegistryTransport } from './transport.ts';

const ACCEPTED = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerList, MEDIA_TYPES.dockerManifest];
/** Schema 1 is asked for last, so that an old image is named as what it is instead of as missing. */
const ACCEPT = [...ACCEPTED, 'application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1'].join(', ');

export function pullAccess(repository: string): Access {
  return { repository, scopes: [`repository:${repository}:pull`] };
}

/**
 * What a tag or digest names: by HEAD, which costs no pull at Docker Hub, and by GET where the HEAD does not say enough.
 * @throws SutureError IMAGE_NOT_FOUND, IMAGE_UNSUPPORTED, DIGEST_MISMATCH, REGISTRY_*
 */
export async function resolveManifest(
  transport: RegistryTransport,
  repository: string,
  target: Digest | string,
): Promise<Descriptor> {
  const what = `${transport.host}/${repository}${isDigest(target) ? '@' : ':'}${target}`;
  const url = await transport.url(`/v2/${repository}/manifests/${encodeURIComponent(target).replace('%3A', ':')}`);
  const access = pullAccess(repository);
  const head = await transport.send(url, access, { method: 'HEAD', headers: { accept: ACCEPT } });
  // The body of an error is with the GET; some registries allow no HEAD at all.
  const described = head.status === 200 ? describe(head, target, what) : undefined;
  if (described !== undefined) return described;
  if (head.status === 404) throw await registryError(head, what);
  const response = await transport.send(url, access, { headers: { accept: ACCEPT }, limit: LIMITS.manifest });
  if (response.status !== 200) throw await registryError(response, what);
  const bytes = await collect(response.body, LIMITS.manifest, what);
  const digest = manifestDigest(bytes, target);
  const stated = response.headers['docker-content-digest'];
  const wanted = isDigest(target) ? target : stated !== undefined && isDigest(stated) ? stated : digest;
  if (digestOf(bytes, wanted) !== wanted)
    throw new SutureError('DIGEST_MISMATCH', `${what} has digest ${digest}, not ${wanted}`);
  const mediaType = manifestType(response) ?? sniffManifestType(bytes) ?? MEDIA_TYPES.ociManifest;
  refuseUnsupported(mediaType, what);
  return { mediaType, digest: wanted, size: bytes.length };
}

function describe(response: HttpResponse, target: string, what: string): Descriptor | undefined {
  const mediaType = manifestType(response);
  const digest = response.headers['docker-content-digest'];
  const size = Number(response.headers['content-length'] ?? Number.NaN);
  if (
    mediaType === undefined ||
    digest === undefined ||
    !isDigest(digest) ||
    !Number.isSafeInteger(size) ||
    size <= 0
  ) {
    return undefined;
  }
  refuseUnsupported(mediaType, what);
  if (isDigest(target) && digest !== target && digestAlgorithm(digest) === digestAlgorithm(target)) {
    throw new SutureError('DIGEST_MISMATCH', `${what} is answered with another digest: ${digest}`);
  }
  return { mediaType, digest: isDigest(target) ? target : digest, size };
}

/** The media type when the header names a manifest's; servers that do not know the file say JSON or text. */
function manifestType(response: HttpResponse): string | undefined {
  const type = response.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || ['', 'application/json', 'application/octet-stream', 'text/plain'].includes(type))
    return undefined;
  return type;
}

function refuseUnsupported(mediaType: string, what: string): void {
  if (isManifestType(mediaType)) return;
  const old = mediaType.includes('manifest.v1')
    ? ', the obsolete Docker schema 1: push the image again with a current tool'
    : '';
  throw new SutureError('IMAGE_UNSUPPORTED', `${what} is of media type ${mediaType.slice(0, 200)}${old}`);
}

function manifestDigest(bytes: Uint8Array, target: string): Digest {
  return isDigest(target) ? digestOf(bytes, target) : sha256(bytes);
}

function digestOf(bytes: Uint8Array, like: Digest): Digest {
  return new Digester(digestAlgorithm(like)).update(bytes).digest();
}

/** A manifest by its digest, whole. @throws SutureError IMAGE_NOT_FOUND, DIGEST_MISMATCH, LIMIT_EXCEEDED, REGISTRY_* */
export async function fetchManifest(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
): Promise<Buffer> {
  const what = `${transport.host}/${repository}@${descriptor.digest}`;
  const url = await transport.url(`/v2/${repository}/manifests/${descriptor.digest}`);
  const headers = { accept: isManifestType(descriptor.mediaType) ? ACCEPT : `${descriptor.mediaType}, ${ACCEPT}` };
  const response = await transport.send(url, pullAccess(repository), { headers, limit: LIMITS.manifest });
  if (response.status !== 200) throw await registryError(response, what);
  return collect(verified(response.body, descriptor, what), LIMITS.manifest, what);
}

/**
 * A blob, verified while it streams and continued after a cut. Redirects to storage lose the registry's credentials.
 * @throws SutureError IMAGE_NOT_FOUND, DIGEST_MISMATCH, REGISTRY_*, NETWORK_*
 */
export async function* fetchBlob(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array> {
  const what = `${transport.host}/${repository}@${descriptor.digest}`;
  yield* verified(blobBytes(transport, repository, descriptor, what), descriptor, what);
}

async function* blobBytes(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
  what: string,
): ByteStream & AsyncGenerator<Uint8Array> {
  const url = await transport.url(`/v2/${repository}/blobs/${descriptor.digest}`);
  yield* transport.client.download(url, {
    size: descriptor.size,
    contentAddressed: true,
    ...(transport.signal === undefined ? {} : { signal: transport.signal }),
    send: async (address, request) => {
      const response = await transport.send(address, pullAccess(repository), request);
      const fine = response.status === 200 || response.status === 206 || response.status === 416;
      if (fine) return response;
      throw await registryError(response, what);
    },
  });
}
