import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { push, sampleImage } from '../../../../test/servers/images.ts';
import { isInstalled, run } from '../../../../test/servers/programs.ts';
import { createHttpClient } from '../../../net/client.ts';
import { MEDIA_TYPES } from '../../model.ts';
import { anonymous, type RegistryRepository, registryRepository } from '../index.ts';
import { type RegistryServer, type RegistryServerOptions, startRegistry } from './index.ts';

let directory: string;
let server: RegistryServer;
const http = createHttpClient({ environment: {} });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'suture-skopeo-'));
  await start();
});

afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: Partial<RegistryServerOptions> = {}): Promise<void> {
  await (server as RegistryServer | undefined)?.close();
  server = await startRegistry({ directory: join(directory, 'data'), port: 0, ...options });
}

function repository(name = 'team/app'): RegistryRepository {
  return registryRepository({
    host: server.host,
    repository: name,
    client: http,
    credentials: anonymous,
    plainHttp: true,
  });
}

describe.skipIf(!isInstalled('skopeo'))('skopeo (Debian: skopeo)', () => {
  it('copies to it, from it, lists and inspects', async () => {
    await push(repository(), sampleImage('from here'), 'v1');
    const from = `docker://${server.host}/team/app:v1`;
    const layout = join(directory, 'layout');
    const skopeo = (...args: string[]) => run('skopeo', ['--insecure-policy', ...args]);
    await skopeo('copy', '--src-tls-verify=false', from, `oci:${layout}:v1`);
    const to = `docker://${server.host}/other/app`;
    await skopeo('copy', '--dest-tls-verify=false', `oci:${layout}:v1`, `${to}:v2`);
    await skopeo('copy', '--dest-tls-verify=false', '--format=v2s2', `oci:${layout}:v1`, `${to}:docker`);
    const inspected = JSON.parse((await skopeo('inspect', '--tls-verify=false', `${to}:v2`)).stdout) as {
      Digest: string;
      Labels: unknown;
      RepoTags: string[];
    };
    expect(inspected.Digest).toBe(sampleImage('from here').descriptor.digest);
    expect(inspected.Labels).toEqual({ label: 'from here' });
    expect(inspected.RepoTags).toEqual(['docker', 'v2']);
    expect((await repository('other/app').resolve('docker')).mediaType).toBe(MEDIA_TYPES.dockerManifest);
    await skopeo('delete', '--tls-verify=false', `${to}:docker`);
    await expect(repository('other/app').resolve('docker')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('logs in with the name and password', async () => {
    await start({ auth: { user: 'me', password: 'secret' } });
    const to = `docker://${server.host}/team/app:v1`;
    const inspect = (...args: string[]) => run('skopeo', ['inspect', '--tls-verify=false', ...args, to]);
    await expect(inspect('--no-creds')).rejects.toThrow(/authentication|unauthorized/i);
    await expect(inspect('--creds=me:secret')).rejects.toThrow(/manifest unknown|name unknown|no repository/i);
  });
});
