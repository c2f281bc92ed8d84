import { isSutureError, SutureError } from '../../core/errors/error.ts';
import type { Clock, Environment } from '../../core/ports.ts';
import type { ChannelTarget } from '../../fleet/config/notifications.ts';
import { parseRetryAfter } from '../../net/retry.ts';
import type { HttpClient, HttpResponse } from '../../net/types.ts';
import { mattermostBody, slackBody, teamsBody, webhookBody } from './format-chat.ts';
import type { Message } from './message.ts';
import { readSecret } from './secrets.ts';
import { signatureHeaders } from './signature.ts';

/** What a message is sent with. */
export interface Sender {
  readonly http: HttpClient;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Why a message was not taken. Neither the message nor a cause holds the address, whose path is a secret in most places. */
export class NotificationFailure extends SutureError {
  /** Milliseconds that the other side asks to wait. */
  readonly retryAfter: number | undefined;
  /** The other side says that the address will never be there again. */
  readonly gone: boolean;

  constructor(
    channel: string,
    why: string,
    more: { readonly retryAfter?: number | undefined; readonly gone?: boolean } = {},
  ) {
    super('NOTIFICATION_FAILED', `channel ${JSON.stringify(channel)}: ${why}`);
    this.retryAfter = more.retryAfter;
    this.gone = more.gone === true;
  }
}

type HttpTarget = Exclude<ChannelTarget, { readonly kind: 'email' }>;

/**
 * Hands a message to an address, once. What is sent again carries the same `webhook-id` and `idempotency-key`.
 * @throws NotificationFailure; SutureError CONFIGURATION, FILE_UNREADABLE for secrets that are not there
 */
export async function sendHttp(sender: Sender, message: Message, target: HttpTarget): Promise<void> {
  const { name } = message.channel;
  const where = `channel ${JSON.stringify(name)}`;
  const url = parsed(await readSecret(target.url, sender.environment, `${where}: url`), where);
  const secret =
    target.kind === 'webhook' && target.secret !== undefined
      ? await readSecret(target.secret, sender.environment, `${where}: secret`)
      : undefined;
  const body = bodyOf(target, message);
  const signature = secret === undefined ? {} : signatureHeaders(secret, message.id, sender.clock.now(), body);
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': message.id,
    ...(target.kind === 'webhook' ? { 'webhook-id': message.id, ...signature } : {}),
  };
  const response = await post(sender, name, url, headers, body);
  if (response.status >= 200 && response.status < 300) {
    response.discard();
    return;
  }
  response.discard();
  const retryAfter = parseRetryAfter(response.headers['retry-after'], sender.clock.now());
  throw new NotificationFailure(name, `${url.host} answers with status ${response.status}`, {
    retryAfter,
    gone: response.status === 410,
  });
}

async function post(
  { http, signal }: Sender,
  name: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<HttpResponse> {
  try {
    // One attempt: the outbox waits and tries again, also after a restart. No redirect: the body is not for another address.
    return await http.request(url.href, {
      method: 'POST',
      headers,
      body: Buffer.from(body),
      retry: false,
      redirect: 'manual',
      signal,
      limit: 1024 * 1024,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!isSutureError(error)) throw error;
    throw new NotificationFailure(name, `${url.host}: ${REASONS[error.code] ?? 'the request failed'} (${error.code})`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NETWORK_UNREACHABLE: 'the host cannot be found or does not accept the connection',
  NETWORK_INTERRUPTED: 'the connection was cut',
  NETWORK_TIMEOUT: 'there was no answer in time',
  TLS_UNTRUSTED: 'its certificate is not trusted',
  TLS_FAILED: 'there is no TLS connection',
  PROXY_REFUSED: 'the proxy does not pass the request on',
};

function parsed(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new SutureError('CONFIGURATION', `${where}: url is not an http or https address`);
}

function bodyOf(target: HttpTarget, message: Message): string {
  switch (target.kind) {
    case 'webhook':
      return webhookBody(message);
    case 'slack':
      return slackBody(message);
    case 'mattermost':
      return mattermostBody(message);
    case 'teams':
      return teamsBody(message);
  }
}
