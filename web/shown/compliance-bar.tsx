import type { Coverage } from '../../src/service/api/contract/overview.ts';
import { StackedBar } from '../parts/stacked-bar.tsx';
import { COMPLIANCE_WORDS } from '../values/states.ts';
import styles from './compliance-bar.module.css';

/** Images in order, late and unknown, in a line. */
export function ComplianceBar({
  coverage: { byCompliance },
  legend = false,
}: {
  readonly coverage: Coverage;
  readonly legend?: boolean;
}) {
  const { compliant, late, unknown } = byCompliance;
  return (
    <div className={styles['bar']}>
      <StackedBar
        parts={[
          { label: COMPLIANCE_WORDS.compliant.label, count: compliant, tone: 'good' },
          { label: COMPLIANCE_WORDS.late.label, count: late, tone: 'critical' },
          { label: COMPLIANCE_WORDS.unknown.label, count: unknown, tone: 'unknown' },
        ]}
        legend={legend}
      />
    </div>
  );
}
