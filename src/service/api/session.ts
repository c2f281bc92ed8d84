import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isSutureError } from '../../core/errors/error.ts';
import { authenticateBearer } from '../access/authenticate.ts';
import type { FailedLogins } from '../access/failed-logins.ts';
import type { Principal } from '../access/role.ts';
import { closeSession, openSession } from '../access/session.ts';
import { type ApiContext, actorOf } from './context.ts';
import type { Login } from './contract/session.ts';
import { sessionCookie, setSessionCookie } from './cookie.ts';
import { checkSite, refuseWhileLimited } from './guard.ts';
import { routeOptions } from './route-options.ts';

/** Logging a dashboard in and out. */
export function registerSession(app: FastifyInstance, context: ApiContext, logins: FailedLogins): void {
  const { store, access, version } = context;
  app.post<{ Body: Login }>('/session', routeOptions(context, logins, 'openSession'), async (request, reply) => {
    // Else another site could log a browser in as somebody else.
    checkSite(request, { means: 'none' }, access.open);
    refuseWhileLimited(logins, request.ip);
    const principal = await authenticateBearer(store, access.oidc, request.body.token).catch((error: unknown) => {
      if (isSutureError(error, 'UNAUTHENTICATED')) logins.failed(request.ip);
      throw error;
    });
    const { tokenId, expiresAt, name, role } = principal;
    const owner = {
      subject: name,
      role,
      ...(tokenId === undefined ? {} : { tokenId }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const opened = await openSession(store, owner, { name, address: request.ip });
    const seconds = (opened.expiresAt - store.clock.now()) / 1000;
    reply.header('set-cookie', setSessionCookie(opened.value, seconds, isSecure(request)));
    return reply.status(201).send(describeSession({ name, role, expiresAt: opened.expiresAt }, version));
  });
  app.delete('/session', routeOptions(context, logins, 'closeSession'), async (request, reply) => {
    const value = sessionCookie(request);
    if (value !== undefined) await closeSession(store, value, actorOf(request));
    reply.header('set-cookie', setSessionCookie('', 0, isSecure(request)));
    return reply.status(204).send();
  });
}

export function describeSession(
  { name, role, expiresAt }: Pick<Principal, 'name' | 'role' | 'expiresAt'>,
  version: string,
) {
  return { name, role, version, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }) };
}

function isSecure({ protocol }: FastifyRequest): boolean {
  return protocol === 'https';
}
