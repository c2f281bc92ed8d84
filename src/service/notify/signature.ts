import { createHmac } from 'node:crypto';

/**
 * Headers of Standard Webhooks: an HMAC-SHA256 over id, time and body. The receiver compares it in constant time, refuses times
 * more than some minutes off, and remembers ids, so that neither a changed, an old nor a repeated message counts.
 * @param secret as it is, or `whsec_` and base64
 * @param time milliseconds since the epoch
 */
export function signatureHeaders(
  secret: string,
  id: string,
  time: number,
  body: string,
): Readonly<Record<string, string>> {
  const seconds = Math.floor(time / 1000);
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}
