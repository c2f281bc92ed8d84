import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';

/**
 * The path of a layer entry relative to the root, without `.`, `..` and empty components; the root itself is ''. A leading
 * `/` or `./` is normal (containerd and dockerd strip both) and `..` is resolved as Go's filepath.Clean does; but a path
 * that would leave the root is refused, where containerd clamps it: no honest tool writes one.
 * @throws SutureError PATH_UNSAFE; LIMIT_EXCEEDED when too long
 */
export function cleanEntryPath(name: ByteString, what: string): ByteString {
  if (isClean(name)) return name;
  if (name.includes('\0')) throw unsafe(name, what, 'holds a NUL byte');
  const parts: ByteString[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw unsafe(name, what, 'leaves the root');
  }
  const path = parts.join('/');
  checkLimit(`a path in ${what}`, path.length, LIMITS.pathLength);
  return path;
}

/** Most names need nothing but the trailing slash of a directory taken off; this spares them the split. */
function isClean(name: ByteString): boolean {
  return name.length <= LIMITS.pathLength && !/^[./]|\/(?:[./]|$)|\0/.test(name) && name !== '';
}

function unsafe(name: ByteString, what: string, why: string): SutureError {
  return new SutureError('PATH_UNSAFE', `${what} holds the path ${JSON.stringify(name.slice(0, 200))}, which ${why}`);
}
