import type { Database, Repository } from '../../../src/service/api/contract/database.ts';
import type { Finding } from '../../../src/service/api/contract/findings.ts';
import type { Image, ImageSummary } from '../../../src/service/api/contract/images.ts';
import type { Coverage, Overview, TierStanding } from '../../../src/service/api/contract/overview.ts';
import type { RunSummary } from '../../../src/service/api/contract/runs.ts';
import type { Vulnerability } from '../../../src/service/api/contract/vulnerabilities.ts';
import { CATALOGUE } from './catalogue.ts';
import {
  ago,
  byTier,
  countStates,
  countTiers,
  DAY,
  digestOf,
  type FixtureFleet,
  findingsOfImage,
  HOUR,
  imageSummaryOf,
  NOW,
} from './fixture-fleet.ts';

export const DATABASE: Database = {
  present: true,
  digest: digestOf('database'),
  updatedAt: ago(5 * HOUR),
  ageSeconds: (5 * HOUR) / 1000,
  maxAgeSeconds: (36 * HOUR) / 1000,
  stale: false,
  source: 'registry.example.org/mirror/trivy-db:2',
  knownExploited: { updatedAt: ago(DAY), entries: 1312 },
};

export const REPOSITORIES: readonly Repository[] = [
  ['https://mirror.example.org/debian bookworm main', 9],
  ['https://mirror.example.org/debian-security bookworm-security main', 1],
  ['https://mirror.example.org/alpine v3.19 main', 3],
].map(([id, days]) => ({
  id: String(id),
  digest: digestOf(String(id)),
  date: ago(Number(days) * DAY),
  ageSeconds: (Number(days) * DAY) / 1000,
  seenAt: ago(HOUR),
  images: 40,
}));

export function summaries(fleet: FixtureFleet): ImageSummary[] {
  return fleet.references.map((_, index) => imageSummaryOf(fleet, index));
}

export function coverageOf(images: readonly ImageSummary[]): Coverage {
  const outcome = (name: string) => images.filter((image) => (image.outcome ?? 'unchecked') === name).length;
  const compliance = (name: string) => images.filter((image) => image.compliance === name).length;
  return {
    images: images.length,
    byOutcome: {
      patched: outcome('patched'),
      clean: outcome('clean'),
      partial: outcome('partial'),
      pending: outcome('pending'),
      refused: outcome('refused'),
      failed: outcome('failed'),
      unchecked: outcome('unchecked'),
    },
    byCompliance: { compliant: compliance('compliant'), late: compliance('late'), unknown: compliance('unknown') },
    checkedLastDay: images.length,
  };
}

const LEVEL_DAYS: Readonly<Record<string, number>> = { KNOWN_EXPLOITED: 1, CRITICAL: 1, HIGH: 7, MEDIUM: 30 };

export function tiersOf(open: readonly Finding[]): TierStanding[] {
  return (['KNOWN_EXPLOITED', 'CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const).map((tier) => {
    const own = open.filter((finding) => finding.tier === tier);
    const days = LEVEL_DAYS[tier];
    const due = own.flatMap(({ state, dueAt }) => (state === 'due' ? [dueAt ?? ''] : [])).sort()[0];
    const seconds = ((days ?? 0) * DAY) / 1000;
    return {
      ...countStates(own),
      tier,
      ...(days === undefined ? {} : { levelSeconds: { min: seconds, max: seconds } }),
      ...(due === undefined ? {} : { nextDueAt: due }),
    };
  });
}

/** A month in which two big advisories came, and were worked off. */
function burnDown(late: number) {
  return Array.from({ length: 30 }, (_, index) => {
    const left = 29 - index;
    const wave =
      (index > 8 ? Math.max(0, 150 - (index - 9) * 12) : 0) + (index > 22 ? Math.max(0, 90 - (index - 23) * 9) : 0);
    const [high, medium] = [20 + Math.round(wave * 0.6), 30 + Math.round(wave * 0.4)];
    const lateHigh = index === 29 ? late : Math.round(Math.max(0, wave - 60) * 0.3) + (index % 4);
    return {
      day: ago(left * DAY).slice(0, 10),
      open: high + medium,
      late: lateHigh,
      waived: 4 + (index % 3),
      tiers: [
        { tier: 'HIGH' as const, open: high, late: lateHigh, waived: 3 },
        { tier: 'MEDIUM' as const, open: medium, late: 0, waived: 1 + (index % 3) },
      ],
    };
  });
}

