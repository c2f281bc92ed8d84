import { ApiFailure } from '../api/failure.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface FailureNoticeProps {
  readonly error: Error;
  readonly onRetry?: () => void;
  readonly busy?: boolean;
}

/** What went wrong, what to do about it, and the way to try again. */
export function FailureNotice({ error, onRetry, busy = false }: FailureNoticeProps) {
  return (
    <Notice
      alert
      icon="error"
      title={error.message}
      action={
        onRetry !== undefined && (
          <Button icon="refresh" busy={busy} onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {error instanceof ApiFailure && (
        <>
          {error.fix} <code>{error.code}</code>
        </>
      )}
    </Notice>
  );
}
