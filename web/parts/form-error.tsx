import { ApiFailure } from '../api/failure.ts';
import styles from './form-error.module.css';
import { Icon } from './icon.tsx';

/** Why the service did not take a form. */
export function FormError({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <p className={styles['error']} role="alert">
      <Icon name="error" size={14} />
      <span>
        {error.message} {error instanceof ApiFailure && error.fix}
      </span>
    </p>
  );
}
