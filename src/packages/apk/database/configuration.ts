import type { ByteString } from '../../../core/bytes.ts';
import type { ApkRepository } from '../types.ts';

/** `/etc/apk/world`: what was asked for, a constraint (`nginx`, `nginx=1.2-r0`, `!foo`, `bar@edge`) each, in file order. */
export function parseWorld(text: ByteString): readonly ByteString[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** `/etc/apk/repositories`: a URL or path a line, maybe tagged; comments and what follows on the line are left out. */
export function parseRepositories(text: ByteString): ApkRepository[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(?:@(\S+)\s+)?([^#@\s]\S*)/.exec(line);
    if (match?.[2] === undefined) return [];
    return [{ url: match[2], ...(match[1] === undefined ? {} : { tag: match[1] }) }];
  });
}

/** `so:libssl.so.3=3.0`, `musl>=1.2`, `nginx@edge` → the name alone. */
export function constraintName(constraint: ByteString): ByteString {
  return constraint.replace(/[<>=~@].*$/, '');
}
