import type { ErrorTable } from './exit.ts';

export const SERVICE_ERRORS = {
  ACCESS_UNGUARDED: {
    exit: 'usage',
    summary: 'The service was to start without any way to log in.',
    fix: 'Make a token with `suture token create --name NAME --role admin`, or configure OIDC; on loopback only, --insecure-no-auth does without.',
  },
  LISTEN_FAILED: {
    exit: 'failed',
    summary: 'The service cannot listen on its address.',
    fix: 'See what else uses the port, or give another one with --listen.',
  },
  UNAUTHENTICATED: {
    exit: 'failed',
    summary: 'A request does not say who asks, or the token or session is not valid any more.',
    fix: 'Log in again, or send `Authorization: Bearer` with a token of `suture token create`.',
  },
  FORBIDDEN: {
    exit: 'failed',
    summary: 'The role of the caller does not allow the request.',
    fix: 'Ask an admin for a token with a role that may.',
  },
  CROSS_SITE: {
    exit: 'failed',
    summary:
      'A request that changes something carries a session cookie but does not come from the page of the service.',
    fix: 'Use the dashboard at its own address, or send a token instead of the cookie.',
  },
  LOGIN_LIMITED: {
    exit: 'failed',
    summary: 'Too many logins from this address failed.',
    fix: 'Wait as many seconds as Retry-After says.',
    retryable: true,
  },
  REQUEST_INVALID: {
    exit: 'usage',
    summary: 'A request does not have the shape that the API defines.',
    fix: 'See the message for the field, and /api/v1/openapi.json for the shape.',
  },
  REQUEST_TOO_LARGE: {
    exit: 'usage',
    summary: 'The body of a request is larger than the API takes.',
    fix: 'Divide the request.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    exit: 'usage',
    summary: 'The body of a request is of a type that the API does not take.',
    fix: 'Send JSON with `Content-Type: application/json`.',
  },
  NOT_FOUND: {
    exit: 'usage',
    summary: 'What a request is about does not exist.',
    fix: 'See /api/v1/openapi.json for what there is.',
  },
  RUN_UNKNOWN: {
    exit: 'usage',
    summary: 'There is no run with this id.',
    fix: 'See the list of runs.',
  },
  RUN_ENDED: {
    exit: 'usage',
    summary: 'A run that has ended cannot be cancelled.',
    fix: 'Start a new one.',
  },
  RUN_CANCELLED: {
    exit: 'failed',
    summary: 'A run was cancelled.',
    fix: 'Start a new one; what was done stays done.',
  },
  TOKEN_UNKNOWN: {
    exit: 'usage',
    summary: 'There is no token with this id that holds.',
    fix: 'See `suture token list`.',
  },
  STREAM_LIMITED: {
    exit: 'failed',
    summary: 'Too many readers follow the live events.',
    fix: 'Close some dashboards, or ask again later.',
    retryable: true,
  },
  SERVICE_STOPPING: {
    exit: 'failed',
    summary: 'The service is stopping and takes no more requests.',
    fix: 'Ask again; another replica, or the next start, answers.',
    retryable: true,
  },
  INTERNAL: {
    exit: 'failed',
    summary: 'The service met a defect of its own.',
    fix: 'Please report it with the log line of the same request id.',
  },
  NOTIFICATION_FAILED: {
    exit: 'failed',
    summary: 'A message could not be handed to a notification channel.',
    fix: 'Try the channel with `suture notify test NAME`; the message waits and is sent again.',
    retryable: true,
  },
  CHANNEL_UNKNOWN: {
    exit: 'usage',
    summary: 'There is no notification channel with this name.',
    fix: 'See `notifications` in the configuration.',
  },
} as const satisfies ErrorTable;
