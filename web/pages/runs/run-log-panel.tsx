import { useEffect, useRef, useState } from 'react';
import type { Run, RunLogLine } from '../../../src/service/api/contract/runs.ts';
import { plural } from '../../format/number.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { FailureNotice } from '../../parts/failure-notice.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Select } from '../../parts/select.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import { isLive } from '../../values/runs.ts';
import { asText, inBlocks } from './log-lines.ts';
import styles from './runs.module.css';
import { useRunLog } from './use-run-log.ts';

const BLOCK = 100;
/** Pixels from the end within which the log counts as being at its end, and so follows. */
const AT_END = 40;

const LEVELS = [
  { value: '', label: 'all lines' },
  { value: 'warning', label: 'warnings and errors' },
  { value: 'error', label: 'errors' },
];

/** What the run did, line by line; it follows while its end is in sight. */
export function RunLogPanel({ run: { id, status } }: { readonly run: Run }) {
  const { lines, loading, error, retry } = useRunLog(id);
  const [level, setLevel] = useState('');
  const box = useRef<HTMLElement>(null);
  const follows = useRef(isLive(status));
  const shown = lines.filter((line) => level === '' || line.level === 'error' || line.level === level);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines move the end
  useEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length]);
  return (
    <Panel
      title="Log"
      note={plural(shown.length, 'line')}
      flush
      actions={
        <>
          <Select label="Show" value={level} choices={LEVELS} onChange={setLevel} />
          {shown.length > 0 && <CopyButton text={asText(shown)} what="log" />}
        </>
      }
    >
      {error !== undefined && <FailureNotice error={error} onRetry={retry} />}
      {loading && lines.length === 0 ? (
        <Skeleton lines={6} />
      ) : shown.length === 0 ? (
        <Notice icon="event" title={isLive(status) ? 'No line yet.' : 'The run has no such lines.'} />
      ) : (
        <section
          ref={box}
          className={styles['log']}
          aria-label="Log lines"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
          tabIndex={0}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            follows.current = scrollHeight - scrollTop - clientHeight < AT_END;
          }}
        >
          {inBlocks(shown, BLOCK).map((block) => (
            <div key={block[0]?.sequence} className={block.length === BLOCK ? styles['block'] : undefined}>
              {block.map((line) => (
                <LogLine key={line.sequence} line={line} />
              ))}
            </div>
          ))}
        </section>
      )}
    </Panel>
  );
}

function LogLine({ line: { time, level, reference, message } }: { readonly line: RunLogLine }) {
  return (
    <div className={styles['line']} data-level={level}>
      <time className={styles['time']} dateTime={time} title={time}>
        {time.slice(11, 19)}
      </time>
      <span className={styles['message']}>
        {level !== 'info' && <b>{level} </b>}
        {reference !== undefined && <span className={styles['about']}>{reference} </span>}
        {message}
      </span>
    </div>
  );
}
