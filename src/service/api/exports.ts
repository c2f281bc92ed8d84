import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { findingsCsv, imagesCsv } from '../../fleet/views/csv.ts';
import type { FailedLogins } from '../access/failed-logins.ts';
import type { ApiContext } from './context.ts';
import type { ExportFindingsQuery, ExportImagesQuery } from './contract/exports.ts';
import { ROUTES } from './contract/routes.ts';
import { routeOptions } from './route-options.ts';

/** Lists as files, written while they are read. */
export function registerExports(app: FastifyInstance, context: ApiContext, logins: FailedLogins): void {
  const { exportImages, exportFindings } = ROUTES;
  const options = (name: 'exportImages' | 'exportFindings') => routeOptions(context, logins, name);
  app.get<{ Querystring: ExportImagesQuery }>(exportImages.path, options('exportImages'), (request, reply) =>
    sendFile(reply, 'images.csv', exportImages.contentType, imagesCsv(context.store, request.query)),
  );
  app.get<{ Querystring: ExportFindingsQuery }>(exportFindings.path, options('exportFindings'), (request, reply) =>
    sendFile(reply, 'findings.csv', exportFindings.contentType, findingsCsv(context.store, request.query)),
  );
}

function sendFile(reply: FastifyReply, name: string, contentType: string, pieces: AsyncIterable<string>): FastifyReply {
  return reply
    .type(contentType)
    .header('content-disposition', `attachment; filename="suture-${name}"`)
    .send(Readable.from(pieces, { objectMode: false }));
}
