import { SutureError } from '../../../core/errors/error.ts';

export function packageInvalid(what: string, detail: string, cause?: unknown): SutureError {
  return new SutureError('PACKAGE_INVALID', `${what}: ${detail}`, { cause });
}
