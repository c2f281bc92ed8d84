import type { ReactNode } from 'react';
import { ApiFailure } from '../api/failure.ts';
import type { Answer } from '../api/queries.ts';
import { FailureNotice } from './failure-notice.tsx';
import { Skeleton } from './skeleton.tsx';

interface AnsweredProps<T> {
  readonly answer: Answer<T>;
  /** In its place while it comes for the first time. */
  readonly loading?: ReactNode;
  /** For what is not there: status 404. */
  readonly missing?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What was asked for, or the state of the asking. Old data stays on the page when a later reading of it fails. */
export function Answered<T>({ answer, loading = <Skeleton lines={6} />, missing, children }: AnsweredProps<T>) {
  if (answer.data !== undefined) return children(answer.data);
  if (!answer.isError) return loading;
  if (missing !== undefined && answer.error instanceof ApiFailure && answer.error.status === 404) return missing;
  return <FailureNotice error={answer.error} onRetry={() => void answer.refetch()} busy={answer.isFetching} />;
}
