import type { ErrorTable } from './exit.ts';

export const NET_ERRORS = {
  NETWORK_UNREACHABLE: {
    exit: 'failed',
    summary: 'A host cannot be found or does not accept the connection.',
    fix: 'Check the host name, DNS, firewall, and HTTP_PROXY, HTTPS_PROXY and NO_PROXY.',
    retryable: true,
  },
  NETWORK_INTERRUPTED: {
    exit: 'failed',
    summary: 'The other side cut a connection before the message was complete.',
    fix: 'Run the command again; if it repeats, look at the proxy or load balancer in between.',
    retryable: true,
  },
  NETWORK_TIMEOUT: {
    exit: 'failed',
    summary: 'The other side did not answer, or stopped sending, within the time limit.',
    fix: 'Run the command again; if it repeats, check the load of the server and the path to it.',
    retryable: true,
  },
  TLS_UNTRUSTED: {
    exit: 'failed',
    summary: 'The certificate of a server is not trusted.',
    fix: 'Name the private CA with --ca-file (or SSL_CERT_FILE), or place it in /etc/docker/certs.d/HOST/ca.crt.',
  },
  TLS_FAILED: {
    exit: 'failed',
    summary: 'A TLS connection could not be set up.',
    fix: 'Check that the port speaks TLS, and whether the server wants a client certificate (/etc/docker/certs.d/HOST/client.cert and client.key).',
  },
  PROXY_REFUSED: {
    exit: 'failed',
    summary: 'The HTTP proxy refused to pass a request on.',
    fix: 'Check HTTP_PROXY and HTTPS_PROXY, the name and password in them, and whether the host belongs into NO_PROXY.',
  },
  REDIRECT_REFUSED: {
    exit: 'failed',
    summary: 'A server redirects to a place that is not safe to follow.',
    fix: 'Use the address that the server redirects to, if you trust it.',
  },
  HTTP_STATUS: {
    exit: 'failed',
    summary: 'A server answered a request with an unexpected status.',
    fix: 'Check the address, and that these credentials may read it.',
  },
  HTTP_UNAVAILABLE: {
    exit: 'failed',
    summary: 'A server answered that it cannot serve the request now.',
    fix: 'Run the command again later.',
    retryable: true,
  },
  RATE_LIMITED: {
    exit: 'failed',
    summary: 'A server answered that too many requests were made.',
    fix: 'Wait and run again, log in to get a higher limit, or use a mirror.',
    retryable: true,
  },
  CONTENT_CHANGED: {
    exit: 'failed',
    summary: 'A file changed at its server while it was being fetched.',
    fix: 'Run the command again; the server was being updated.',
    retryable: true,
  },
} as const satisfies ErrorTable;
