import { readFileSync } from 'node:fs';
import { SutureError } from '../core/errors/error.ts';
import type { OptionValue } from './definition.ts';

/** Credentials of a server: never on the command line, only from a file. @throws SutureError USAGE, FILE_UNREADABLE */
export function readPassword(user: OptionValue, file: OptionValue): { user: string; password: string } | undefined {
  if (user === undefined && file === undefined) return undefined;
  if (typeof user !== 'string' || typeof file !== 'string') {
    throw new SutureError('USAGE', '--user and --password-file go together', {
      fix: 'Give both, or neither for a registry open to all.',
    });
  }
  try {
    return { user, password: readFileSync(file, 'utf8').split('\n', 1)[0] ?? '' };
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `cannot read the password file ${file}`, { cause: error });
  }
}
