import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../core/ports.ts';

/** XDG: what can be fetched again lies below $XDG_CACHE_HOME. */
export function cacheDirectory(option: unknown, environment: Environment): string {
  if (typeof option === 'string' && option !== '') return option;
  return join(environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache'), 'suture');
}
