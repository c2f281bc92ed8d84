import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { freePort } from './programs.ts';

const PYTHON = '/usr/bin/python3';

/** Debian: python3-aiosmtpd. */
export const hasSmtpServer = spawnSync(PYTHON, ['-c', 'import aiosmtpd.smtp']).status === 0;

const PROGRAM = `
import asyncio, base64, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
options = json.loads(sys.argv[1])
class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith('nobody@'): return '550 no such user'
        envelope.rcpt_tos.append(address)
        return '250 OK'
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None or options['tls'] == 'implicit',
          'user': session.auth_data.decode() if session.auth_data else None, 'data': base64.b64encode(envelope.content).decode()}), flush=True)
        return '250 OK'
def authenticate(server, session, envelope, mechanism, data):
    if data.login == b'suture' and data.password == options['password'].encode():
        return AuthResult(success=True, auth_data=data.login)
    return AuthResult(success=False, handled=False)
async def main():
    context = None
    if options['tls'] != 'none':
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options['cert'], options['key'])
    more = {} if options['password'] is None else {'authenticator': authenticate, 'auth_required': True, 'auth_require_tls': options['tls'] == 'starttls'}
    starttls = {'tls_context': context, 'require_starttls': True} if options['tls'] == 'starttls' else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), hostname='localhost', loop=loop, **starttls, **more), '127.0.0.1', options['port'],
      ssl=context if options['tls'] == 'implicit' else None)
    print('ready', flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly tls: boolean;
  readonly user: string | null;
  /** As it came over the wire. */
  readonly data: string;
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  close(): Promise<void>;
}

export interface SmtpOptions {
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly cert?: string;
  readonly key?: string;
  /** Of the user `suture`; nobody needs one when absent. */
  readonly password?: string;
}

/** A real mail server on a free loopback port that keeps what it gets. */
export async function startSmtp({ tls, cert = '', key = '', password }: SmtpOptions): Promise<SmtpServer> {
  const port = await freePort();
  const options = JSON.stringify({ tls, cert, key, port, password: password ?? null });
  const child: ChildProcess = spawn(PYTHON, ['-c', PROGRAM, options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const mails: ReceivedMail[] = [];
  await new Promise<void>((resolve, reject) => {
    let rest = '';
    child.once('exit', () => reject(new Error('the mail server ended')));
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'ready') resolve();
        else {
          const mail = JSON.parse(line) as ReceivedMail;
          mails.push({ ...mail, data: Buffer.from(mail.data, 'base64').toString('utf8') });
        }
      }
    });
  });
  return {
    port,
    mails,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
