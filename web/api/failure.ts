import type { ApiError } from '../../src/service/api/contract/error.ts';

/** What the service, or the way to it, said instead of an answer. */
export class ApiFailure extends Error {
  /** HTTP status; 0 when the service could not be reached. */
  readonly status: number;
  readonly code: string;
  readonly fix: string;

  constructor(status: number, { code, message, fix }: ApiError) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

/** Reads the body of a failed response; a proxy in between answers in its own words. */
export async function failureOf(response: Response): Promise<ApiFailure> {
  const body: unknown = await response.json().catch(() => undefined);
  if (isApiError(body)) return new ApiFailure(response.status, body);
  return new ApiFailure(response.status, {
    code: 'HTTP_STATUS',
    message: `The service answered ${response.status}${response.statusText === '' ? '' : ` ${response.statusText}`}.`,
    fix: 'Try again; if it stays, read the log of the service.',
  });
}

/** @param cause what fetch threw */
export function unreachable(cause: unknown): unknown {
  if (!(cause instanceof TypeError)) return cause;
  return new ApiFailure(0, {
    code: 'UNREACHABLE',
    message: 'The service cannot be reached.',
    fix: 'Check the network and that the service runs; this page tries again by itself when it is back.',
  });
}

function isApiError(body: unknown): body is ApiError {
  return (
    typeof body === 'object' && body !== null && 'code' in body && 'message' in body && typeof body.message === 'string'
  );
}
