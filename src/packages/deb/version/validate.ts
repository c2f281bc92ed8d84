const INT_MAX = 2_147_483_647;
const UPSTREAM = /^[0-9][A-Za-z0-9.+~:-]*$/;
const REVISION = /^[A-Za-z0-9.+~]+$/;

/** True when `dpkg --validate-version` accepts it: numeric epoch, upstream starts with a digit, only allowed characters. */
export function isValidDebVersion(version: string): boolean {
  const colon = version.indexOf(':');
  if (colon >= 0) {
    const epoch = version.slice(0, colon);
    if (!/^[0-9]+$/.test(epoch) || Number(epoch) > INT_MAX) return false;
  }
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  if (hyphen < 0) return UPSTREAM.test(rest);
  return UPSTREAM.test(rest.slice(0, hyphen)) && REVISION.test(rest.slice(hyphen + 1));
}

/**
 * The version as dpkg writes it back: an epoch of zero is dropped unless a colon in the rest needs it.
 * Anything without a zero epoch is returned as it is.
 */
export function normalizeDebVersion(version: string): string {
  const zeroEpoch = /^0*:/.exec(version);
  if (zeroEpoch === null || zeroEpoch[0] === ':') return version.replace(/^0+([1-9][0-9]*:)/, '$1');
  const rest = version.slice(zeroEpoch[0].length);
  return rest.includes(':') ? `0:${rest}` : rest;
}
