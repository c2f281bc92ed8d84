import type { FastifyError } from 'fastify';
import { CATALOGUE, type ErrorCode } from '../../core/errors/catalogue.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { ApiError } from './contract/error.ts';

export interface Failure {
  readonly status: number;
  readonly body: ApiError;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Statuses of codes; others follow from the class of the error. */
const STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CROSS_SITE: 403,
  NOT_FOUND: 404,
  RUN_UNKNOWN: 404,
  TOKEN_UNKNOWN: 404,
  WAIVER_UNKNOWN: 404,
  RUN_ENDED: 409,
  STORE_LOCKED: 409,
  REQUEST_TOO_LARGE: 413,
  LIMIT_EXCEEDED: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  LOGIN_LIMITED: 429,
  STORE_UNAVAILABLE: 503,
  STREAM_LIMITED: 503,
  SERVICE_STOPPING: 503,
};

/** A login that is refused for a time. */
export class LoginLimited extends SutureError {
  readonly seconds: number;
  constructor(seconds: number) {
    super('LOGIN_LIMITED', `too many logins from this address failed; wait ${seconds} seconds`);
    this.seconds = seconds;
  }
}

/** What a client is told of a failure: of our own defects, nothing but that there was one. */
export function failureOf(error: unknown): Failure {
  if (error instanceof LoginLimited) return { ...described(error), retryAfter: error.seconds };
  if (error instanceof SutureError) return described(error);
  const known = ofFramework(error as Partial<FastifyError>);
  if (known !== undefined) return described(known);
  const { summary, fix } = CATALOGUE.INTERNAL;
  return { status: 500, body: { code: 'INTERNAL', message: summary, fix } };
}

function described({ code, message, fix, exitClass, retryable }: SutureError): Failure {
  const usual = exitClass === 'usage' ? 400 : exitClass === 'policy' ? 422 : retryable ? 503 : 500;
  return { status: STATUSES[code] ?? usual, body: { code, message, fix } };
}

/** Fastify's and the schema's own refusals, in our words. */
function ofFramework({ code, message, statusCode, validation }: Partial<FastifyError>): SutureError | undefined {
  const text = message ?? 'the request is not valid';
  if (validation !== undefined) return new SutureError('REQUEST_INVALID', text);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new SutureError('REQUEST_TOO_LARGE', 'the body of the request is too large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new SutureError('MEDIA_TYPE_UNSUPPORTED', 'only application/json is taken');
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new SutureError('REQUEST_INVALID', text)
        : undefined;
  }
}
