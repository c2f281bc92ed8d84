import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, hasOpenssl, makeCertificates } from '../../test/servers/certificates.ts';
import { type TableServer, tableServer } from '../../test/servers/http-table.ts';
import { collect } from '../core/streams.ts';
import { createHttpClient } from './client.ts';
import type { HttpClientOptions } from './types.ts';

// Needs the openssl program (Debian: openssl).
describe.skipIf(!hasOpenssl)('TLS', () => {
  let directory: string;
  let files: Certificates;
  let server: TableServer;
  let mutual: TableServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'suture-tls-'));
    files = makeCertificates(directory);
    const own = { cert: files.read(files.server.cert), key: files.read(files.server.key) };
    const row = { path: '/', body: 'private', repeat: true };
    const down = { path: '/down', status: 302, headers: { location: 'http://127.0.0.1:1/' }, repeat: true };
    server = await tableServer([row, down], own);
    mutual = await tableServer([row], {
      ...own,
      ca: files.read(files.ca),
      requestCert: true,
      rejectUnauthorized: true,
    });
  });

  afterAll(async () => {
    await server?.close();
    await mutual?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function fetch(url: string, options: Partial<HttpClientOptions>): Promise<string> {
    const retries = { attempts: 1 };
    const http = createHttpClient({ environment: {}, certificateDirectories: [], retries, ...options });
    try {
      return (await collect((await http.get(url)).body, 1000, 'x')).toString();
    } finally {
      await http.close();
    }
  }

  it('refuses a private CA and names --ca-file', async () => {
    await expect(fetch(server.url, {})).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      fix: expect.stringContaining('--ca-file') as string,
    });
  });

  it('accepts it from --ca-file, SSL_CERT_FILE, SSL_CERT_DIR and certs.d', async () => {
    expect(await fetch(server.url, { caFiles: [files.ca] })).toBe('private');
    expect(await fetch(server.url, { environment: { SSL_CERT_FILE: files.ca } })).toBe('private');
    expect(await fetch(server.url, { environment: { SSL_CERT_DIR: directory } })).toBe('private');
    const certs = join(directory, 'certs.d');
    mkdirSync(join(certs, server.host), { recursive: true });
    copyFileSync(files.ca, join(certs, server.host, 'ca.crt'));
    expect(await fetch(server.url, { certificateDirectories: [certs] })).toBe('private');
    await expect(fetch(mutual.url, { certificateDirectories: [certs] })).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
    });
  });

  it('shows a client certificate where certs.d has one', async () => {
    await expect(fetch(mutual.url, { caFiles: [files.ca] })).rejects.toMatchObject({
      code: expect.stringMatching(/^(TLS_FAILED|NETWORK_INTERRUPTED)$/) as string,
    });
    const certs = join(directory, 'mutual.d');
    mkdirSync(join(certs, mutual.host), { recursive: true });
    copyFileSync(files.client.cert, join(certs, mutual.host, 'client.cert'));
    copyFileSync(files.client.key, join(certs, mutual.host, 'client.key'));
    expect(await fetch(mutual.url, { caFiles: [files.ca], certificateDirectories: [certs] })).toBe('private');
  });

  it('says so when a CA file is missing, empty, or a key is missing', async () => {
    await expect(fetch(server.url, { caFiles: [join(directory, 'none')] })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    writeFileSync(join(directory, 'empty.txt'), 'no certificate');
    await expect(fetch(server.url, { caFiles: [join(directory, 'empty.txt')] })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    const certs = join(directory, 'half.d');
    mkdirSync(join(certs, server.host), { recursive: true });
    copyFileSync(files.client.cert, join(certs, server.host, 'client.cert'));
    await expect(fetch(server.url, { certificateDirectories: [certs] })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  it('does not follow a redirect from https to http', async () => {
    await expect(fetch(`${server.url}/down`, { caFiles: [files.ca] })).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
  });

  it('tells TLS spoken to a plain port from distrust', async () => {
    const plain = await tableServer([{ path: '/', repeat: true }]);
    try {
      await expect(fetch(plain.url.replace('http:', 'https:'), {})).rejects.toMatchObject({ code: 'TLS_FAILED' });
    } finally {
      await plain.close();
    }
  });
});

describe.skipIf(!hasOpenssl)('proxy', () => {
  // Names below .test never resolve, so an answer proves that the proxy was used.
  let proxy: Server;
  let origin: TableServer;
  let secure: TableServer;
  let directory: string;
  let files: Certificates;
  const asked: string[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'suture-proxy-'));
    files = makeCertificates(directory);
    origin = await tableServer([{ path: 'http://registry.test/x', body: 'plain', repeat: true }]);
    const keys = { cert: files.read(files.server.cert), key: files.read(files.server.key) };
    secure = await tableServer([{ path: '/x', body: 'tunnelled', repeat: true }], keys);
    proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      if (request.headers['proxy-authorization'] === undefined) response.writeHead(407).end();
      else response.end('plain');
    });
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      if (request.url === 'forbidden.test:443') {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const [, port] = secure.host.split(':');
      const upstream = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    proxy?.close();
    proxy?.closeAllConnections();
    await origin?.close();
    await secure?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const address = (userinfo = ''): string => `http://${userinfo}127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  async function fetch(url: string, proxyUrl: string): Promise<string> {
    const environment = { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, NO_PROXY: '10.0.0.0/8' };
    const options = { environment, caFiles: [files.ca], certificateDirectories: [], retries: { attempts: 1 } };
    const http = createHttpClient(options);
    try {
      return (await collect((await http.get(url)).body, 1000, 'x')).toString();
    } finally {
      await http.close();
    }
  }

  it('asks for http by absolute URL, with the proxy password for the proxy only', async () => {
    asked.length = 0;
    expect(await fetch('http://registry.test/x', address('me:p%40w@'))).toBe('plain');
    expect(asked).toEqual([`GET http://registry.test/x Basic ${Buffer.from('me:p@w').toString('base64')}`]);
  });

  it('tunnels https and checks the certificate of the far end for its name', async () => {
    asked.length = 0;
    expect(await fetch('https://registry.test/x', address())).toBe('tunnelled');
    await expect(fetch('https://other.test/x', address())).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect(asked.map((each) => each.trim())).toEqual(['CONNECT registry.test:443', 'CONNECT other.test:443']);
  });

  it('reports what the proxy refuses', async () => {
    await expect(fetch('https://forbidden.test/x', address())).rejects.toMatchObject({ code: 'PROXY_REFUSED' });
    await expect(fetch('http://registry.test/x', address())).rejects.toMatchObject({ code: 'PROXY_REFUSED' });
  });
});
