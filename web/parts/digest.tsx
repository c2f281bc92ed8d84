import { shortDigest } from '../format/reference.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './digest.module.css';

/** Short to read, whole to copy. */
export function Digest({ digest, what = 'digest' }: { readonly digest: string; readonly what?: string }) {
  return (
    <span className={styles['digest']}>
      <code title={digest}>{shortDigest(digest)}</code>
      <CopyButton text={digest} what={what} />
    </span>
  );
}
