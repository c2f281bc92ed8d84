import type { Database } from '../../../src/service/api/contract/database.ts';
import type { ImageList } from '../../../src/service/api/contract/images.ts';
import type { Coverage } from '../../../src/service/api/contract/overview.ts';
import type { Team } from '../../../src/service/api/contract/teams.ts';
import type { Waiver } from '../../../src/service/api/contract/waivers.ts';
import type { Answer } from '../../api/queries.ts';
import { formatCount, percent } from '../../format/number.ts';
import { duration } from '../../format/time.ts';
import { Answered } from '../../parts/answered.tsx';
import { Panel } from '../../parts/panel.tsx';
import stack from '../../parts/stack.module.css';
import { Table } from '../../parts/table.tsx';
import { BurnDownPanel } from '../../shown/burn-down-panel.tsx';
import { ComplianceBar } from '../../shown/compliance-bar.tsx';
import { IMAGE_COLUMNS } from '../../shown/image-columns.tsx';
import { ServiceLevelPanel } from '../../shown/service-level-panel.tsx';
import { UrgentPanel } from '../../shown/urgent-panel.tsx';
import { WAIVER_COLUMNS } from '../../shown/waiver-columns.tsx';
import styles from './report.module.css';

interface ReportBodyProps {
  readonly subtitle: string;
  readonly coverage: Coverage;
  readonly sla: Team['sla'];
  readonly database: Database | undefined;
  readonly late: Answer<ImageList>;
  readonly waivers: readonly Waiver[];
}

/** The sentences first, then what proves them. */
export function ReportBody({ subtitle, coverage, sla, database, late, waivers }: ReportBodyProps) {
  return (
    <div className={stack['stack']}>
      <p className={styles['subtitle']}>{subtitle}</p>
      <Panel title="In short">
        <Summary coverage={coverage} sla={sla} database={database} />
        <ComplianceBar coverage={coverage} legend />
      </Panel>
      <ServiceLevelPanel tiers={sla.tiers} />
      <BurnDownPanel days={sla.burnDown} />
      <UrgentPanel findings={sla.urgent} />
      <Panel title="Images with late findings" flush>
        <Answered answer={late}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <p className={styles['none']}>None.</p>
            ) : (
              <>
                <Table
                  caption="Images with late findings"
                  columns={IMAGE_COLUMNS}
                  rows={items}
                  keyOf={({ reference }) => reference}
                />
                {next !== undefined && (
                  <p className={styles['none']}>
                    The first {formatCount(items.length)}
                    {total !== undefined && ` of ${formatCount(total)}`}; the CSV export of the images page has all.
                  </p>
                )}
              </>
            )
          }
        </Answered>
      </Panel>
      <Panel title="Current waivers" flush>
        {waivers.length === 0 ? (
          <p className={styles['none']}>None.</p>
        ) : (
          <Table caption="Current waivers" columns={WAIVER_COLUMNS} rows={waivers} keyOf={({ id }) => id} />
        )}
      </Panel>
    </div>
  );
}

function Summary({ coverage, sla, database }: Pick<ReportBodyProps, 'coverage' | 'sla' | 'database'>) {
  const { images, byCompliance, byOutcome } = coverage;
  const late = sla.tiers.reduce((sum, tier) => sum + tier.late, 0);
  const waived = sla.tiers.reduce((sum, tier) => sum + tier.waived, 0);
  const { p50Seconds, p95Seconds, inTime, late: fixedLate } = sla.remediation;
  const inTimeShare = percent(inTime, inTime + fixedLate);
  return (
    <ul className={styles['summary']}>
      <li>
        <b>
          {formatCount(byCompliance.compliant)} of {formatCount(images)}
        </b>{' '}
        images ({percent(byCompliance.compliant, images) ?? 0}&nbsp;%) have no late finding;{' '}
        {formatCount(byCompliance.unknown)} could not be judged.
      </li>
      <li>
        <b>{formatCount(late)}</b> findings are late, <b>{formatCount(waived)}</b> are waived.{' '}
        {formatCount(byOutcome.failed)} images failed and {formatCount(byOutcome.refused)} were refused in their last
        run.
      </li>
      {p50Seconds !== undefined && (
        <li>
          In the last 30 days half of the fixes took at most <b>{duration(p50Seconds * 1000)}</b>
          {p95Seconds !== undefined && `, 95 % at most ${duration(p95Seconds * 1000)}`}
          {inTimeShare !== undefined && `; ${inTimeShare} % were in time`}.
        </li>
      )}
      {database !== undefined && (
        <li>
          {database.present
            ? `The vulnerability database is ${database.ageSeconds === undefined ? 'of unknown age' : `${duration(database.ageSeconds * 1000)} old`}${database.stale ? ', which is too old' : ''}.`
            : 'There is no vulnerability database, so nothing could be compared.'}
        </li>
      )}
    </ul>
  );
}
