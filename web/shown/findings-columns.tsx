import type { Finding } from '../../src/service/api/contract/findings.ts';
import type { Column } from '../parts/table.tsx';
import { FixCell } from './fix-cell.tsx';
import { ImageLink } from './image-link.tsx';
import { StateBadge } from './state-badge.tsx';
import { TierBadge } from './tier-badge.tsx';
import { VulnerabilityLink } from './vulnerability-link.tsx';

export const findingColumns = {
  vulnerability: {
    id: 'vulnerability',
    header: 'Vulnerability',
    primary: true,
    cell: ({ vulnerability, title }) => <VulnerabilityLink id={vulnerability} title={title} />,
    sort: { by: 'vulnerability' },
  },
  image: {
    id: 'image',
    header: 'Image',
    primary: true,
    cell: ({ reference }) => <ImageLink reference={reference} />,
  },
  severity: {
    id: 'severity',
    header: 'Severity',
    cell: ({ tier }) => <TierBadge tier={tier} />,
    sort: { by: 'severity', first: 'desc' },
  },
  package: { id: 'package', header: 'Package', cell: (finding) => finding.package, sort: { by: 'package' } },
  state: {
    id: 'state',
    header: 'Standing',
    cell: (finding) => <StateBadge finding={finding} />,
    sort: { by: 'urgency' },
  },
  fix: { id: 'fix', header: 'Installed and fix', cell: (finding) => <FixCell finding={finding} /> },
} as const satisfies Readonly<Record<string, Column<Finding>>>;

export function findingKey({ reference, vulnerability, package: name }: Finding): string {
  return `${reference} ${vulnerability} ${name}`;
}
