import type { Image } from '../../../src/service/api/contract/images.ts';
import { oneOf } from '../../parts/one-of.ts';
import stack from '../../parts/stack.module.css';
import { Tabs } from '../../parts/tabs.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { BeforeAfterPanel } from './before-after-panel.tsx';
import { FindingsTab } from './findings-tab.tsx';
import { HistoryTab } from './history-tab.tsx';
import { ImageFactsPanel } from './image-facts-panel.tsx';
import { LayersTab } from './layers-tab.tsx';
import { PlanTab } from './plan-tab.tsx';
import { ResultNotes } from './result-notes.tsx';

const TABS = ['findings', 'plan', 'layers', 'history'] as const;

export function ImageContent({ image }: { readonly image: Image }) {
  const address = useAddress();
  const { plan, layers, lineage, states } = image;
  const tab = oneOf(TABS, address.get('tab')) ?? 'findings';
  return (
    <div className={stack['stack']}>
      <ResultNotes image={image} onShowPlan={() => address.set({ tab: 'plan' })} />
      <div className={stack['wideNarrow']}>
        <BeforeAfterPanel image={image} />
        <ImageFactsPanel image={image} />
      </div>
      <Tabs
        label="Parts of the image"
        value={tab}
        onChange={(id) =>
          address.set(
            { tab: id === 'findings' ? undefined : id, page: undefined, cursor: undefined },
            { replace: true },
          )
        }
        tabs={[
          { id: 'findings', label: 'Findings', count: states.open, content: () => <FindingsTab image={image} /> },
          {
            id: 'plan',
            label: 'Plan',
            count: plan.steps.length + plan.pending.length,
            content: () => <PlanTab image={image} />,
          },
          { id: 'layers', label: 'Layers', count: layers.length, content: () => <LayersTab layers={layers} /> },
          {
            id: 'history',
            label: 'History',
            count: lineage.results.length,
            content: () => <HistoryTab image={image} />,
          },
        ]}
      />
    </div>
  );
}
