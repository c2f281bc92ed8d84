import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Whether a Debian tool is installed; tests that need it skip otherwise. */
export function isInstalled(program: string, ...args: string[]): boolean {
  return spawnSync(program, args.length === 0 ? ['--version'] : args, { stdio: 'ignore' }).error === undefined;
}

export const run = promisify(execFile);

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface DockerRegistry {
  readonly host: string;
  close(): Promise<void>;
}

/** The registry of the CNCF distribution project (Debian: docker-registry) on a free loopback port. */
export async function startDockerRegistry(auth = ''): Promise<DockerRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'suture-docker-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const storage = `storage:\n  filesystem: {rootdirectory: ${directory}/data}\n  delete: {enabled: true}\n`;
  const config = join(directory, 'config.yml');
  writeFileSync(config, `version: 0.1\nlog: {level: error}\n${storage}http: {addr: "${host}"}\n${auth}`);
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await answering(`http://${host}/v2/`);
  return {
    host,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}
