import type { Digest } from '../../../src/core/digest.ts';
import { sha256 } from '../../../src/core/digest.ts';
import type { Finding } from '../../../src/service/api/contract/findings.ts';
import type { ImageSummary } from '../../../src/service/api/contract/images.ts';
import type { RunLogLine, RunSummary } from '../../../src/service/api/contract/runs.ts';
import type { Outcome, StateCounts, TierCounts } from '../../../src/service/api/contract/values.ts';
import type { Waiver } from '../../../src/service/api/contract/waivers.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';

/** The present of every fixture: pages say "3 h ago", and must say it tomorrow too. */
export const NOW = Date.parse('2026-11-20T16:00:00.000Z');

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** ISO 8601, so long before the present. */
export function ago(milliseconds: number): string {
  return new Date(NOW - milliseconds).toISOString();
}

export function digestOf(text: string): Digest {
  return sha256(text);
}

const TEAMS = ['payments', 'shop', 'search', 'platform', undefined] as const;
const SERVICES = ['api', 'worker', 'web', 'gateway', 'cron', 'ledger', 'indexer', 'mailer', 'auth', 'reports'];

const LEVELS: Readonly<Record<string, number>> = {
  KNOWN_EXPLOITED: DAY,
  CRITICAL: DAY,
  HIGH: 7 * DAY,
  MEDIUM: 30 * DAY,
};

/** What the service keeps, in memory: findings and waivers move by what the tests do on the page. */
export interface FixtureFleet {
  readonly references: readonly string[];
  readonly findings: Finding[];
  readonly waivers: Waiver[];
  readonly runs: RunSummary[];
  readonly logs: Map<string, RunLogLine[]>;
}

/** @param size how many images */
export function makeFleet(size: number): FixtureFleet {
  const references = Array.from({ length: size }, (_, index) => referenceOf(index));
  return {
    references,
    findings: references.flatMap((reference, index) => findingsOf(reference, index)),
    waivers: [],
    runs: [],
    logs: new Map(),
  };
}

export function referenceOf(index: number): string {
  const team = teamOf(index) ?? 'tools';
  const service = SERVICES[Math.floor(index / TEAMS.length) % SERVICES.length] ?? 'api';
  return `registry.example.org/${team}/${service}:${1 + Math.floor(index / 50)}.${index % 7}.${index % 4}`;
}

export function teamOf(index: number): string | undefined {
  return TEAMS[index % TEAMS.length];
}

/** The eighth of every ten images has nothing open; the ninth was never compared. */
function findingsOf(reference: string, index: number): Finding[] {
  if (index % 10 >= 7) return [];
  return CATALOGUE.filter((_, entry) => (index * 7 + entry * 5) % 11 < 5).map((entry, at) =>
    findingOf(reference, entry, index * 2 + at),
  );
}

