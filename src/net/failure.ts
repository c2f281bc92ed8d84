import type { ErrorCode } from '../core/errors/catalogue.ts';
import { SutureError } from '../core/errors/error.ts';
import { redactUrl } from './redact.ts';

/** Certificate verdicts of OpenSSL and Node: everything that a CA, a clock or the right name would cure. */
const UNTRUSTED = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const TIMEOUTS = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

const UNREACHABLE = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/** Nothing of the request can have reached the server, so even a POST may be sent again. */
const BEFORE_SENDING = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  UND_ERR_CONNECT_TIMEOUT: 'the connection did not stand in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'no more data came in time',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it was issued by a CA that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it was issued by a CA that is not trusted here',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet; is the clock right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
};

/** What undici, the socket or the resolver reported, as an error of the catalogue. Errors of the caller pass unchanged. */
export function networkFailure(error: unknown, url: URL, phase: 'request' | 'body', proxy?: URL): unknown {
  if (error instanceof SutureError) return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  const place = `${redactUrl(url)}${proxy === undefined ? '' : ` (through the proxy ${proxy.host})`}`;
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : code);
  const kind = classify(code, error, proxy);
  return kind === undefined ? error : new SutureError(kind, sentence(kind, place, reason, phase), { cause: error });
}

function sentence(code: ErrorCode, place: string, reason: string, phase: 'request' | 'body'): string {
  switch (code) {
    case 'NETWORK_UNREACHABLE':
      return `${place} cannot be reached: ${reason}`;
    case 'TLS_UNTRUSTED':
      return `The certificate of ${place} is not trusted: ${reason}`;
    case 'TLS_FAILED':
      return `No TLS connection to ${place}: ${reason}`;
    case 'PROXY_REFUSED':
      return `The proxy does not pass on ${place}: ${reason}`;
    default:
      return `${phase === 'body' ? 'Reading' : 'Asking for'} ${place} broke off: ${reason}`;
  }
}

function classify(code: string, error: unknown, proxy?: URL): ErrorCode | undefined {
  if (UNTRUSTED.has(code)) return 'TLS_UNTRUSTED';
  if (TIMEOUTS.has(code)) return 'NETWORK_TIMEOUT';
  if (UNREACHABLE.has(code)) return 'NETWORK_UNREACHABLE';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'TLS_FAILED';
  // undici has no code of its own for a proxy's refusal: "Proxy response (403) …", "Proxy Authentication Required (407)".
  if (proxy !== undefined && error instanceof Error && /^Proxy (?:response|Auth)/.test(error.message))
    return 'PROXY_REFUSED';
  const cut = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'];
  if (cut.includes(code) || code.startsWith('HPE_')) return 'NETWORK_INTERRUPTED';
  return undefined;
}

export function sentNothing(error: unknown): boolean {
  return error instanceof SutureError && BEFORE_SENDING.has(errorCode(error.cause) ?? '');
}

/** A name that does not exist will not exist in a second either. */
export function isPermanent(error: unknown): boolean {
  return error instanceof SutureError && errorCode(error.cause) === 'ENOTFOUND';
}

/** The first code along the causes; Node gathers failed addresses of one host in an AggregateError. */
function errorCode(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && code !== '' && code !== 'ERR_STREAM_PREMATURE_CLOSE') return code;
    current = current instanceof AggregateError ? (current.errors[0] as unknown) : current.cause;
  }
  return undefined;
}
