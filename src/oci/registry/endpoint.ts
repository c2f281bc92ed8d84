import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { isLoopbackHost } from '../../net/proxy.ts';
import type { HttpClient } from '../../net/types.ts';
import { isDockerHub } from './credentials/match.ts';

/** Plain HTTP: never, always, or only where it cannot leave the machine and TLS is not spoken. */
export type PlainHttp = boolean | 'auto';

/**
 * The origin of a registry's API. With `auto`, a loopback registry is asked in TLS first and in plain HTTP when it does not
 * speak TLS, as docker does; a certificate that is not trusted stays an error. Every other host is https.
 * @throws SutureError NETWORK_*, TLS_UNTRUSTED, REFERENCE_INVALID
 */
export async function registryOrigin(
  host: string,
  plainHttp: PlainHttp,
  client: HttpClient,
  signal?: AbortSignal,
): Promise<string> {
  const name = isDockerHub(host) ? 'registry-1.docker.io' : host;
  const secure = `https://${name}`;
  const url = URL.canParse(secure) ? new URL(secure) : undefined;
  if (url === undefined || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new SutureError('REFERENCE_INVALID', `"${host.slice(0, 200)}" is not the host of a registry`);
  }
  if (plainHttp === true) return `http://${name}`;
  if (plainHttp === false || !isLoopbackHost(url.hostname)) return secure;
  return (await speaksTls(secure, client, signal)) ? secure : `http://${name}`;
}

async function speaksTls(origin: string, client: HttpClient, signal?: AbortSignal): Promise<boolean> {
  try {
    const request = { method: 'HEAD', retry: false, redirect: 'manual' } as const;
    const response = await client.request(`${origin}/v2/`, { ...request, ...(signal === undefined ? {} : { signal }) });
    response.discard();
    return true;
  } catch (error) {
    if (isSutureError(error, 'TLS_FAILED', 'NETWORK_INTERRUPTED')) return false;
    throw error;
  }
}
