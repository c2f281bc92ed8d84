import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describe as describeBytes, push, sampleImage } from '../../../../test/servers/images.ts';
import { sha256 } from '../../../core/digest.ts';
import { collect, fromBytes } from '../../../core/streams.ts';
import { createHttpClient } from '../../../net/client.ts';
import { anonymous, registryRepository } from '../index.ts';

const START = fileURLToPath(new URL('./index.ts', import.meta.url));

async function startProcess(directory: string): Promise<{ host: string; kill(): Promise<void> }> {
  const code = `import(${JSON.stringify(START)}).then(async (m) => console.log((await m.startRegistry({ directory: ${JSON.stringify(directory)}, port: 0 })).host))`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const host = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('exit', () => reject(new Error('the registry did not start')));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    host,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

it('a registry killed while it is written to holds only whole things afterwards', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'suture-kill-'));
  const http = createHttpClient({ environment: {}, retries: { attempts: 1 } });
  const open = (host: string) =>
    registryRepository({
      host,
      repository: 'a',
      client: http,
      credentials: anonymous,
      plainHttp: true,
      upload: { attempts: 1 },
    });
  try {
    const first = await startProcess(directory);
    const image = sampleImage('kept');
    await push(open(first.host), image, 'v1');
    const writes = Array.from({ length: 30 }, () => {
      const bytes = randomBytes(300_000);
      return open(first.host).putBlob(describeBytes(bytes), () => fromBytes(bytes));
    });
    await Promise.race(writes);
    await first.kill();
    await Promise.allSettled(writes);
    for (const name of readdirSync(join(directory, 'blobs', 'sha256'))) {
      expect(sha256(readFileSync(join(directory, 'blobs', 'sha256', name)))).toBe(`sha256:${name}`);
    }
    const second = await startProcess(directory);
    expect(readdirSync(join(directory, 'scratch'))).toEqual([]);
    const after = open(second.host);
    expect(await after.resolve('v1')).toEqual(image.descriptor);
    for (const { descriptor, bytes } of image.blobs) {
      expect((await collect(after.blob(descriptor), 1e6, 'blob')).equals(bytes)).toBe(true);
    }
    await second.kill();
  } finally {
    await http.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
