import { Link } from 'wouter';
import type { ImageSummary } from '../../src/service/api/contract/images.ts';
import { paths } from '../app/paths.ts';
import { DueTime } from '../parts/due-time.tsx';
import { RelativeTime } from '../parts/relative-time.tsx';
import stack from '../parts/stack.module.css';
import type { Column } from '../parts/table.tsx';
import { ComplianceBadge } from './compliance-badge.tsx';
import { ImageLink } from './image-link.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { TierCounts } from './tier-counts.tsx';

export const IMAGE_COLUMNS: readonly Column<ImageSummary>[] = [
  {
    id: 'reference',
    header: 'Image',
    primary: true,
    cell: ({ reference }) => <ImageLink reference={reference} />,
    sort: { by: 'reference' },
  },
  {
    id: 'team',
    header: 'Team',
    wideOnly: true,
    cell: ({ team }) =>
      team === undefined ? <span className={stack['faint']}>—</span> : <Link href={paths.team(team)}>{team}</Link>,
    sort: { by: 'team' },
  },
  {
    id: 'standing',
    header: 'Standing',
    cell: ({ compliance }) => <ComplianceBadge compliance={compliance} />,
    sort: { by: 'risk' },
  },
  {
    id: 'outcome',
    header: 'Result',
    cell: ({ outcome }) => <OutcomeBadge outcome={outcome} />,
    sort: { by: 'outcome' },
  },
  {
    id: 'findings',
    header: 'Open findings',
    cell: ({ tiers }) => <TierCounts counts={tiers} />,
    sort: { by: 'findings', first: 'desc' },
  },
  {
    id: 'due',
    header: 'Next due',
    numeric: true,
    cell: ({ nextDueAt }) => <DueTime time={nextDueAt} />,
    sort: { by: 'due' },
  },
  {
    id: 'checked',
    header: 'Checked',
    numeric: true,
    wideOnly: true,
    cell: ({ lastCheckedAt }) => <RelativeTime time={lastCheckedAt} />,
    sort: { by: 'checked', first: 'desc' },
  },
];
