import { SutureError } from '../../../core/errors/error.ts';

/** PACKAGE_INVALID for the package file `what`. */
export function packageInvalid(what: string, reason: string, cause?: unknown): SutureError {
  return new SutureError('PACKAGE_INVALID', `${what}: ${reason}`, cause === undefined ? {} : { cause });
}
