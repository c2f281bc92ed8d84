import { Link } from 'wouter';
import type { Image } from '../../../src/service/api/contract/images.ts';
import { paths } from '../../app/paths.ts';
import { plural } from '../../format/number.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import styles from './image-page.module.css';

/** What the last run has to say: why it failed, what stays pending, what could not be used. Nothing when all is well. */
export function ResultNotes({ image, onShowPlan }: { readonly image: Image; readonly onShowPlan: () => void }) {
  const { result, plan } = image;
  const error = result?.error;
  const notes = [...plan.unusable.map((text) => `Not usable: ${text}`), ...(result?.notes ?? [])];
  if (error === undefined && notes.length === 0 && plan.pending.length === 0) return null;
  return (
    <Panel
      title="What the last run says"
      note={
        result !== undefined && (
          <Link href={paths.run(result.run)}>
            <RelativeTime time={result.finishedAt} />
          </Link>
        )
      }
      actions={plan.pending.length > 0 && <Button onClick={onShowPlan}>Show why</Button>}
    >
      <ul className={styles['notes']}>
        {error !== undefined && (
          <li className={styles['bad']}>
            <Icon name="error" size={14} />
            <span>
              {error.message} <code>{error.code}</code>
              {error.retryable && ' The next run tries again.'}
            </span>
          </li>
        )}
        {plan.pending.length > 0 && (
          <li>
            <Icon name="clock" size={14} />
            <span>
              {plan.pending.length === 1
                ? '1 package stays as it is.'
                : `${plural(plan.pending.length, 'package')} stay as they are, each for a reason of its own.`}
            </span>
          </li>
        )}
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
