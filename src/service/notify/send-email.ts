import type { SecureContext } from 'node:tls';
import { isSutureError } from '../../core/errors/error.ts';
import type { ChannelTarget } from '../../fleet/config/notifications.ts';
import { CERTIFICATE_DIRECTORIES, Trust } from '../../net/trust.ts';
import { emailParts } from './format-email.ts';
import type { Message } from './message.ts';
import { readSecret } from './secrets.ts';
import { NotificationFailure, type Sender } from './send-http.ts';

type EmailTarget = Extract<ChannelTarget, { readonly kind: 'email' }>;

/** Milliseconds for each step of a conversation with a server. */
const PATIENCE = 30_000;

/**
 * Hands a message to a mail server, over TLS that is verified against the same authorities as HTTP. The Message-ID comes from
 * the message, so that a mail that was sent twice is shown once where a reader cares.
 * @param caFiles as of the HTTP client
 * @throws NotificationFailure; SutureError CONFIGURATION, FILE_UNREADABLE
 */
export async function sendEmail(
  { environment, signal }: Sender,
  message: Message,
  target: EmailTarget,
  caFiles: readonly string[],
): Promise<void> {
  const { name } = message.channel;
  const where = `channel ${JSON.stringify(name)}`;
  const { user, password, from, to } = target;
  const pass = password === undefined ? undefined : await readSecret(password, environment, `${where}: password`);
  const parts = emailParts(message);
  const secureContext = target.tls === 'none' ? undefined : await trusted(environment, caFiles, target);
  signal.throwIfAborted();
  const { default: nodemailer } = await import('nodemailer');
  const transport = nodemailer.createTransport({
    host: target.host,
    port: target.port,
    secure: target.tls === 'implicit',
    requireTLS: target.tls === 'starttls',
    ignoreTLS: target.tls === 'none',
    // Nothing of a message is a path or address that the library should open.
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    ...(user === undefined || pass === undefined ? {} : { auth: { user, pass } }),
    ...(secureContext === undefined ? {} : { tls: { secureContext } }),
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: parts.subject,
      text: parts.text,
      html: parts.html,
      messageId: `<${message.id}@suture.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Suture-Notification': message.id },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new NotificationFailure(name, `${target.host}:${target.port}: ${reasonOf(error)}`);
  } finally {
    transport.close();
  }
}

async function trusted(
  environment: Sender['environment'],
  caFiles: readonly string[],
  { host, port }: EmailTarget,
): Promise<SecureContext> {
  const trust = new Trust({ environment, caFiles, certificateDirectories: CERTIFICATE_DIRECTORIES });
  return trust.context(new URL(`https://${host}:${port}`));
}

/** By codes only: what a server says may repeat what was sent to it. */
function reasonOf(error: unknown): string {
  if (isSutureError(error)) return error.code;
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const reason = REASONS[String(code)] ?? 'the mail server did not take the message';
  return typeof responseCode === 'number' ? `${reason} (${responseCode})` : `${reason} (${String(code ?? 'unknown')})`;
}

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server does not accept user and password',
  ETLS: 'there is no TLS connection',
  ESOCKET: 'the connection failed',
  ECONNECTION: 'the connection failed',
  ECONNREFUSED: 'the host does not accept the connection',
  EDNS: 'the host cannot be found',
  ETIMEDOUT: 'there was no answer in time',
  EENVELOPE: 'the mail server refuses the sender or a recipient',
};
