import { useEffect, useState } from 'react';
import styles from './copy-button.module.css';
import { Icon } from './icon.tsx';

const SHOWN_MS = 1600;

/** @param what is copied, as the label says it: "digest" */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  const label = state === 'copied' ? `Copied ${what}` : state === 'failed' ? `Could not copy ${what}` : `Copy ${what}`;
  return (
    <>
      <button type="button" className={styles['copy']} aria-label={`Copy ${what}`} title={label} onClick={copy}>
        <Icon name={state === 'copied' ? 'check' : state === 'failed' ? 'close' : 'copy'} size={13} />
      </button>
      <span className="visually-hidden" aria-live="polite">
        {state === 'idle' ? '' : label}
      </span>
    </>
  );
}
