import type { Digest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import type { HttpResponse } from '../../net/types.ts';
import type { Descriptor } from '../model.ts';
import { parseManifest } from '../schema.ts';
import { pushAccess } from './blob-status.ts';
import { addToFallbackTag, manifestDescriptor, referrerDescriptor } from './referrers.ts';
import { registryError } from './registry-error.ts';
import type { RegistryTransport } from './transport.ts';

/**
 * Stores a manifest by its digest, makes it known among the referrers of its subject where the registry does not do so by
 * itself, and last of all moves the tag: who reads the tag finds everything in place.
 * @throws SutureError IMAGE_INVALID, DIGEST_MISMATCH, REGISTRY_*, NETWORK_*
 */
export async function pushManifest(
  transport: RegistryTransport,
  repository: string,
  bytes: Uint8Array,
  mediaType: string,
  tag?: string,
): Promise<Descriptor> {
  const parsed = parseManifest(bytes, mediaType);
  const descriptor = manifestDescriptor(bytes, mediaType);
  const response = await putManifest(transport, repository, bytes, mediaType, descriptor.digest);
  const listed = referrerDescriptor(parsed, descriptor);
  if (listed !== undefined && response.headers['oci-subject'] === undefined) {
    await addToFallbackTag(transport, repository, listed.subject, listed.referrer, async (index, type, name) => {
      await putManifest(transport, repository, index, type, name);
    });
  }
  if (tag !== undefined) await putManifest(transport, repository, bytes, mediaType, tag);
  return descriptor;
}

async function putManifest(
  transport: RegistryTransport,
  repository: string,
  bytes: Uint8Array,
  mediaType: string,
  target: string,
): Promise<HttpResponse> {
  checkLimit(`the manifest for ${repository}`, bytes.length, LIMITS.manifest);
  const what = `${transport.host}/${repository} ${target}`;
  const url = await transport.url(`/v2/${repository}/manifests/${target}`);
  const request = { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes } as const;
  const response = await transport.send(url, pushAccess(repository), request);
  if (response.status !== 201 && response.status !== 200 && response.status !== 202)
    throw await registryError(response, what);
  response.discard();
  const { digest } = manifestDescriptor(bytes, mediaType);
  const stored = response.headers['docker-content-digest'];
  if (stored?.startsWith('sha256:') && stored !== digest) {
    throw new SutureError('DIGEST_MISMATCH', `${transport.host} stored the manifest ${digest} as ${stored}`);
  }
  return response;
}

/** Removes a manifest by digest, or a tag where the registry allows that. @throws SutureError IMAGE_NOT_FOUND, REGISTRY_* */
export async function deleteManifest(
  transport: RegistryTransport,
  repository: string,
  target: Digest | string,
): Promise<void> {
  const url = await transport.url(`/v2/${repository}/manifests/${target}`);
  const access = { repository, scopes: [`repository:${repository}:delete,pull,push`] };
  const response = await transport.send(url, access, { method: 'DELETE' });
  if (response.status !== 202 && response.status !== 200 && response.status !== 204) {
    throw await registryError(response, `${transport.host}/${repository} ${target}`);
  }
  response.discard();
}
