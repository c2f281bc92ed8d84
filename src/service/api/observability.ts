import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { FailedLogins } from '../access/failed-logins.ts';
import type { ApiContext } from './context.ts';
import { guard } from './guard.ts';

export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Milliseconds within which the store must answer. */
const PATIENCE = 5_000;

/** `/livez`: the process answers. `/readyz`: it can do its work: the store answers, and it is not about to stop. */
export function registerHealth(app: FastifyInstance, { store, isStopping }: ApiContext): void {
  const quiet = { logLevel: 'warn' as const, schema: { hide: true } };
  app.get('/livez', quiet, async (_, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', quiet, async (_, reply) => {
    const reasons = [
      ...(isStopping() ? ['the service is stopping'] : []),
      ...((await answers(sql`select 1`.execute(store.database))) ? [] : ['the store does not answer']),
    ];
    return reply
      .status(reasons.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(`${reasons.join('\n') || 'ok'}\n`);
  });
}

/** Behind a login where the API is; an address of its own is for the network that may see it. */
export function registerMetrics(
  app: FastifyInstance,
  metrics: Metrics,
  login?: { readonly context: ApiContext; readonly logins: FailedLogins },
): void {
  app.get('/metrics', { logLevel: 'warn', schema: { hide: true } }, async (request, reply) => {
    if (login !== undefined) await guard(login.context, login.logins, request, 'viewer');
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE);
  });
  const answer = question.then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
