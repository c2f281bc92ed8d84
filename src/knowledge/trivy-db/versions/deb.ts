import { compareDebVersions } from '../../../packages/deb/version/compare.ts';
import type { VersionOrder } from './order.ts';
import { remembering } from './remember.ts';

const EPOCH = /^\+?[0-9]+$/;
const UPSTREAM = /^[0-9][\p{L}\p{Nd}.+~:_-]*$/u;
const REVISION = /^[\p{L}\p{Nd}.+~_]*$/u;
const LARGEST = 9_223_372_036_854_775_807n;

interface Parts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

function split(version: string): Parts | undefined {
  const text = version.trim();
  const colon = text.indexOf(':');
  const epoch = colon < 0 ? '0' : text.slice(0, colon);
  if (!EPOCH.test(epoch) || BigInt(epoch) > LARGEST) return undefined;
  const rest = text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  const upstream = hyphen < 0 ? rest : rest.slice(0, hyphen);
  const revision = hyphen < 0 ? '' : rest.slice(hyphen + 1);
  if (!UPSTREAM.test(upstream) || !REVISION.test(revision)) return undefined;
  return { epoch: String(BigInt(epoch)), upstream, revision };
}

/** The library reads numbers as int64: longer ones are all the largest. dpkg compares any length. */
function saturate(text: string): string {
  return text.replace(/[0-9]{19,}/g, (digits) => (BigInt(digits) > LARGEST ? String(LARGEST) : digits));
}

/** The version as the library reads it; undefined when it refuses it. */
const canonical = remembering((version) => {
  const parts = split(version);
  return parts && `${parts.epoch}:${saturate(parts.upstream)}-${saturate(parts.revision)}`;
});

/**
 * go-deb-version: dpkg's order, but `_` is allowed, numbers above int64 are equal, and versions that do not start with a
 * digit, are empty or hold `^` are refused.
 */
export const TRIVY_DEB_ORDER: VersionOrder = {
  name: 'deb',
  isValid: (version) => canonical(version) !== undefined,
  compare: (a, b) => compareDebVersions(canonical(a) ?? a, canonical(b) ?? b),
  normalize: (version) => version,
};
