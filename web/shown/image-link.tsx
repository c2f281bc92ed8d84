import { Link } from 'wouter';
import { paths } from '../app/paths.ts';
import { splitReference } from '../format/reference.ts';
import styles from './image-link.module.css';

/** A reference with its telling part first in weight; the whole is the title. */
export function ImageLink({ reference }: { readonly reference: string }) {
  const { registry, repository, tag, digest } = splitReference(reference);
  return (
    <Link href={paths.image(reference)} className={styles['link'] ?? ''} title={reference}>
      <span className={styles['name']}>
        <span className={styles['repository']}>{repository}</span>
        {tag !== '' && <span className={styles['tag']}>:{tag}</span>}
        {digest !== '' && <span className={styles['tag']}>@{digest.slice(0, 14)}…</span>}
      </span>
      {registry !== '' && <span className={styles['registry']}>{registry}</span>}
    </Link>
  );
}