/** @param open findings that the view is about */
export function slaOf(open: readonly Finding[]): Overview['sla'] {
  const urgent = open
    .filter(({ state }) => state === 'late' || state === 'due')
    .sort((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1))
    .slice(0, 10);
  return {
    tiers: tiersOf(open),
    burnDown: burnDown(open.filter(({ state }) => state === 'late').length),
    urgent,
    remediation: { resolved: 412, inTime: 371, late: 18, p50Seconds: 9 * 3600, p95Seconds: 5 * 86_400 + 3600 },
  };
}

export function overviewOf(fleet: FixtureFleet): Overview {
  const open = fleet.findings.filter(({ resolvedAt }) => resolvedAt === undefined);
  const current = fleet.waivers.filter(({ state }) => state === 'active' || state === 'expiring');
  return {
    at: ago(0),
    coverage: coverageOf(summaries(fleet)),
    sla: slaOf(open),
    knowledge: { database: DATABASE, repositories: [...REPOSITORIES] },
    runs: fleet.runs.slice(0, 5),
    nextRun: {
      name: 'nightly',
      cron: '0 2 * * *',
      timeZone: 'UTC',
      jitterSeconds: 600,
      nextAt: new Date(NOW + 10 * HOUR).toISOString(),
    },
    waivers: { active: current.length, expiring: current.filter(({ state }) => state === 'expiring') },
  };
}

/** @returns undefined for an image that the fleet does not have */
export function imageOf(fleet: FixtureFleet, reference: string): Image | undefined {
  const index = fleet.references.indexOf(reference);
  if (index < 0) return undefined;
  const summary = imageSummaryOf(fleet, index);
  const own = findingsOfImage(fleet, reference);
  const open = own.filter(({ resolvedAt }) => resolvedAt === undefined);
  const gone = own.filter(({ resolvedAt }) => resolvedAt !== undefined);
  const blocked = open.filter(({ blockedBy }) => blockedBy !== undefined);
  const { outcome, digest, publishedReference, publishedDigest } = summary;
  const result = outcome && {
    run: fleet.runs[0]?.id ?? 'run-1',
    finishedAt: ago(5 * HOUR),
    outcome,
    ...(digest === undefined ? {} : { digest }),
    ...(publishedReference === undefined ? {} : { publishedReference }),
    ...(publishedDigest === undefined ? {} : { publishedDigest }),
    planDigest: digestOf(`${reference} plan`),
    changed: gone.length,
    fixed: gone.length,
    pending: blocked.length,
    ...(outcome === 'failed'
      ? {
          error: {
            code: 'REGISTRY_UNAVAILABLE',
            message: 'registry.example.org answered 503 three times',
            retryable: true,
          },
        }
      : {}),
    notes: gone.length > 0 ? ['ld.so.cache was written anew'] : [],
  };
  return {
    ...summary,
    os: { family: 'debian', name: 'Debian GNU/Linux 12 (bookworm)' },
    platforms: ['linux/amd64'],
    database: digestOf('database'),
    ...(outcome === undefined ? {} : { before: countTiers(own), after: countTiers(open) }),
    ...(result === undefined ? {} : { result }),
    findings: { items: open, total: open.length },
    resolved: { items: gone, total: gone.length },
    plan: {
      steps: gone.map((finding) => ({
        package: finding.package,
        architecture: 'amd64',
        action: 'upgrade' as const,
        from: finding.installedVersion,
        to: finding.fixedVersion ?? '',
        source: finding.package,
        repository: REPOSITORIES[1]?.id ?? '',
        size: 1_482_240,
        reason: 'a security fix',
        vulnerabilities: [finding.vulnerability],
      })),
      pending: blocked.map((finding) => ({
        package: finding.package,
        from: finding.installedVersion,
        ...(finding.fixedVersion === undefined ? {} : { to: finding.fixedVersion }),
        reason: 'script-not-native',
        detail:
          'openssh-client.postinst line 14: update-alternatives --quiet --install /usr/bin/rsh rsh /usr/bin/ssh 20',
        vulnerabilities: [finding.vulnerability],
      })),
      unusable: [],
    },
    repositories: REPOSITORIES.map(({ id, digest: index_, date }) => ({ id, digest: index_, date })),
    layers: layersOf(reference, publishedReference !== undefined && outcome !== 'clean'),
    lineage: {
      base: { reference, digest: digestOf(reference) },
      sameBase: 12,
      results: result === undefined ? [] : [result],
    },
  };
}

