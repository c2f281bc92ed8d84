import type { FastifyInstance } from 'fastify';
import { SutureError } from '../../core/errors/error.ts';
import type { LiveRow } from '../../fleet/store/service-tables.ts';
import type { FailedLogins } from '../access/failed-logins.ts';
import type { ApiContext } from './context.ts';
import { guard } from './guard.ts';
import { routeOptions } from './route-options.ts';

/** Milliseconds between two signs of life, which also show whether the reader may still read. */
export const HEARTBEAT_MS = 15_000;
/** Bytes that may wait for a reader; who is slower is let go, and comes back for what was missed. */
const MOST_WAITING = 1024 * 1024;
const MOST_READERS = 500;
/** Milliseconds that a reader is to wait before it comes back. */
const RETRY_MS = 3_000;

/** Live events, as server-sent events (HTML, section 9.2), resumed by Last-Event-ID. */
export function registerStream(app: FastifyInstance, context: ApiContext, logins: FailedLogins): void {
  const { live } = context;
  const open = new Set<() => void>();
  app.addHook('preClose', (done) => {
    for (const close of open) close();
    done();
  });
  app.get('/events/stream', routeOptions(context, logins, 'stream'), async (request, reply) => {
    if (open.size >= MOST_READERS) throw new SutureError('STREAM_LIMITED', `${MOST_READERS} readers follow already`);
    const after = lastEventId(request.headers['last-event-id']);
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      // Else the connection would outlive the stream, and a service that stops would wait for it.
      connection: 'close',
    });
    const send = (text: string): void => {
      if (raw.writableLength > MOST_WAITING) raw.destroy();
      else raw.write(text);
    };
    send(`retry: ${RETRY_MS}\n: suture\n\n`);
    const leave = await live.follow(
      {
        events: (rows) => send(rows.map(formatEvent).join('')),
        missed: () => send(`event: missed\ndata: {}\n\n`),
      },
      after,
    );
    const heartbeat = setInterval(() => {
      send(': alive\n\n');
      // A token that was revoked, or a session that ended, reads no further.
      guard(context, logins, request, 'viewer').catch(() => close());
    }, HEARTBEAT_MS);
    const close = (): void => {
      open.delete(close);
      clearInterval(heartbeat);
      leave();
      raw.end();
    };
    open.add(close);
    raw.once('close', close);
    if (raw.destroyed) close();
  });
}

function lastEventId(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** Data is JSON on one line, so it never looks like a field of its own. */
function formatEvent({ sequence, kind, data }: LiveRow): string {
  return `id: ${sequence}\nevent: ${kind}\ndata: ${data}\n\n`;
}
