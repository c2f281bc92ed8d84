import type { AvailableDeb } from '../types.ts';
import { fixesFor } from './fixes.ts';
import type { Offers } from './offers.ts';
import type { Slot } from './relations.ts';
import { findViolation, type Violation } from './violations.ts';
import { type Change, Trial, type World } from './world.ts';

export type Closure =
  | { readonly kind: 'closed'; readonly changes: ReadonlyMap<Slot, Change> }
  /** `violation` is the first relation for which nothing could be done. */
  | { readonly kind: 'impossible'; readonly violation: Violation; readonly trial: Trial; readonly exhausted: boolean };

/** States looked at before a search is given up; real archives need as many as the closure has packages. */
const SEARCH_LIMIT = 2000;

/**
 * The smallest set of further upgrades and installations that keeps every relation true when one place changes: a
 * depth-first search that mends one broken relation after another and goes back when one cannot be mended.
 */
export function closureOf(slot: Slot, offer: AvailableDeb, reason: string, world: World, offers: Offers): Closure {
  let left = SEARCH_LIMIT;
  let failure: { violation: Violation; trial: Trial } | undefined;

  const close = (trial: Trial): Trial | undefined => {
    left -= 1;
    const violation = findViolation(trial, offers);
    if (violation === undefined) return trial;
    for (const fix of fixesFor(violation, trial, offers)) {
      if (left <= 0) break;
      const closed = close(trial.with(fix.slot, { offer: fix.offer, reason: fix.reason }));
      if (closed !== undefined) return closed;
    }
    failure ??= { violation, trial };
    return undefined;
  };

  const closed = close(new Trial(world, new Map([[slot, { offer, reason }]])));
  if (closed !== undefined) return { kind: 'closed', changes: closed.changes };
  if (failure === undefined) throw new Error('a search that fails has met a violation');
  return { kind: 'impossible', ...failure, exhausted: left <= 0 };
}
