import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, hasOpenssl, makeCertificates } from '../../../test/servers/certificates.ts';
import { hasSmtpServer, type SmtpOptions, startSmtp } from '../../../test/servers/smtp.ts';
import { systemClock } from '../../core/ports.ts';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import { createHttpClient } from '../../net/client.ts';
import { send } from './deliver.ts';
import type { Message } from './message.ts';

const PASSWORD = 'correct horse battery';

describe.skipIf(!hasSmtpServer || !hasOpenssl)('e-mail (Debian packages python3-aiosmtpd and openssl)', () => {
  let directory: string;
  let certificates: Certificates;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'suture-mail-'));
    certificates = makeCertificates(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  type Target = Extract<NotificationChannel['target'], { kind: 'email' }>;
  const message = (target: Partial<Target> & { port: number }): Message => ({
    id: '8a5e9c2a-0000-4000-8000-000000000001',
    channel: {
      name: 'mail',
      origin: 'suture.yaml:1:1',
      minimum: 'info',
      templates: {},
      target: {
        kind: 'email',
        host: 'localhost',
        tls: 'starttls',
        from: 'Suture <suture@example.org>',
        to: ['ops@example.org', 'shop@example.org'],
        ...target,
      },
    },
    notices: [
      {
        key: 'k',
        event: 'sla-breached',
        importance: 'critical',
        title: 'late <b>\r\nBcc: eve@example.org',
        text: 'Text with <script>alert(1)</script>',
        subject: 'registry.example.org/a:1',
        image: 'registry.example.org/a:1',
        at: '2026-01-01T00:00:00.000Z',
        details: ['CVE-2026-1 in libc6 & more'],
        over: false,
      },
    ],
  });
  const sender = (environment: Record<string, string> = { SMTP_PASSWORD: PASSWORD }) => ({
    http: createHttpClient({ environment: {} }),
    environment,
    clock: systemClock,
    signal: new AbortController().signal,
    caFiles: [certificates.ca],
  });
  const withServer = async (
    options: SmtpOptions,
    work: (server: Awaited<ReturnType<typeof startSmtp>>) => Promise<void>,
  ) => {
    const server = await startSmtp({ ...options, cert: certificates.server.cert, key: certificates.server.key });
    try {
      await work(server);
    } finally {
      await server.close();
    }
  };
  const login = { user: 'suture', password: { kind: 'environment', name: 'SMTP_PASSWORD' } } as const;

  it.each(['starttls', 'implicit'] as const)('logs in over TLS (%s) and sends both parts', async (tls) => {
    await withServer({ tls, ...(tls === 'starttls' ? { password: PASSWORD } : {}) }, async (server) => {
      await send(sender(), message({ port: server.port, tls, ...(tls === 'starttls' ? login : {}) }));
      const [mail] = server.mails;
      expect(mail).toMatchObject({
        from: 'suture@example.org',
        to: ['ops@example.org', 'shop@example.org'],
        tls: true,
      });
      expect(mail?.user ?? 'suture').toBe('suture');
      const headers = mail?.data.split('\r\n\r\n')[0] ?? '';
      expect(headers).toContain('Message-ID: <8a5e9c2a-0000-4000-8000-000000000001@suture.invalid>');
      expect(headers).toContain('Subject: [suture] late <b> Bcc: eve@example.org');
      expect(headers).not.toMatch(/^Bcc:/m);
      expect(mail?.data).toContain('text/plain');
      expect(mail?.data).toContain('text/html');
      expect(mail?.data).toContain('&lt;script&gt;');
      expect(mail?.data.split('text/html')[1]).not.toContain('<script>');
    });
  });

  it('does not send in the clear where TLS is asked for, nor to a server that it does not know', async () => {
    await withServer({ tls: 'none' }, async (server) => {
      await expect(send(sender(), message({ port: server.port }))).rejects.toThrow('there is no TLS connection');
      await send(sender(), message({ port: server.port, tls: 'none' }));
      expect(server.mails).toHaveLength(1);
    });
    await withServer({ tls: 'implicit' }, async (server) => {
      const stranger = { ...sender(), caFiles: [] };
      await expect(send(stranger, message({ port: server.port, tls: 'implicit' }))).rejects.toMatchObject({
        code: 'NOTIFICATION_FAILED',
      });
      expect(server.mails).toHaveLength(0);
    });
  });

  it('says why a mail is not taken, and never the password', async () => {
    await withServer({ tls: 'starttls', password: PASSWORD }, async (server) => {
      const wrong = await send(sender({ SMTP_PASSWORD: 'wr0ng' }), message({ port: server.port, ...login })).catch(
        (error: unknown) => error,
      );
      expect(String(wrong)).toContain('does not accept user and password (535)');
      expect(`${String(wrong)} ${String((wrong as Error).stack)}`).not.toContain('wr0ng');
      expect((wrong as Error).cause).toBeUndefined();
      await expect(
        send(sender(), message({ port: server.port, ...login, to: ['nobody@example.org'] })),
      ).rejects.toThrow('refuses the sender or a recipient (550)');
      await expect(send(sender({}), message({ port: server.port, ...login }))).rejects.toThrow(
        'the environment variable SMTP_PASSWORD is not set',
      );
    });
    await expect(send(sender(), message({ port: 1 }))).rejects.toMatchObject({ retryable: true });
  });
});
