import { SutureError } from '../../../core/errors/error.ts';

export function unreadable(what: string, why: string): SutureError {
  return new SutureError('DATABASE_UNREADABLE', `The rpm database ${what} cannot be read: ${why}`);
}
