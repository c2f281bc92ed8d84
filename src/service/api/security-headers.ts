import type { FastifyReply } from 'fastify';

/** Everything comes from the service itself: no inline script or style, no other host, no frame, no plug-in. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex, nofollow',
} as const;

/** @param secure whether the client speaks TLS, to us or to a proxy that we trust */
export function secure(reply: FastifyReply, isSecure: boolean): void {
  reply.headers(HEADERS);
  if (isSecure) reply.header('strict-transport-security', 'max-age=31536000');
}
