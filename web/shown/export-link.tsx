import { apiUrl, type QueryValue } from '../api/client.ts';
import styles from '../parts/button.module.css';
import { classes } from '../parts/classes.ts';
import { Icon } from '../parts/icon.tsx';

interface ExportLinkProps {
  readonly path: '/export/images.csv' | '/export/findings.csv';
  /** The filters of the list, without its place. */
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly name: string;
}

/** All rows of a list as a file, not only those of the page. */
export function ExportLink({ path, query, name }: ExportLinkProps) {
  return (
    <a href={apiUrl(path, query)} download={name} className={classes(styles['button'], styles['secondary'])}>
      <Icon name="download" size={14} />
      CSV
    </a>
  );
}
