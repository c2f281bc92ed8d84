import type { Transaction } from 'kysely';
import type { FindingRow, Tables } from './schema.ts';

/** Upper bounds in seconds; what took longer has the bucket 0. */
export const REMEDIATION_BUCKETS = [1, 6, 12, 24, 48, 72, 168, 336, 720, 2160].map((hours) => hours * 3600);

type Remediated = Pick<FindingRow, 'first_detected_at' | 'fix_available_at' | 'resolved_at'>;

/**
 * Counts how long findings took that are gone, in the transaction that resolves them. Counts only grow, also when findings come
 * back or are forgotten, which is what makes them counters. Findings that went without a fix to be had are not counted.
 */
export async function countRemediations(
  transaction: Transaction<Tables>,
  findings: readonly Remediated[],
): Promise<void> {
  const counts = new Map<string, { stage: string; bucket: number; findings: number; seconds: number }>();
  for (const finding of findings)
    for (const { stage, seconds } of stagesOf(finding)) {
      const bucket = REMEDIATION_BUCKETS.find((bound) => seconds <= bound) ?? 0;
      const key = `${stage} ${bucket}`;
      const entry = counts.get(key) ?? { stage, bucket, findings: 0, seconds: 0 };
      counts.set(key, { ...entry, findings: entry.findings + 1, seconds: entry.seconds + seconds });
    }
  for (const row of counts.values())
    await transaction
      .insertInto('remediation_times')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['stage', 'bucket']).doUpdateSet(({ eb }) => ({
          findings: eb('remediation_times.findings', '+', row.findings),
          seconds: eb('remediation_times.seconds', '+', row.seconds),
        })),
      )
      .execute();
}

function stagesOf({ first_detected_at: detected, fix_available_at: available, resolved_at: resolved }: Remediated) {
  if (available === null || resolved === null) return [];
  const [found, fixable, gone] = [Date.parse(detected), Date.parse(available), Date.parse(resolved)];
  const whole = (ms: number) => Math.max(0, Math.round(ms / 1000));
  return [
    { stage: 'detected', seconds: whole(found - fixable) },
    { stage: 'patched', seconds: whole(gone - Math.max(found, fixable)) },
  ];
}
