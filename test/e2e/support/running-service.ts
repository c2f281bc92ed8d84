import { type ChildProcess, spawn } from 'node:child_process';
import type { World } from './world.ts';

/** `suture serve` as a process of its own. */
export class RunningService {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  url = '';
  log = '';

  constructor(child: ChildProcess) {
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
  }

  static async start(world: World, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const line = [world.program.main, 'serve', '-o', 'json', '--log-format', 'json', '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, [...line, ...world.archive.options, ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: world.directory,
        SUTURE_CACHE_DIR: world.cache,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new RunningService(child);
    service.url = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (chunk: Buffer) => resolve((JSON.parse(chunk.toString()) as { url: string }).url));
      child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${service.log}`)));
    });
    return service;
  }

  /** Whether this replica has begun to schedule. */
  get schedules(): boolean {
    return this.log.includes('this replica schedules');
  }

  async get<T>(path: string, token: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, token: string, body: unknown = undefined): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The run as it stands when it has ended. */
  async ran(id: string, token: string): Promise<Run> {
    for (;;) {
      const run = await this.get<Run>(`/runs/${id}`, token);
      if (!['queued', 'running', 'cancelling'].includes(run.status)) return run;
      await pause(200);
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

export interface Run {
  readonly id: string;
  readonly status: string;
  readonly trigger: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface List<T> {
  readonly items: readonly T[];
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A reader of server-sent events. */
export class Events {
  readonly kinds: string[] = [];
  readonly opened: Promise<void>;
  lastId = '';
  readonly #stop = new AbortController();

  constructor(url: string, token: string, after?: string) {
    this.opened = this.#open(url, token, after);
  }

  close(): void {
    this.#stop.abort();
  }

  async #open(url: string, token: string, after: string | undefined): Promise<void> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    const response = await fetch(url, { headers, signal: this.#stop.signal });
    if (!response.headers.get('content-type')?.includes('text/event-stream')) throw new Error('no stream of events');
    void this.#read(response).catch(() => {});
  }

  async #read(response: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const kind = /^event: (.*)$/m.exec(block)?.[1];
        if (kind === undefined || kind === 'run-log' || kind === 'run-progress') continue;
        this.kinds.push(kind);
        this.lastId = /^id: (.*)$/m.exec(block)?.[1] ?? this.lastId;
      }
    }
  }
}
