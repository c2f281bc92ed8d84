import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import { parseRepositories } from '../apk/database/configuration.ts';
import type { ApkStream } from './merge.ts';

export const APK_REPOSITORIES_PATH = 'etc/apk/repositories';

const REPOSITORY = /^(?:https?|ftp):\/\/[0-9A-Za-z.-]+\/([A-Za-z]+)\/v?([0-9A-Za-z_.-]+)\//;

/**
 * The Alpine release that `/etc/apk/repositories` follows: the highest of its URLs `…/alpine/v3.19/main`, where `edge` is
 * above all. Undefined when there is none; other distributions do not tell a release this way.
 * @throws SutureError INVALID_DATA when the repositories are of different distributions
 */
export function readApkStream(text: ByteString): ApkStream | undefined {
  const found = parseRepositories(text).flatMap(({ url }) => {
    const match = REPOSITORY.exec(url);
    return match?.[1] === undefined ? [] : [{ family: match[1], release: match[2] ?? '' }];
  });
  const families = new Set(found.map(({ family }) => family));
  if (families.size > 1) {
    throw new SutureError(
      'INVALID_DATA',
      `${APK_REPOSITORIES_PATH} mixes the distributions ${[...families].join(' and ')}`,
    );
  }
  const [first, ...rest] = found;
  if (first?.family !== 'alpine') return undefined;
  return rest.reduce((highest, other) => (isHigher(other.release, highest.release) ? other : highest), first);
}

function isHigher(a: string, b: string): boolean {
  if (a === 'edge' || b === 'edge') return b !== 'edge';
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  if (left === undefined || right === undefined || [...left, ...right].some(Number.isNaN)) return false;
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
