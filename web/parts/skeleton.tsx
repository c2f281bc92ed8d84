import styles from './skeleton.module.css';

/** Grey lines where text will be, as many as are likely to come; screen readers hear "Loading" once. */
export function Skeleton({ lines = 3, tall = false }: { readonly lines?: number; readonly tall?: boolean }) {
  return (
    <div className={styles['skeleton']} role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else, and never change places
        <span key={line} className={tall ? styles['tall'] : styles['line']} aria-hidden="true" />
      ))}
    </div>
  );
}
