import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SutureError } from '../../core/errors/error.ts';
import type { FailedLogins } from '../access/failed-logins.ts';
import { type ApiContext, actorOf, type Handler, type PlainRoute } from './context.ts';
import { ROUTES, type Route } from './contract/routes.ts';
import { HANDLERS } from './handlers/index.ts';
import { routeOptions } from './route-options.ts';

/** Registers every route of the contract that answers with JSON. */
export function registerPlainRoutes(app: FastifyInstance, context: ApiContext, logins: FailedLogins): void {
  for (const name of Object.keys(HANDLERS) as PlainRoute[]) {
    const route: Route = ROUTES[name];
    // Each handler takes what the schema of its own route gives; the loop cannot say so.
    const handler = HANDLERS[name] as unknown as Handler<'runs'>;
    app.route({
      ...routeOptions(context, logins, name),
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const answer: unknown = await handler(callOf(context, request));
        await reply.status(route.status).send(answer);
      },
    });
  }
}

function callOf(context: ApiContext, request: FastifyRequest): Parameters<Handler<'runs'>>[0] {
  const { principal } = request;
  if (principal === undefined) throw new SutureError('UNAUTHENTICATED', 'the request does not say who asks');
  return {
    context,
    principal,
    actor: actorOf(request),
    parameters: request.params as never,
    query: request.query as never,
    body: request.body as never,
  };
}
