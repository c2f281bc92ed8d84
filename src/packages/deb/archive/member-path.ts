import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';

/**
 * The path of a data member as dpkg lists it: `./usr/bin/x` and `usr/bin/x` → `/usr/bin/x`, `./` → `/.`.
 * @throws SutureError PATH_UNSAFE for a name that could leave the root, cannot be listed (newline), or would act as a
 * white-out in an image layer.
 */
export function memberPath(name: ByteString, what: string): ByteString {
  // dpkg skips initial slashes and "./" pairs and adds one slash of its own.
  const relative = name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  if (relative === '' || relative === '.') return '/.';
  if (/[\n\0]/.test(relative)) throw unsafe(what, name, 'holds a newline or NUL');
  for (const part of relative.split('/')) {
    if (part === '..') throw unsafe(what, name, 'leaves its root');
    if (part === '' || part === '.') throw unsafe(what, name, 'has an empty part');
    if (part.startsWith('.wh.')) throw unsafe(what, name, 'would be a white-out in an image layer');
  }
  return `/${relative}`;
}

function unsafe(what: string, name: ByteString, reason: string): SutureError {
  return new SutureError('PATH_UNSAFE', `${what}: the member ${JSON.stringify(name.slice(0, 200))} ${reason}`);
}
