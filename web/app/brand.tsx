import styles from './brand.module.css';

/** A seam with three stitches. */
export function Brand() {
  return (
    <span className={styles['brand']}>
      <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
        <rect className={styles['ground']} width="32" height="32" rx="7" />
        <path className={styles['seam']} d="M6 16h20M10 11l3 10M16 11l3 10M22 11l2 7" />
      </svg>
      Suture
    </span>
  );
}
