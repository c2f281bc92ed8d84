import { SutureError } from '../../../../core/errors/error.ts';
import { type AptConfiguration, aptBoolean } from '../configuration/apt-conf.ts';
import type { AptSource } from '../configuration/source.ts';
import type { Release } from './release-file.ts';

/** How old or new a Release file may be: apt's settings, of the source or else of apt.conf. Times in seconds. */
export interface FreshnessRules {
  /** The image says Check-Valid-Until: no. Honoured only when the caller allows it. */
  readonly checkValidUntil: boolean;
  readonly validUntilMin: number;
  readonly validUntilMax: number;
  readonly dateMaxFuture: number;
}

export function freshnessRules(source: AptSource, configuration: AptConfiguration): FreshnessRules {
  const seconds = (own: number | undefined, name: string, otherwise: number): number => {
    const configured = configuration.get(`acquire::${name}`);
    return own ?? (configured !== undefined && /^\d{1,12}$/.test(configured) ? Number(configured) : otherwise);
  };
  return {
    checkValidUntil: source.checkValidUntil ?? aptBoolean(configuration.get('acquire::check-valid-until')) ?? true,
    validUntilMin: seconds(source.validUntilMin, 'min-validtime', 0),
    validUntilMax: seconds(source.validUntilMax, 'max-validtime', 0),
    dateMaxFuture: seconds(source.dateMaxFuture, 'max-futuretime', 10),
  };
}

/**
 * When a Release stops being valid, in milliseconds, or undefined when it never does: Valid-Until, not before
 * Date + Valid-Until-Min, and not after Date + Valid-Until-Max (apt `debReleaseIndex::Load`).
 */
export function expiryOf(release: Release, rules: FreshnessRules): number | undefined {
  const earliest = rules.validUntilMin === 0 ? undefined : release.date + rules.validUntilMin * 1000;
  const latest = rules.validUntilMax === 0 ? undefined : release.date + rules.validUntilMax * 1000;
  let expiry = release.validUntil;
  if (expiry !== undefined && earliest !== undefined) expiry = Math.max(expiry, earliest);
  if (latest !== undefined) expiry = expiry === undefined ? latest : Math.min(expiry, latest);
  return expiry;
}

/** @throws SutureError REPOSITORY_EXPIRED when the Release is too old, or dated later than the clock allows */
export function checkFreshness(
  release: Release,
  rules: FreshnessRules,
  now: number,
  what: string,
  honourCheckValidUntilNo: boolean,
): void {
  if (release.date > now + rules.dateMaxFuture * 1000) {
    throw new SutureError(
      'REPOSITORY_EXPIRED',
      `${what} is not valid yet: it is dated ${iso(release.date)}, and the clock says ${iso(now)}`,
      { fix: 'Set the clock of this machine.' },
    );
  }
  if (!rules.checkValidUntil && honourCheckValidUntilNo) return;
  const expiry = expiryOf(release, rules);
  if (expiry !== undefined && now > expiry) {
    const configured = rules.checkValidUntil
      ? ''
      : ' (the image says Check-Valid-Until: no, which is not honoured without leave)';
    throw new SutureError('REPOSITORY_EXPIRED', `${what} has expired: it was valid until ${iso(expiry)}${configured}`);
  }
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
