import type { Image, PlanStep } from '../../../src/service/api/contract/images.ts';
import { formatBytes, plural } from '../../format/number.ts';
import { shortDigest } from '../../format/reference.ts';
import { absoluteTime } from '../../format/time.ts';
import { Badge } from '../../parts/badge.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { VulnerabilityLinks } from '../../shown/vulnerability-links.tsx';
import styles from './image-page.module.css';
import { PendingList } from './pending-list.tsx';

const COLUMNS: readonly Column<PlanStep>[] = [
  {
    id: 'package',
    header: 'Package',
    primary: true,
    cell: ({ package: name, architecture, platform }) => (
      <>
        <b>{name}</b> <span className={stack['faint']}>{platform ?? architecture}</span>
      </>
    ),
  },
  { id: 'version', header: 'Version', cell: (step) => <VersionChange step={step} /> },
  { id: 'fixes', header: 'Fixes', cell: ({ vulnerabilities }) => <VulnerabilityLinks ids={vulnerabilities} /> },
  {
    id: 'reason',
    header: 'Why',
    wideOnly: true,
    cell: ({ reason }) => <span className={stack['soft']}>{reason}</span>,
  },
  { id: 'size', header: 'Size', numeric: true, wideOnly: true, cell: ({ size }) => formatBytes(size) },
];

/** What the patch changes, what it does not change and why, and what it was made from. */
export function PlanTab({ image: { plan, repositories, result } }: { readonly image: Image }) {
  const { steps, pending } = plan;
  const platforms = new Set(steps.map(({ platform }) => platform ?? ''));
  return (
    <div className={stack['stack']}>
      {pending.length > 0 && <PendingList pending={pending} />}
      <Panel
        title="Changes"
        note={
          steps.length > 0 &&
          `${plural(steps.length, 'package')}${platforms.size > 1 ? ` on ${platforms.size} platforms` : ''}, ${formatBytes(steps.reduce((sum, { size }) => sum + size, 0))} of package files`
        }
        flush
      >
        {steps.length === 0 ? (
          <Notice icon="package" title="The plan changes no package." />
        ) : (
          <Table
            caption="Packages that the plan changes"
            columns={COLUMNS}
            rows={steps}
            keyOf={({ platform, package: name, architecture }) => `${platform ?? ''} ${name} ${architecture}`}
          />
        )}
      </Panel>
      {(repositories.length > 0 || result?.planDigest !== undefined) && (
        <Panel title="Made from">
          <Facts
            wide
            facts={[
              result?.planDigest === undefined
                ? undefined
                : {
                    term: 'Plan',
                    value: (
                      <>
                        <code>{shortDigest(result.planDigest)}</code>{' '}
                        <CopyButton text={result.planDigest} what="plan digest" />
                      </>
                    ),
                  },
              ...repositories.map(({ id, digest, date }) => ({
                term: id,
                value: (
                  <>
                    {absoluteTime(date)} <CopyButton text={digest} what="index digest" />
                  </>
                ),
              })),
            ]}
          />
        </Panel>
      )}
    </div>
  );
}

function VersionChange({ step: { action, from, to } }: { readonly step: PlanStep }) {
  if (action === 'install' || from === undefined)
    return (
      <span className={styles['versions']}>
        <Badge tone="accent" icon="plus">
          new
        </Badge>
        <code className={styles['to']}>{to}</code>
      </span>
    );
  return (
    <span className={styles['versions']}>
      <code className={styles['from']}>{from}</code>
      <Icon name="arrowRight" size={11} />
      <span className="visually-hidden">becomes</span>
      <code className={styles['to']}>{to}</code>
    </span>
  );
}
