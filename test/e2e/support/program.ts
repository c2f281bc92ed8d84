import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { runProgram } from '../../../src/cli/program.ts';

const PROJECT = join(import.meta.dirname, '../../..');

export interface Finished {
  /** As a shell would give it: 128 + the number of the signal that ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Words before the program: `taskset -c 0`. */
  readonly wrapper?: readonly string[];
  /** Node to run it with. */
  readonly node?: string;
  /** Called with the process once it runs. */
  readonly started?: (child: ReturnType<typeof spawn>) => void;
}

/** The bundled program, built from the sources as they are; run as a process of its own. */
export class Program {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Below node_modules, so that the bundle finds its packages. */
  static build(): Program {
    const parent = join(PROJECT, 'node_modules/.cache');
    mkdirSync(parent, { recursive: true });
    const directory = mkdtempSync(join(parent, 'suture-e2e-'));
    const { status, stderr } = spawnSync(process.execPath, [join(PROJECT, 'scripts/build.mjs'), directory], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the program does not build: ${stderr}`);
    return new Program(directory);
  }

  get main(): string {
    return join(this.#directory, 'main.js');
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const [command = '', ...rest] = [...(options.wrapper ?? []), options.node ?? process.execPath, this.main, ...args];
    const environment = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...options.env };
    return new Promise((resolve, reject) => {
      const child = spawn(command, rest, {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      child.once('error', reject);
      child.once('close', (code, signal) => {
        const texts = { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
        resolve({ code: code ?? 128 + (SIGNALS[signal ?? ''] ?? 0), ...texts });
      });
      options.started?.(child);
    });
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** One command line in this process. */
export async function callProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Finished> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      texts[name] += text;
    },
    isTerminal: false,
    columns: 100,
  });
  const terminal = { stdout: stream('stdout'), stderr: stream('stderr') };
  const code = await runProgram(COMMANDS, '0.0.0-test', args, { terminal, environment, signal });
  return { code, ...texts };
}
