import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import { SortHeader, type SortState } from './sort-header.tsx';
import styles from './table.module.css';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers and times stand right, so that their places line up. */
  readonly numeric?: boolean;
  /** The cell that names the row: a row header, first on a telephone. */
  readonly primary?: boolean;
  /** Holds controls, which say what they do: the column's name is for screen readers only. */
  readonly action?: boolean;
  /** Left out where the screen is narrow. */
  readonly wideOnly?: boolean;
  /** What the service calls the order by this column, and the direction of the first click. */
  readonly sort?: { readonly by: string; readonly first?: 'asc' | 'desc' };
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly sort?: SortState;
  /** Fading while the next rows come. */
  readonly stale?: boolean;
}

/** Rows with a header; on a narrow screen each row becomes a small card. */
export function Table<Row>({ caption, columns, rows, keyOf, sort, stale = false }: TableProps<Row>) {
  return (
    // Roles are said out loud, because the narrow layout takes the table's display away, and with it what it is.
    <table className={classes(styles['table'], stale && styles['stale'])} role="table" aria-busy={stale || undefined}>
      <caption className="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <SortHeader key={column.id} column={column} {...(sort === undefined ? {} : { sort })} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map((column) => (
              <TableCell key={column.id} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function TableCell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const className = classes(column.numeric && styles['numeric'], column.wideOnly && styles['wideOnly']);
  const content = column.cell(row);
  if (column.primary)
    return (
      <th scope="row" role="rowheader" className={classes(className, styles['primary'])}>
        {content}
      </th>
    );
  return (
    <td role="cell" className={className} data-label={column.action ? undefined : column.header}>
      {content}
    </td>
  );
}
