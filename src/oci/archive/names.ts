import { isSutureError } from '../../core/errors/error.ts';
import { formatReference, parseReference } from '../reference.ts';

/** `alpine:3.10` → `docker.io/library/alpine:3.10`; what is no reference (`<none>:<none>`) stays as it is. */
export function canonicalName(name: string): string {
  try {
    const reference = parseReference(name);
    return formatReference({ ...reference, tag: reference.tag ?? 'latest' });
  } catch (error) {
    if (isSutureError(error, 'REFERENCE_INVALID')) return name;
    throw error;
  }
}

/** The short form that `docker save` writes: without `docker.io/` and `library/`. */
export function familiarName(name: string): string {
  return canonicalName(name).replace(/^docker\.io\/(?:library\/(?=[^/]+$))?/, '');
}
