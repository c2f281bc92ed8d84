import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Files whose names change with their contents. */
const HASHED = /\/assets\//;

/**
 * Serves the dashboard as it was built. Addresses without a file are pages of it.
 * @returns false where it was not built
 */
export async function registerDashboard(app: FastifyInstance, directory: string): Promise<boolean> {
  if (!existsSync(join(directory, 'index.html'))) return false;
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    cacheControl: false,
    index: ['index.html'],
    schemaHide: true,
    setHeaders: (response, path) => {
      response.setHeader('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const isPage = request.headers.accept?.includes('text/html') === true && !/^\/(?:api|assets)\//.test(request.url);
    if (!isPage) return reply.callNotFound();
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
  return true;
}
