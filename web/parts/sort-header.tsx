import { classes } from './classes.ts';
import { Icon } from './icon.tsx';
import styles from './table.module.css';
import type { Column } from './table.tsx';

export interface SortState {
  readonly by: string;
  readonly order: 'asc' | 'desc';
  readonly onSort: (by: string, order: 'asc' | 'desc') => void;
}

interface SortHeaderProps<Row> {
  readonly column: Column<Row>;
  readonly sort?: SortState;
}

/** A column's name; a button where the service can sort by it. */
export function SortHeader<Row>({ column, sort }: SortHeaderProps<Row>) {
  const className = classes(
    column.numeric && styles['numeric'],
    column.wideOnly && styles['wideOnly'],
    column.primary && styles['primary'],
  );
  const active = sort !== undefined && column.sort?.by === sort.by;
  if (sort === undefined || column.sort === undefined)
    return (
      <th scope="col" role="columnheader" className={className}>
        {column.action ? <span className="visually-hidden">{column.header}</span> : column.header}
      </th>
    );
  const { by, first = 'asc' } = column.sort;
  const next = active ? (sort.order === 'asc' ? 'desc' : 'asc') : first;
  return (
    <th
      scope="col"
      role="columnheader"
      className={className}
      aria-sort={active ? (sort.order === 'asc' ? 'ascending' : 'descending') : 'none'}
    >
      <button
        type="button"
        className={styles['sort']}
        data-active={active || undefined}
        onClick={() => sort.onSort(by, next)}
      >
        {column.header}
        <span className={styles['arrow']}>
          <Icon name={active && sort.order === 'desc' ? 'sortDown' : 'sortUp'} size={11} />
        </span>
      </button>
    </th>
  );
}
