import { spawn } from 'node:child_process';
import { z } from 'zod';
import { SutureError } from '../../../core/errors/error.ts';
import type { Environment } from '../../../core/ports.ts';
import { DOCKER_HUB_KEY, isDockerHub } from './match.ts';
import type { Credential } from './types.ts';

const answer = z.looseObject({ Username: z.string(), Secret: z.string() });

const LARGEST_ANSWER = 1024 * 1024;

export interface HelperOptions {
  readonly environment: Environment;
  /** Milliseconds; a helper that wants to ask somebody must not stop the run. */
  readonly timeLimit: number;
}

/** `missing`: there is no such program; `none`: it runs and has nothing for this host. */
export type HelperAnswer = Credential | 'missing' | 'none';

/**
 * Asks `docker-credential-NAME get`, which reads the registry from standard input and writes JSON
 * (github.com/docker/docker-credential-helpers, "Development").
 * @throws SutureError CREDENTIAL_HELPER_FAILED
 */
export async function askHelper(name: string, host: string, options: HelperOptions): Promise<HelperAnswer> {
  // The name comes from a file; with a slash it would run something that is not on the PATH.
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
    throw new SutureError('CREDENTIAL_HELPER_FAILED', `"${name.slice(0, 100)}" is not the name of a credential helper`);
  }
  const program = `docker-credential-${name}`;
  const result = await run(program, isDockerHub(host) ? DOCKER_HUB_KEY : host, options);
  if (result === 'missing') return 'missing';
  if (result.code !== 0) {
    // All helpers print this sentence (credentials/error.go) and exit with 1.
    if (/credentials not found/i.test(result.output)) return 'none';
    const said = firstLine(result.output) || firstLine(result.errors);
    throw new SutureError(
      'CREDENTIAL_HELPER_FAILED',
      `${program} failed for ${host}: ${said || `exit code ${result.code}`}`,
    );
  }
  return readAnswer(program, host, result.output);
}

function readAnswer(program: string, host: string, output: string): HelperAnswer {
  let body: unknown;
  try {
    body = JSON.parse(output);
  } catch {
    body = undefined;
  }
  const parsed = answer.safeParse(body);
  if (!parsed.success) {
    throw new SutureError(
      'CREDENTIAL_HELPER_FAILED',
      `${program} did not answer with a user name and secret for ${host}`,
    );
  }
  const { Username: username, Secret: secret } = parsed.data;
  if (secret === '') return 'none';
  if (username === '<token>') return { kind: 'identityToken', token: secret };
  return { kind: 'basic', username, password: secret };
}

interface HelperRun {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function run(program: string, input: string, options: HelperOptions): Promise<HelperRun | 'missing'> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env: { ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeLimit,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > LARGEST_ANSWER) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 4096);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(`${input}\n`);
    child.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') resolve('missing');
      else
        reject(
          new SutureError('CREDENTIAL_HELPER_FAILED', `${program} cannot be run (${cause.code ?? 'error'})`, { cause }),
        );
    });
    child.once('close', (code) => {
      if (code !== null) resolve({ code, output, errors });
      else
        reject(new SutureError('CREDENTIAL_HELPER_FAILED', `${program} did not finish within ${options.timeLimit} ms`));
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.slice(0, 300) ?? '';
}
