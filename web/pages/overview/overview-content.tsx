import type { Overview } from '../../../src/service/api/contract/overview.ts';
import stack from '../../parts/stack.module.css';
import { BurnDownPanel } from '../../shown/burn-down-panel.tsx';
import { ServiceLevelPanel } from '../../shown/service-level-panel.tsx';
import { UrgentPanel } from '../../shown/urgent-panel.tsx';
import { ExpiringPanel } from './expiring-panel.tsx';
import { HeadlineStats } from './headline-stats.tsx';
import { KnowledgePanel } from './knowledge-panel.tsx';
import { LastRunsPanel } from './last-runs-panel.tsx';
import { OutcomesPanel } from './outcomes-panel.tsx';

export function OverviewContent({ overview }: { readonly overview: Overview }) {
  const { coverage, sla, knowledge, runs, nextRun, waivers } = overview;
  return (
    <div className={stack['stack']}>
      <HeadlineStats overview={overview} />
      <div className={stack['wideNarrow']}>
        <BurnDownPanel days={sla.burnDown} />
        <ServiceLevelPanel tiers={sla.tiers} />
      </div>
      <UrgentPanel findings={sla.urgent} />
      <div className={stack['halves']}>
        <OutcomesPanel coverage={coverage} />
        <LastRunsPanel runs={runs} nextRun={nextRun} />
        <KnowledgePanel database={knowledge.database} repositories={knowledge.repositories} />
        <ExpiringPanel active={waivers.active} expiring={waivers.expiring} />
      </div>
    </div>
  );
}
