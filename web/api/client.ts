import { ApiFailure, failureOf, unreachable } from './failure.ts';

export type QueryValue = string | number | undefined;

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`, starting with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Speaks to the service; who asks is in a cookie that scripts cannot read. */
export class ApiClient {
  readonly #onRefused: () => void;

  /** @param onRefused called when the service does not know the session (any more) */
  constructor(onRefused: () => void = () => {}) {
    this.#onRefused = onRefused;
  }

  /** The JSON of the answer, which the service has made by the same schema. @throws ApiFailure for everything that is not a success */
  async json<T>({ method = 'GET', path, query = {}, body, signal }: ApiRequest): Promise<T> {
    // No other site can send this header without asking first.
    const headers: Record<string, string> = { 'x-suture-request': 'dashboard' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(apiUrl(path, query), {
      method,
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      throw unreachable(cause);
    });
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    const failure = await failureOf(response);
    if (failure.status === 401) this.#onRefused();
    throw failure;
  }
}

/** Members without a value are left out, as the service refuses what it does not know. */
export function apiUrl(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

/** Worth another try: the way there, or the service being busy; not what it has judged. */
export function isTransient(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 0 || error.status === 429 || error.status >= 500);
}
