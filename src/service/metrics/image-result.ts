import type { ImageSituation } from '../situation/situation.ts';
import type { ImageResultName } from './definitions.ts';

/**
 * What an image is, in a word; undefined as long as no run was done with it. `unfixable`: nothing can be fixed, and something
 * without a fix is left. `waived`: what has a fix and is not applied was accepted for a time.
 */
export function resultName({ result, endOfLife, findings }: ImageSituation): ImageResultName | undefined {
  if (result === undefined) return undefined;
  const { outcome } = result;
  if (outcome === 'failed') return 'failed';
  if (endOfLife) return 'eol';
  if (outcome === 'refused' || outcome === 'patched') return outcome;
  const fixable = findings.filter(({ row }) => row.fixed_version !== null);
  if (fixable.length > 0 && fixable.every(({ assessment }) => assessment.state === 'waived')) return 'waived';
  if (outcome !== 'clean') return outcome;
  return findings.length > 0 && fixable.length === 0 ? 'unfixable' : 'clean';
}
