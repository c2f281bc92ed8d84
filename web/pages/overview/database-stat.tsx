import type { Database } from '../../../src/service/api/contract/database.ts';
import { absoluteTime, duration } from '../../format/time.ts';
import { Stat } from '../../parts/stat.tsx';

/** How old what is known about vulnerabilities is. */
export function DatabaseStat({ database }: { readonly database: Database }) {
  const { present, ageSeconds, maxAgeSeconds, updatedAt, stale } = database;
  if (!present)
    return (
      <Stat label="Age of knowledge" value="None" tone="critical">
        There is no vulnerability database. Get one with <code>suture db update</code>.
      </Stat>
    );
  return (
    <Stat
      label="Age of knowledge"
      value={ageSeconds === undefined ? '—' : duration(ageSeconds * 1000)}
      {...(stale ? { tone: 'critical' as const } : {})}
    >
      {stale && 'Too old. '}
      {maxAgeSeconds !== undefined && `At most ${duration(maxAgeSeconds * 1000)} are allowed. `}
      {updatedAt !== undefined && (
        <span title={absoluteTime(updatedAt)}>Built {absoluteTime(updatedAt).slice(0, 16)} UTC.</span>
      )}
    </Stat>
  );
}
