import { systemClock } from '../core/ports.ts';
import type { Invocation } from './definition.ts';
import { duration } from './parse.ts';

/** --max-db-age; `any` allows every age. @throws SutureError DATABASE_STALE */
export async function requireFreshKnowledge(
  options: Invocation['options'],
  database: { readonly updatedAt: string },
): Promise<void> {
  const limit = options['maxDbAge'];
  if (limit === 'any') return;
  const { requireFresh } = await import('../knowledge/trivy-db/store/freshness.ts');
  requireFresh(database, duration('max-db-age', limit ?? '24h'), systemClock);
}
