import { isSutureError } from '../../core/errors/error.ts';
import type { ByteStream } from '../../core/streams.ts';
import type { Descriptor } from '../model.ts';
import type { BlobOutcome } from '../source.ts';
import type { Access } from './authorizer.ts';
import { blobExists } from './blob-status.ts';
import type { RegistryTransport } from './transport.ts';
import { type UploadOptions, uploadBlob } from './upload.ts';

/**
 * Makes a blob present in a repository: by finding it there, by mounting it from another repository of the registry, or by
 * sending it.
 * @throws SutureError DIGEST_MISMATCH when `open` gives other bytes than the descriptor says; REGISTRY_*, NETWORK_*
 */
export async function pushBlob(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
  open: () => ByteStream,
  options: UploadOptions & { readonly mountFrom?: string },
): Promise<BlobOutcome> {
  if (await blobExists(transport, repository, descriptor)) return 'present';
  const { mountFrom } = options;
  const wanted = mountFrom !== undefined && mountFrom !== repository;
  const mount = wanted ? await mountBlob(transport, repository, descriptor, mountFrom) : 'refused';
  if (mount === 'mounted') return 'mounted';
  await uploadBlob(transport, repository, descriptor, open, options, mount === 'refused' ? undefined : mount.upload);
  return 'written';
}

/** A mount that is refused is no failure: the blob is sent instead, into the upload that a 202 opens. */
async function mountBlob(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
  from: string,
): Promise<'mounted' | 'refused' | { readonly upload: string }> {
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const url = await transport.url(`/v2/${repository}/blobs/uploads/?${query.toString()}`);
  const access: Access = { repository, scopes: [`repository:${repository}:pull,push`, `repository:${from}:pull`] };
  try {
    const response = await transport.send(url, access, { method: 'POST', body: new Uint8Array(0) });
    response.discard();
    if (response.status === 201) return 'mounted';
    return response.status === 202 ? { upload: await transport.location(response, 'an upload') } : 'refused';
  } catch (error) {
    // No token for the other repository, for example.
    if (isSutureError(error, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED', 'REGISTRY_ERROR')) return 'refused';
    throw error;
  }
}
