import { SutureError } from '../../core/errors/error.ts';
import type { Descriptor } from '../model.ts';
import type { Access } from './authorizer.ts';
import { registryError } from './registry-error.ts';
import type { RegistryTransport } from './transport.ts';

export function pushAccess(repository: string): Access {
  return { repository, scopes: [`repository:${repository}:pull,push`] };
}

/** @throws SutureError REGISTRY_* */
export async function blobExists(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
): Promise<boolean> {
  const url = await transport.url(`/v2/${repository}/blobs/${descriptor.digest}`);
  const response = await transport.send(url, pushAccess(repository), { method: 'HEAD' });
  if (response.status === 200) return true;
  if (response.status === 404) return false;
  throw await registryError(response, `${repository}@${descriptor.digest}`);
}

/** As a courtesy; registries expire uploads anyway. */
export async function cancelUpload(transport: RegistryTransport, repository: string, location: string): Promise<void> {
  try {
    const response = await transport.send(location, pushAccess(repository), { method: 'DELETE', retry: false });
    response.discard();
  } catch (error) {
    if (!(error instanceof SutureError)) throw error;
  }
}
