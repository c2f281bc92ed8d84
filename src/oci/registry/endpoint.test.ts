import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasOpenssl, makeCertificates } from '../../../test/servers/certificates.ts';
import { tableServer } from '../../../test/servers/http-table.ts';
import { createHttpClient } from '../../net/client.ts';
import { registryOrigin } from './endpoint.ts';

const http = createHttpClient({ environment: {}, certificateDirectories: [] });

describe('registryOrigin', () => {
  it('is https for every host that is not this machine, without asking', async () => {
    expect(await registryOrigin('registry.example.org:5000', 'auto', http)).toBe('https://registry.example.org:5000');
    expect(await registryOrigin('registry.example.org', true, http)).toBe('http://registry.example.org');
    expect(await registryOrigin('docker.io', 'auto', http)).toBe('https://registry-1.docker.io');
    expect(await registryOrigin('localhost:1', false, http)).toBe('https://localhost:1');
  });

  it('refuses what is more than a host', async () => {
    for (const host of ['a.test/x', 'u@a.test', 'a.test?x', '', 'a b']) {
      await expect(registryOrigin(host, false, http)).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
    }
  });

  it('is http for a loopback registry that speaks no TLS', async () => {
    const server = await tableServer();
    try {
      expect(await registryOrigin(server.host, 'auto', http)).toBe(`http://${server.host}`);
    } finally {
      await server.close();
    }
  });

  // Needs the openssl program (Debian: openssl).
  it.skipIf(!hasOpenssl)('is https for one that does, and distrust does not lead to http', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-endpoint-'));
    const files = makeCertificates(directory);
    const keys = { cert: files.read(files.server.cert), key: files.read(files.server.key) };
    const server = await tableServer([{ method: 'HEAD', path: '/v2/', status: 401, repeat: true }], keys);
    const trusting = createHttpClient({ environment: {}, caFiles: [files.ca], certificateDirectories: [] });
    try {
      expect(await registryOrigin(server.host, 'auto', trusting)).toBe(server.url);
      await expect(registryOrigin(server.host, 'auto', http)).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    } finally {
      await trusting.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