function findingOf(reference: string, entry: CatalogueEntry, seed: number): Finding {
  const tier = entry.exploited === true ? 'KNOWN_EXPLOITED' : entry.severity;
  const detected = NOW - (2 + (seed % 9)) * HOUR * 4;
  const level = LEVELS[tier];
  const resolved = seed % 3 === 0 && entry.package !== 'openssh-client' && entry.fixed !== undefined;
  const dueAt = level === undefined || entry.fixed === undefined ? undefined : detected + level;
  const state =
    entry.fixed === undefined
      ? 'pending-upstream'
      : resolved
        ? 'met'
        : dueAt === undefined
          ? 'unmeasured'
          : dueAt < NOW
            ? 'late'
            : 'due';
  return {
    reference,
    vulnerability: entry.id,
    package: entry.package,
    severity: entry.severity,
    tier,
    knownExploited: entry.exploited === true,
    status: entry.fixed === undefined ? 'affected' : 'fixed',
    state,
    installedVersion: entry.installed,
    ...(entry.fixed === undefined
      ? {}
      : { fixedVersion: entry.fixed, fixAvailableAt: iso(detected), startedAt: iso(detected) }),
    ...(entry.package === 'openssh-client' && !resolved
      ? { blockedBy: 'script-not-native: the postinst calls update-alternatives' }
      : {}),
    firstDetectedAt: iso(detected),
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    ...(resolved ? { resolvedAt: iso(detected + 3 * HOUR) } : {}),
    title: entry.title,
    url: `https://security.example.org/${entry.id}`,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

const indexes = new WeakMap<FixtureFleet, Map<string, Finding[]>>();

/** Findings of an image, those that are gone too. */
export function findingsOfImage(fleet: FixtureFleet, reference: string): Finding[] {
  let index = indexes.get(fleet);
  if (index === undefined) {
    index = new Map(fleet.references.map((name) => [name, []]));
    for (const finding of fleet.findings) index.get(finding.reference)?.push(finding);
    indexes.set(fleet, index);
  }
  return index.get(reference) ?? [];
}

export function openFindings(fleet: FixtureFleet, reference: string): Finding[] {
  return findingsOfImage(fleet, reference).filter(({ resolvedAt }) => resolvedAt === undefined);
}

/** One image as the list tells it. */
export function imageSummaryOf(fleet: FixtureFleet, index: number): ImageSummary {
  const reference = fleet.references[index] ?? '';
  const open = openFindings(fleet, reference);
  const states = countStates(open);
  const outcome = outcomeOf(index);
  const team = teamOf(index);
  const digest = digestOf(reference);
  const due = open.flatMap(({ state, dueAt }) => (state === 'late' || state === 'due' ? [dueAt ?? ''] : [])).sort()[0];
  const worst = open
    .filter(({ state }) => state !== 'waived')
    .map(({ tier }) => tier)
    .sort(byTier)[0];
  const published = outcome === 'patched' || outcome === 'partial';
  return {
    reference,
    ...(team === undefined ? {} : { team, owner: `${team}@example.org` }),
    set: 'services',
    ...(outcome === undefined ? {} : { outcome, lastResultAt: ago(5 * HOUR) }),
    compliance: outcome === undefined || outcome === 'failed' ? 'unknown' : states.late > 0 ? 'late' : 'compliant',
    digest,
    ...(published
      ? { publishedReference: `${reference}-patched-20261120110000`, publishedDigest: digestOf(`${reference} patched`) }
      : {}),
    ...(outcome === 'clean' ? { publishedReference: reference, publishedDigest: digest } : {}),
    states,
    tiers: countTiers(open),
    ...(worst === undefined ? {} : { worst }),
    ...(due === undefined ? {} : { nextDueAt: due }),
    lastCheckedAt: ago((index % 6) * HOUR + HOUR),
  };
}

export function outcomeOf(index: number): Outcome | undefined {
  switch (index % 10) {
    case 7:
    case 8:
      return 'clean';
    case 9:
      return index % 20 === 19 ? undefined : 'failed';
    case 3:
      return 'partial';
    case 5:
      return index % 20 === 5 ? 'refused' : 'pending';
    default:
      return 'patched';
  }
}

const TIER_ORDER = ['KNOWN_EXPLOITED', 'CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const;

export function byTier(a: Finding['tier'], b: Finding['tier']): number {
  return TIER_ORDER.indexOf(a) - TIER_ORDER.indexOf(b);
}

export function countStates(open: readonly Finding[]): StateCounts {
  const of = (state: Finding['state']) => open.filter((finding) => finding.state === state).length;
  return {
    open: open.length,
    late: of('late'),
    due: of('due'),
    unmeasured: of('unmeasured'),
    waived: of('waived'),
    pendingUpstream: of('pending-upstream'),
    unfixable: of('unfixable'),
    endOfLife: of('eol'),
  };
}

export function countTiers(open: readonly Finding[]): TierCounts {
  const of = (tier: Finding['tier']) => open.filter((finding) => finding.tier === tier).length;
  return {
    KNOWN_EXPLOITED: of('KNOWN_EXPLOITED'),
    CRITICAL: of('CRITICAL'),
    HIGH: of('HIGH'),
    MEDIUM: of('MEDIUM'),
    LOW: of('LOW'),
    UNKNOWN: of('UNKNOWN'),
  };
}
