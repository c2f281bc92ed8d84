import type { FastifyRequest, FastifySchema, RouteShorthandOptions } from 'fastify';
import type { FailedLogins } from '../access/failed-logins.ts';
import type { ApiContext } from './context.ts';
import { apiError } from './contract/error.ts';
import { ROUTES, type Route, type RouteName } from './contract/routes.ts';
import { guard } from './guard.ts';

/** OpenAPI's own members of a schema. */
interface Described extends FastifySchema {
  readonly summary: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** Schema and guard of a route as the contract has them. */
export function routeOptions(context: ApiContext, logins: FailedLogins, name: RouteName): RouteShorthandOptions {
  const route: Route = ROUTES[name];
  const { role } = route;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (role !== 'anyone' && role !== 'hook') request.principal = await guard(context, logins, request, role);
  };
  return { schema: schemaOf(name, route), onRequest };
}

function schemaOf(name: RouteName, route: Route): FastifySchema {
  const { summary, parameters, query, body, response, status, contentType, path, role } = route;
  const described: Described = {
    summary,
    operationId: name,
    tags: [path.split('/')[1] ?? ''],
    security:
      role === 'anyone' ? [] : role === 'hook' ? [{ hook: [] }, { bearer: [] }] : [{ bearer: [] }, { session: [] }],
    ...(parameters === undefined ? {} : { params: parameters }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: {
      ...(response === undefined || contentType !== undefined ? {} : { [status]: response }),
      '4xx': apiError,
      '5xx': apiError,
    },
  };
  return described;
}
