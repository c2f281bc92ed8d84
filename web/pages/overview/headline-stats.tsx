import type { Overview } from '../../../src/service/api/contract/overview.ts';
import { paths } from '../../app/paths.ts';
import { formatCount, percent } from '../../format/number.ts';
import { duration } from '../../format/time.ts';
import stack from '../../parts/stack.module.css';
import { StackedBar } from '../../parts/stacked-bar.tsx';
import { Stat } from '../../parts/stat.tsx';
import { COMPLIANCE_WORDS } from '../../values/states.ts';
import { DatabaseStat } from './database-stat.tsx';

/** The four numbers to open the page for. */
export function HeadlineStats({ overview: { coverage, sla, knowledge } }: { readonly overview: Overview }) {
  const { compliant, late, unknown } = coverage.byCompliance;
  const sum = (key: 'late' | 'due') => sla.tiers.reduce((total, tier) => total + tier[key], 0);
  const share = percent(compliant, coverage.images);
  const { resolved, inTime, late: fixedLate, p50Seconds, p95Seconds } = sla.remediation;
  const inTimeShare = percent(inTime, inTime + fixedLate);
  return (
    <div className={stack['stats']}>
      <Stat
        label="Images in order"
        href={paths.images()}
        value={share === undefined ? '—' : `${share} %`}
        unit={`${formatCount(compliant)} of ${formatCount(coverage.images)}`}
      >
        <StackedBar
          parts={[
            { label: COMPLIANCE_WORDS.compliant.label, count: compliant, tone: 'good' },
            { label: COMPLIANCE_WORDS.late.label, count: late, tone: 'critical' },
            { label: COMPLIANCE_WORDS.unknown.label, count: unknown, tone: 'unknown' },
          ]}
          legend
        />
      </Stat>
      <Stat
        label="Late findings"
        href={paths.images({ compliance: 'late' })}
        value={formatCount(sum('late'))}
        {...(sum('late') > 0 ? { tone: 'critical' as const } : {})}
        unit={`in ${formatCount(late)} ${late === 1 ? 'image' : 'images'}`}
      >
        {formatCount(sum('due'))} more are due and still in time
      </Stat>
      <Stat
        label="Time to fix, last 30 days"
        value={p50Seconds === undefined ? '—' : duration(p50Seconds * 1000)}
        unit={p50Seconds === undefined ? 'nothing was fixed' : 'median'}
      >
        {p95Seconds !== undefined && <>95th percentile {duration(p95Seconds * 1000)}. </>}
        {inTimeShare !== undefined && <>{inTimeShare}&nbsp;% in time. </>}
        {formatCount(resolved)} fixed.
      </Stat>
      <DatabaseStat database={knowledge.database} />
    </div>
  );
}
