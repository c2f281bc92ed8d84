import { absoluteTime, relativeTime } from '../format/time.ts';
import { useNow } from './use-now.ts';

/** `3 h ago`; the exact time in the title and for machines. */
export function RelativeTime({ time }: { readonly time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={absoluteTime(time)}>
      {relativeTime(time, now)}
    </time>
  );
}
