import type { Run } from '../../../src/service/api/contract/runs.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import styles from '../image/image-page.module.css';

/** What concerns the run as a whole. Nothing when there is nothing to say. */
export function RunNotesPanel({ run: { undiscovered, notes, error } }: { readonly run: Run }) {
  if (error === undefined && undiscovered.length === 0 && notes.length === 0) return null;
  return (
    <Panel title="Notes">
      <ul className={styles['notes']}>
        {error !== undefined && (
          <li className={styles['bad']}>
            <Icon name="error" size={14} />
            <span>
              {error.message} <code>{error.code}</code>
            </span>
          </li>
        )}
        {undiscovered.map(({ subject, code, message }) => (
          <li key={`${subject} ${message}`} className={styles['bad']}>
            <Icon name="error" size={14} />
            <span>
              {subject} could not be listed, so its images are not known: {message} <code>{code}</code>
            </span>
          </li>
        ))}
        {notes.map((note) => (
          <li key={note}>
            <Icon name="info" size={14} />
            <span>{note}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
