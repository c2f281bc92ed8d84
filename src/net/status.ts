import type { ErrorCode } from '../core/errors/catalogue.ts';
import { SutureError } from '../core/errors/error.ts';
import { isTransientStatus } from './retry.ts';
import type { HttpResponse } from './types.ts';

/**
 * Passes a 2xx answer through and refuses any other.
 * @throws SutureError RATE_LIMITED (429), HTTP_UNAVAILABLE (408, 502, 503, 504), HTTP_STATUS
 */
export function requireOk(response: HttpResponse, what: string): HttpResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw new SutureError(statusCode(response.status), `${response.url} answered ${response.status} for ${what}`);
}

export function statusCode(status: number): ErrorCode {
  if (status === 429) return 'RATE_LIMITED';
  return isTransientStatus(status) ? 'HTTP_UNAVAILABLE' : 'HTTP_STATUS';
}
