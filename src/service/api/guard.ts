import type { FastifyRequest } from 'fastify';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { authenticate } from '../access/authenticate.ts';
import type { FailedLogins } from '../access/failed-logins.ts';
import { allows, type Principal, type Role } from '../access/role.ts';
import type { ApiContext } from './context.ts';
import { sessionCookie } from './cookie.ts';
import { LoginLimited } from './error-body.ts';

/** Sent by scripts of the dashboard; no other site can send it without asking first, which is never granted. */
export const PAGE_HEADER = 'x-suture-request';

const READS = new Set(['GET', 'HEAD']);

/**
 * Lets a request in, or not: who asks, whether a browser was made to ask by another site, and whether the role may.
 * @throws SutureError UNAUTHENTICATED, FORBIDDEN, CROSS_SITE, LOGIN_LIMITED
 */
export async function guard(
  context: ApiContext,
  logins: FailedLogins,
  request: FastifyRequest,
  role: Role,
): Promise<Principal> {
  const bearer = bearerOf(request);
  const cookie = sessionCookie(request);
  if (bearer !== undefined) refuseWhileLimited(logins, request.ip);
  let principal: Principal | undefined;
  try {
    principal = await authenticate(context.store, context.access, {
      ...(bearer === undefined ? {} : { bearer }),
      ...(cookie === undefined ? {} : { cookie }),
    });
  } catch (error) {
    if (bearer !== undefined && isSutureError(error, 'UNAUTHENTICATED')) logins.failed(request.ip);
    throw error;
  }
  if (principal === undefined) throw new SutureError('UNAUTHENTICATED', 'the request does not say who asks');
  checkSite(request, principal, context.access.open);
  if (!allows(principal.role, role))
    throw new SutureError('FORBIDDEN', `this needs the role ${role}; ${principal.name} has ${principal.role}`);
  return principal;
}

/** @throws SutureError LOGIN_LIMITED */
export function refuseWhileLimited(logins: FailedLogins, address: string): void {
  const seconds = logins.wait(address);
  if (seconds > 0) throw new LoginLimited(seconds);
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/**
 * What a browser sends by itself (a cookie, or nothing where nothing is asked for) says nothing about whose page made it. Reads
 * are safe because no other site can read the answer, unless a name that points here has become another site's own: without
 * authentication only the names of loopback are answered.
 * @throws SutureError CROSS_SITE
 */
export function checkSite(request: FastifyRequest, { means }: Pick<Principal, 'means'>, open: boolean): void {
  if (means !== 'cookie' && means !== 'none') return;
  if (open && means === 'none' && !isLoopbackName(request.hostname))
    throw new SutureError(
      'CROSS_SITE',
      `without authentication, only names of loopback are answered, not ${request.host}`,
    );
  if (READS.has(request.method)) return;
  const { origin, [PAGE_HEADER]: page, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined) {
    if (hostOf(origin) === request.host) return;
    throw new SutureError('CROSS_SITE', `the request comes from a page of ${origin.slice(0, 200)}`);
  }
  if (page !== undefined || site === 'same-origin') return;
  if (means === 'none' && site === undefined) return;
  throw new SutureError('CROSS_SITE', `a request with a session cookie needs the header Origin or ${PAGE_HEADER}`);
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
