/**
 * Progress events: domain code says what it does, only the CLI and the service render it. `id` groups the events of one
 * step; `done`/`total` are bytes or items as `unit` says.
 */
export type ProgressEvent =
  | {
      readonly kind: 'start';
      readonly id: string;
      readonly title: string;
      readonly total?: number;
      readonly unit?: ProgressUnit;
    }
  | { readonly kind: 'advance'; readonly id: string; readonly done: number; readonly total?: number }
  | { readonly kind: 'end'; readonly id: string; readonly summary?: string }
  | { readonly kind: 'note'; readonly level: 'info' | 'warning'; readonly message: string };

export type ProgressUnit = 'bytes' | 'items';

export interface Progress {
  emit(event: ProgressEvent): void;
  /** Where the events of one of several like works go, for a reader that keeps them apart; without it the texts say which it is. */
  about?(subject: string): Progress;
}

export const silent: Progress = { emit: () => {} };

/** Runs `work` as a step with a start and an end event; a failure leaves the step without an end. */
export async function step<T>(
  progress: Progress,
  id: string,
  title: string,
  work: () => Promise<T>,
  summary?: (result: T) => string,
): Promise<T> {
  progress.emit({ kind: 'start', id, title });
  const result = await work();
  progress.emit({ kind: 'end', id, ...(summary ? { summary: summary(result) } : {}) });
  return result;
}

/** Events of one of several like works that go on at the same time: ids apart, titles saying which. */
export function labelled(progress: Progress, label: string): Progress {
  const apart = progress.about?.(label);
  if (apart !== undefined) return apart;
  return {
    emit(event) {
      if (event.kind === 'note') progress.emit({ ...event, message: `${label}: ${event.message}` });
      else if (event.kind === 'start')
        progress.emit({ ...event, id: `${label} ${event.id}`, title: `${label}: ${event.title}` });
      else progress.emit({ ...event, id: `${label} ${event.id}` });
    },
  };
}
