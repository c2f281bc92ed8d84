import { readFile } from 'node:fs/promises';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit } from '../../core/limits.ts';
import type { Environment } from '../../core/ports.ts';
import type { SecretPlace } from '../../fleet/config/notifications.ts';

/** Bytes. */
const LIMIT = 64 * 1024;

/**
 * Reads a secret when it is needed, so that one that was changed counts at once.
 * @param what `channel "ops": url`
 * @throws SutureError CONFIGURATION naming the variable or file, FILE_UNREADABLE
 */
export async function readSecret(place: SecretPlace, environment: Environment, what: string): Promise<string> {
  switch (place.kind) {
    case 'plain':
      return place.value;
    case 'environment': {
      const value = environment[place.name];
      if (value) return value;
      throw new SutureError('CONFIGURATION', `${what}: the environment variable ${place.name} is not set`);
    }
    case 'file':
      return readSecretFile(place.path, what);
  }
}

async function readSecretFile(path: string, what: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new SutureError('FILE_UNREADABLE', `${what}: cannot read ${path}`, { cause });
  }
  checkLimit(path, bytes.length, LIMIT);
  const value = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (value === '') throw new SutureError('CONFIGURATION', `${what}: ${path} is empty`);
  return value;
}
