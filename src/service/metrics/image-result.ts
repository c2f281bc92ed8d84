import type { ImageSituation } from '../situation/situation.ts';
import type { ImageResultName } from './definitions.ts';

/**
 * What an image is, in a word; undefined as long as no run was done with it. `unfixable`: nothing can be fixed, and something
 * without a fix is left. `waived`: what has a fix and is not applied was accepted for a time.
 */
export function resultName({ result, endOfLife, counts }: ImageSituation): ImageResultName | undefined {
  if (result === undefined) return undefined;
  const { outcome } = result;
  if (outcome === 'failed') return 'failed';
  if (endOfLife) return 'eol';
  if (outcome === 'refused' || outcome === 'patched') return outcome;
  const fixable = counts.filter((entry) => entry.fixable);
  if (fixable.length > 0 && fixable.every(({ state }) => state === 'waived')) return 'waived';
  if (outcome !== 'clean') return outcome;
  return counts.length > 0 && fixable.length === 0 ? 'unfixable' : 'clean';
}
