import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of a command with all the processes it started. */
export interface Sample {
  /** Seconds. */
  readonly wall: number;
  /** Seconds in user and kernel mode, of all processes. */
  readonly cpu: number;
  /** Largest resident set of any one process, in MB (10^6 bytes). */
  readonly rss: number;
  readonly output: string;
}

export interface Command {
  readonly argv: readonly string[];
  /** Exit statuses that count as success. */
  readonly accept?: readonly number[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command under GNU time. @throws Error with the command's output when it fails */
export function measure({ argv, accept = [0], environment = {} }: Command): Sample {
  const report = join(tmpdir(), `suture-bench-time-${process.pid}`);
  const result = spawnSync('time', ['--quiet', '-f', '%e %U %S %M', '-o', report, ...argv], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...environment },
  });
  if (result.error !== undefined) throw result.error;
  if (!accept.includes(result.status ?? -1)) {
    throw new Error(`${argv.join(' ')} ended with ${result.status}:\n${result.stdout}\n${result.stderr}`);
  }
  const [wall = 0, user = 0, system = 0, kilobytes = 0] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  rmSync(report);
  return { wall, cpu: user + system, rss: (kilobytes * 1024) / 1e6, output: result.stdout };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
