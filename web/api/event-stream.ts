import type { StreamEvent, StreamEventKind } from '../../src/service/api/contract/events.ts';
import { apiUrl } from './client.ts';

/** Every kind is listened to by name; those that a newer service may send are passed over. */
const KINDS: Readonly<Record<StreamEventKind, true>> = {
  'run-queued': true,
  'run-started': true,
  'run-progress': true,
  'run-log': true,
  'image-finished': true,
  'run-finished': true,
  'database-changed': true,
  'waiver-changed': true,
};

export interface StreamListener {
  readonly onEvent: (event: StreamEvent) => void;
  readonly onConnected: (connected: boolean) => void;
  /** More happened while away than the service keeps for who comes back: everything is to be read anew. */
  readonly onMissed: () => void;
}

const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;

/**
 * Follows the service's events until the returned function is called. The browser comes back by itself when a connection
 * ends, and says where it was; only when the service answers with a failure does it give up, and is started again here.
 */
export function followEvents({ onEvent, onConnected, onMissed }: StreamListener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_RETRY_MS;
  const open = () => {
    const opened = new EventSource(apiUrl('/events/stream', {}));
    source = opened;
    opened.onopen = () => {
      wait = FIRST_RETRY_MS;
      onConnected(true);
    };
    opened.onerror = () => {
      onConnected(false);
      if (opened.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, wait);
      wait = Math.min(LAST_RETRY_MS, wait * 2);
    };
    opened.addEventListener('missed', onMissed);
    for (const kind of Object.keys(KINDS))
      opened.addEventListener(kind, ({ data }: MessageEvent<string>) =>
        onEvent({ kind, ...(JSON.parse(data) as object) } as StreamEvent),
      );
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
