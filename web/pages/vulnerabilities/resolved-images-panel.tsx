import type { Finding } from '../../../src/service/api/contract/findings.ts';
import type { Vulnerability } from '../../../src/service/api/contract/vulnerabilities.ts';
import { formatCount } from '../../format/number.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/panel.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { findingColumns, findingKey } from '../../shown/findings-columns.tsx';

/** Images that had it, and what may run instead. */
export function ResolvedImagesPanel({
  vulnerability: { images, resolved, published },
}: {
  readonly vulnerability: Vulnerability;
}) {
  if (resolved.items.length === 0) return null;
  const instead = new Map(published.map(({ reference, publishedReference }) => [reference, publishedReference]));
  const columns: readonly Column<Finding>[] = [
    findingColumns.image,
    findingColumns.package,
    findingColumns.state,
    {
      id: 'instead',
      header: 'Image without it',
      cell: ({ reference }) => {
        const published = instead.get(reference);
        if (published === undefined) return <span className={stack['faint']}>—</span>;
        return (
          <span className={stack['inline']}>
            <code className={stack['long']}>{published}</code>
            <CopyButton text={published} what="image reference" />
          </span>
        );
      },
    },
  ];
  return (
    <Panel
      title="Images that had it"
      note={
        resolved.next === undefined
          ? formatCount(images.resolved)
          : `the last ${formatCount(resolved.items.length)} of ${formatCount(images.resolved)}`
      }
      flush
    >
      <Table caption="Images that had it" columns={columns} rows={resolved.items} keyOf={findingKey} />
    </Panel>
  );
}
