import type { FastifyRequest } from 'fastify';

/** `__Host-`: browsers take it from this very host only, over TLS only, for all its paths. */
const SECURE_NAME = '__Host-suture_session';
const NAME = 'suture_session';

/** The value of the session's cookie. */
export function sessionCookie({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const cookies = new Map<string, string>();
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0) cookies.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return cookies.get(SECURE_NAME) ?? cookies.get(NAME);
}

/** `Set-Cookie` for a session; one without a value ends it. @param seconds until it ends */
export function setSessionCookie(value: string, seconds: number, secure: boolean): string {
  const attributes = [`Max-Age=${Math.max(0, Math.floor(seconds))}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  return [`${secure ? SECURE_NAME : NAME}=${value}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ');
}
