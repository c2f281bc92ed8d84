import type { WaiverRow } from './store/schema.ts';

export type WaiverState = 'active' | 'expiring' | 'expired' | 'removed';

/** Warned of a week ahead. */
export const WAIVER_WARNING_MS = 7 * 86_400_000;

export function waiverState({ expires_at: end, removed_at: removed }: WaiverRow, now: number): WaiverState {
  if (removed !== null) return 'removed';
  const left = Date.parse(end) - now;
  return left <= 0 ? 'expired' : left <= WAIVER_WARNING_MS ? 'expiring' : 'active';
}

export function isInForce(waiver: WaiverRow, now: number): boolean {
  const state = waiverState(waiver, now);
  return state === 'active' || state === 'expiring';
}

export interface WaivedFinding {
  readonly reference: string;
  readonly vulnerability: string;
  readonly package: string;
}

/** Waivers that are about a finding, whether they hold now or not. */
export function matchingWaivers(waivers: readonly WaiverRow[], finding: WaivedFinding): readonly WaiverRow[] {
  return waivers.filter(
    (waiver) =>
      waiver.vulnerability === finding.vulnerability &&
      (waiver.package === null || waiver.package === finding.package) &&
      globMatches(waiver.image, finding.reference),
  );
}

/** The waiver that holds for a finding now, the one that lasts longest. */
export function waiverFor(waivers: readonly WaiverRow[], finding: WaivedFinding, now: number): WaiverRow | undefined {
  return matchingWaivers(waivers, finding)
    .filter((waiver) => isInForce(waiver, now))
    .sort((a, b) => (a.expires_at < b.expires_at ? 1 : -1))[0];
}

/** `*` is anything within a part of the name, `**` anything. */
export function globMatches(glob: string, text: string): boolean {
  const known = compiled.get(glob) ?? compile(glob);
  compiled.set(glob, known);
  return known.test(text);
}

const compiled = new Map<string, RegExp>();

function compile(glob: string): RegExp {
  // Globs are few and come again for every finding; a store of a long-lived service has new ones now and then.
  if (compiled.size > 10_000) compiled.clear();
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'u');
}
