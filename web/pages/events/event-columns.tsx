import type { Event } from '../../../src/service/api/contract/events.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import stack from '../../parts/stack.module.css';
import type { Column } from '../../parts/table.tsx';
import { eventKind } from '../../values/event-kinds.ts';
import { actorOf } from './actor.ts';
import { EventSubject } from './event-subject.tsx';
import styles from './events.module.css';

export const EVENT_COLUMNS: readonly Column<Event>[] = [
  {
    id: 'kind',
    header: 'What',
    primary: true,
    cell: ({ kind, sequence }) => (
      <span className={stack['inline']}>
        <b>{eventKind(kind)}</b>
        <span className={stack['faint']}>#{sequence}</span>
      </span>
    ),
  },
  { id: 'subject', header: 'About', cell: (event) => <EventSubject event={event} /> },
  {
    id: 'who',
    header: 'Who',
    cell: ({ data }) => {
      const actor = actorOf(data);
      if (actor === undefined) return <span className={stack['faint']}>the service</span>;
      return <span title={actor.address}>{actor.name}</span>;
    },
  },
  {
    id: 'data',
    header: 'Details',
    cell: ({ data }) =>
      Object.keys(data).length > 0 && (
        <details className={styles['details']}>
          <summary>{summaryOf(data)}</summary>
          <pre>{JSON.stringify(data, null, 2)}</pre>
        </details>
      ),
  },
  {
    id: 'hash',
    header: 'Hash',
    wideOnly: true,
    cell: ({ hash }) => (
      <span className={stack['inline']}>
        <code>{hash.slice(7, 17)}</code>
        <CopyButton text={hash} what="hash" />
      </span>
    ),
  },
  { id: 'time', header: 'When', numeric: true, cell: ({ time }) => <RelativeTime time={time} /> },
];

/** What tells most, from the members that events have. */
function summaryOf(data: Readonly<Record<string, unknown>>): string {
  for (const name of ['outcome', 'reason', 'vulnerability', 'images', 'trigger']) {
    const value = data[name];
    if (typeof value === 'string' || typeof value === 'number') return `${name}: ${value}`;
  }
  return 'details';
}