function layersOf(reference: string, patched: boolean): Image['layers'] {
  const layer = (name: string, size: number, createdBy: string, ours: boolean) => ({
    digest: digestOf(`${reference} ${name}`),
    diffId: digestOf(`${reference} ${name} diff`),
    size,
    createdBy,
    createdAt: ago(40 * DAY),
    ours,
  });
  return [
    layer('base', 29_126_912, 'debian.sh --arch amd64 out/ bookworm @1700000000', false),
    layer(
      'packages',
      14_680_064,
      'RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates openssh-client',
      false,
    ),
    layer('application', 8_912_896, 'COPY --chown=1000:1000 dist/ /app', false),
    ...(patched ? [layer('patch', 6_291_456, 'suture patch', true)] : []),
  ];
}

export function vulnerabilityOf(fleet: FixtureFleet, id: string): Vulnerability | undefined {
  const entry = CATALOGUE.find((known) => known.id === id);
  const all = fleet.findings.filter((finding) => finding.vulnerability === id);
  if (entry === undefined || all.length === 0) return undefined;
  const open = all.filter(({ resolvedAt }) => resolvedAt === undefined);
  const gone = all.filter(({ resolvedAt }) => resolvedAt !== undefined);
  const states = countStates(open);
  const due = open.flatMap(({ state, dueAt }) => (state === 'due' || state === 'late' ? [dueAt ?? ''] : [])).sort()[0];
  const teams = new Map<string, Finding[]>();
  for (const finding of open) {
    const team = finding.reference.split('/')[1] ?? '';
    teams.set(team, [...(teams.get(team) ?? []), finding]);
  }
  return {
    id,
    title: entry.title,
    url: `https://security.example.org/${id}`,
    severity: entry.severity,
    tier: entry.exploited === true ? 'KNOWN_EXPLOITED' : entry.severity,
    knownExploited: entry.exploited === true,
    images: { open: open.length, fixable: states.late + states.due, late: states.late, resolved: gone.length },
    firstDetectedAt: ago(2 * DAY),
    ...(due === undefined ? {} : { nextDueAt: due }),
    states,
    packages: [
      { name: entry.package, images: open.length, fixedVersions: entry.fixed === undefined ? [] : [entry.fixed] },
    ],
    teams: [...teams].map(([name, own]) => ({ name, open: own.length, late: countStates(own).late })),
    open: { items: open.slice(0, 50), total: open.length },
    resolved: { items: gone.slice(0, 50), total: gone.length },
    published: gone.map(({ reference }) => ({ reference, publishedReference: `${reference}-patched-20261120110000` })),
  };
}

export function vulnerabilitySummaries(fleet: FixtureFleet): Vulnerability[] {
  return CATALOGUE.flatMap(({ id }) => vulnerabilityOf(fleet, id) ?? []).sort((a, b) => byTier(a.tier, b.tier));
}

export function countsOf(images: readonly ImageSummary[]): RunSummary['counts'] {
  const { unchecked: _, ...counts } = coverageOf(images).byOutcome;
  return { ...counts, unchanged: 0 };
}
