import { spawn } from 'node:child_process';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { silent } from '../src/core/progress.ts';
import { createHttpClient } from '../src/net/client.ts';
import { copyImage } from '../src/oci/copy.ts';
import { loadImage } from '../src/oci/image.ts';
import { parseImageName } from '../src/oci/image-name.ts';
import { openLayout } from '../src/oci/layout/layout.ts';
import { openSink } from '../src/oci/location.ts';
import { credentialStore } from '../src/oci/registry/index.ts';
import { startRegistry } from '../src/oci/registry/server/index.ts';
import { registryOpener } from '../src/oci/registry-opener.ts';
import { TAG } from './image.ts';
import type { Places } from './routes.ts';

export interface Pulls {
  /** How often each layer of the image was downloaded, in the order of the manifest. */
  readonly layerDownloads: readonly number[];
  readonly configDownloads: number;
  /** Blobs that were uploaded. */
  readonly blobUploads: number;
}

/** Patches the image in a registry with an empty layer cache and counts what goes over the wire. */
export async function countPulls(places: Places): Promise<Pulls> {
  const directory = join(places.work, 'registry');
  const registry = await startRegistry({ directory, port: 0 });
  const downloads = new Map<string, number>();
  let uploads = 0;
  const proxy = createServer((request, response) => {
    const blob = /^\/v2\/.*\/blobs\/(sha256:[0-9a-f]+)/.exec(request.url ?? '')?.[1];
    if (request.method === 'GET' && blob !== undefined) downloads.set(blob, (downloads.get(blob) ?? 0) + 1);
    if (request.method === 'PUT' && request.url?.includes('/blobs/uploads/')) uploads++;
    forward(registry.port, request, response);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = proxy.address() as AddressInfo;
    await push(places, registry.host);
    await patch(places, `127.0.0.1:${port}`);
  } finally {
    proxy.close();
    await registry.close();
  }
  const layout = await openLayout(places.image);
  const { manifest } = await loadImage(layout, await layout.resolve(TAG));
  return {
    layerDownloads: manifest.layers.map(({ digest }) => downloads.get(digest) ?? 0),
    configDownloads: downloads.get(manifest.config.digest) ?? 0,
    blobUploads: uploads,
  };
}

async function push(places: Places, host: string): Promise<void> {
  const client = createHttpClient({ environment: {} });
  const credentials = credentialStore({ environment: {}, progress: silent });
  const openRegistry = registryOpener({ client, credentials, plainHttp: true, signal: new AbortController().signal });
  const target = await openSink(parseImageName(`${host}/app:${TAG}`), {
    openRegistry,
    temporaryDirectory: places.work,
  });
  await copyImage(await openLayout(places.image), TAG, target.sink, { tag: TAG });
  await target.close();
  await client.close();
}

function patch(places: Places, host: string): Promise<void> {
  const options = [
    '--scope',
    'all',
    '--offline',
    '--plain-http',
    host,
    '--cache-dir',
    join(places.work, 'cache-registry'),
  ];
  const child = spawn(process.execPath, [places.main, 'patch', ...options, '--tag', 'patched', `${host}/app:${TAG}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0 || code === 3) resolve();
      else reject(new Error(`patch from a registry ended with ${code}:\n${Buffer.concat(said)}`));
    });
  });
}

function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
