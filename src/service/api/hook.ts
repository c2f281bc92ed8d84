import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { fleetMayContain } from '../../fleet/config/membership.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { FailedLogins } from '../access/failed-logins.ts';
import { allows } from '../access/role.ts';
import { requestRun } from '../runs/queue.ts';
import type { ApiContext } from './context.ts';
import type { RegistryHook } from './contract/hooks.ts';
import { guard, refuseWhileLimited } from './guard.ts';
import { routeOptions } from './route-options.ts';

const BODY_LIMIT = 1024 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    /** The body of a webhook as it came, which is what its HMAC is of. */
    rawBody: Buffer | undefined;
  }
}

/**
 * Notifications of registries that images were pushed: those of CNCF distribution, of Harbor, and `{"reference": …}`. Who sends
 * them shows the secret of the hook, or a token of an operator.
 */
export function registerHook(app: FastifyInstance, context: ApiContext, logins: FailedLogins): void {
  app.decorateRequest('rawBody', undefined);
  // Distribution sends application/vnd.docker.distribution.events.v1+json, and later v2.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[a-z0-9.+-]+\+)?json(?:;|$)/i,
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (request, body: Buffer, done) => {
      request.rawBody = body;
      try {
        done(null, JSON.parse(body.toString('utf8')));
      } catch (error) {
        done(new SutureError('REQUEST_INVALID', 'the body is not JSON', { cause: error }), undefined);
      }
    },
  );
  const options = routeOptions(context, logins, 'registryHook');
  const preValidation = (request: FastifyRequest) => admit(context, logins, request);
  app.post<{ Body: RegistryHook }>('/hooks/registry', { ...options, preValidation }, async (request, reply) => {
    const references = referencesOf(request.body).filter((reference) => fleetMayContain(context.fleet(), reference));
    if (references.length > 0) {
      const name = request.principal?.name ?? 'registry webhook';
      const run = await requestRun(context.store, {
        trigger: 'webhook',
        scope: { references },
        actor: { name, address: request.ip },
      });
      if (run !== undefined)
        context.live.publish({ kind: 'run-queued', run, trigger: 'webhook', at: context.store.now() });
      context.wake();
    }
    return reply.status(202).send({ images: references.length });
  });
}

/** @throws SutureError UNAUTHENTICATED, FORBIDDEN, LOGIN_LIMITED */
async function admit(context: ApiContext, logins: FailedLogins, request: FastifyRequest): Promise<void> {
  const { hookSecret } = context;
  refuseWhileLimited(logins, request.ip);
  const signature = request.headers['x-suture-signature'];
  if (hookSecret !== undefined && typeof signature === 'string') {
    const expected = `sha256=${createHmac('sha256', hookSecret)
      .update(request.rawBody ?? '')
      .digest('hex')}`;
    if (equal(signature, expected)) return;
    logins.failed(request.ip);
    throw new SutureError('UNAUTHENTICATED', 'the signature of the webhook does not fit its body');
  }
  // Harbor sends what it was given as it is; others are given the scheme with it.
  const given = request.headers.authorization?.replace(/^Bearer +/i, '');
  if (hookSecret !== undefined && given !== undefined && equal(given, hookSecret)) return;
  try {
    request.principal = await guard(context, logins, request, 'operator');
  } catch (error) {
    if (!isSutureError(error, 'UNAUTHENTICATED')) throw error;
    throw new SutureError('UNAUTHENTICATED', 'the webhook shows neither its secret nor a token', { cause: error });
  }
  if (!allows(request.principal.role, 'operator')) throw new SutureError('FORBIDDEN', 'the webhook needs an operator');
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Canonical references of what was pushed; what is no image reference is passed over. */
export function referencesOf(hook: RegistryHook): readonly string[] {
  return [...new Set(namesOf(hook).flatMap(canonical))];
}

function namesOf(hook: RegistryHook): readonly string[] {
  if ('reference' in hook) return [hook.reference];
  if ('event_data' in hook)
    return hook.type === 'PUSH_ARTIFACT' || hook.type === 'pushImage'
      ? hook.event_data.resources.flatMap(({ resource_url: url }) => (url === undefined ? [] : [url]))
      : [];
  return hook.events.flatMap(({ action, target, request }) => {
    const { repository, tag } = target ?? {};
    if (action !== 'push' || repository === undefined || tag === undefined || request?.host === undefined) return [];
    return [`${request.host}/${repository}:${tag}`];
  });
}

function canonical(name: string): string[] {
  try {
    const parsed = parseReference(name);
    const hasBoth = parsed.tag !== undefined || parsed.digest !== undefined;
    return [formatReference(hasBoth ? parsed : { ...parsed, tag: 'latest' })];
  } catch {
    return [];
  }
}
