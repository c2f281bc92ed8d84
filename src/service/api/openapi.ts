import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** Describes the routes that are registered after it, as OpenAPI 3.1. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Suture',
        description: 'Keeps a fleet of container images free of OS-package vulnerabilities that already have a fix.',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description:
              'a token of `suture token create`, or of the OpenID provider that the service is configured for',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'suture_session',
            description: 'of POST /session; with TLS its name begins with __Host-',
          },
          hook: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Suture-Signature',
            description: 'sha256= and the HMAC of the body; or the secret itself as a bearer token',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** The document as it is served, and kept in docs/openapi.json. */
export function openApiText(app: FastifyInstance): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}
