import { type ChildProcess, spawn } from 'node:child_process';
import type { World } from '../../e2e/support/world.ts';

/** `suture serve` as a process of its own, on a free port. */
export class RunningService {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly url: string;

  private constructor(child: ChildProcess, ended: Promise<void>, url: string) {
    this.#child = child;
    this.#ended = ended;
    this.url = url;
  }

  static async start(world: World, args: readonly string[]): Promise<RunningService> {
    const line = [world.program.main, 'serve', '-o', 'json', '--log-format', 'json', '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, [...line, ...world.archive.options, ...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: world.directory, SUTURE_CACHE_DIR: world.cache },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve((JSON.parse(chunk.toString()) as { url: string }).url));
      child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${log}`)));
    });
    return new RunningService(child, ended, url);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}
