import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SutureError } from '../../../../core/errors/error.ts';
import { checkLimit } from '../../../../core/limits.ts';
import type { AuthFile } from './credentials.ts';

const MAX_BYTES = 1024 * 1024;

/**
 * Files of this machine in the form of apt_auth.conf(5): each name is a file, or a directory whose *.conf files are read in
 * the order of their names. Nothing is kept of them but in memory.
 * @throws SutureError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export function readAuthFiles(names: readonly string[]): AuthFile[] {
  return names.flatMap((name) => {
    try {
      const files = statSync(name).isDirectory() ? confFiles(name) : [name];
      return files.map((file) => {
        const text = readFileSync(file, 'latin1');
        checkLimit(file, text.length, MAX_BYTES);
        return { name: file, text };
      });
    } catch (error) {
      if (error instanceof SutureError) throw error;
      throw new SutureError('FILE_UNREADABLE', `the credentials in ${name} cannot be read`, { cause: error });
    }
  });
}

/**
 * apt's own credentials on this machine, as far as this user may read them: /etc/apt/auth.conf and auth.conf.d/*.conf below
 * `directory`.
 */
export function machineAuthFiles(directory = '/etc/apt'): string[] {
  const parts = join(directory, 'auth.conf.d');
  return [join(directory, 'auth.conf'), ...(isReadable(parts) ? confFiles(parts) : [])].filter(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The names that apt takes from such a directory. */
function confFiles(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*\.conf$/.test(name));
  return names.toSorted().map((name) => join(directory, name));
}
