import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../core/ports.ts';
import { assess, type SlaContext, TIERS, tierOf, tierOfRank, tierRank } from './sla.ts';
import { findingsOf, recordFindings } from './store/findings.ts';
import { verifyLedger } from './store/ledger.ts';
import type { FindingRow, WaiverRow } from './store/schema.ts';
import type { FindingFacts } from './store/standing.ts';
import { FleetStore } from './store/store.ts';
import { exportOpenVex } from './waiver-export/openvex.ts';
import { addWaiver, listWaivers, removeWaiver, waiverState } from './waivers.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-01-10T00:00:00Z');
const at = (hours: number) => new Date(NOW + hours * HOUR).toISOString();

const finding: FindingFacts = {
  reference: 'registry.example.org/team/app:1',
  vulnerability: 'CVE-2026-1',
  package: 'libgreet1',
  severity: 'CRITICAL',
  status: 'fixed',
  installed_version: '1',
  fixed_version: '2',
  blocked_by: null,
  first_detected_at: at(-100),
  fix_available_at: at(-10),
  resolved_at: null,
  exploited_since: null,
};
const context = { levels: { CRITICAL: 24 * HOUR }, waivers: [], now: NOW };

describe('service levels', () => {
  it.each([
    ['due', {}, { startedAt: at(-10), dueAt: at(14) }],
    ['late', { fix_available_at: at(-30) }, { dueAt: at(-6) }],
    ['late', { first_detected_at: at(-25), fix_available_at: at(-300) }, { startedAt: at(-25), dueAt: at(-1) }],
    ['met', { resolved_at: at(-1) }, { dueAt: at(14) }],
    ['met-late', { fix_available_at: at(-50), resolved_at: at(-1) }, { dueAt: at(-26) }],
    ['pending-upstream', { fix_available_at: null, status: 'affected' }, {}],
    ['unfixable', { fix_available_at: null, status: 'will_not_fix' }, {}],
    ['eol', { fix_available_at: null, status: 'end_of_life' }, {}],
    ['unmeasured', { severity: 'LOW' }, { startedAt: at(-10) }],
    [
      'late',
      { fix_available_at: null, blocked_by: 'script-not-native: x' },
      { startedAt: at(-100), blockedBy: 'script-not-native: x' },
    ],
  ] as const)('%s: %j', (state, change, more) => {
    expect(assess({ ...finding, ...change }, context)).toMatchObject({ state, ...more });
  });
});

/** A waiver for the finding, from and to hours from now. */
const waived = (from: number, to: number, more: Partial<WaiverRow> = {}): WaiverRow => ({
  id: `w ${from} ${to}`,
  vulnerability: finding.vulnerability,
  image: '**',
  package: null,
  owner: 'jo@example.org',
  ticket: 'SEC-1',
  reason: 'why',
  justification: 'none',
  created_at: at(from),
  expires_at: at(to),
  removed_at: null,
  ...more,
});

describe('the clock of a finding', () => {
  // Detected at -10 with a fix long there, 24 hours to go: due at 14.
  const running = { ...finding, first_detected_at: at(-10), fix_available_at: at(-500) };
  const judge = (change: Partial<FindingFacts>, more: Partial<SlaContext> = {}) =>
    assess({ ...running, ...change }, { ...context, ...more });

  it.each([
    ['the fix is in our mirror before anybody knows of the finding', -10, -500, -10],
    ['the finding is known before our mirror has the fix', -100, -10, -10],
    ['both at once', -10, -10, -10],
  ])('begins when %s', (_, detected, available, start) => {
    const change = { first_detected_at: at(detected), fix_available_at: at(available) };
    expect(judge(change)).toMatchObject({ startedAt: at(start), dueAt: at(start + 24) });
  });

  it('is due up to the last millisecond, and late after it', () => {
    const due = Date.parse(at(14));
    expect(judge({}, { now: due }).state).toBe('due');
    expect(judge({}, { now: due + 1 }).state).toBe('late');
    expect(judge({ resolved_at: at(14) }).state).toBe('met');
    expect(judge({ resolved_at: new Date(due + 1).toISOString() }).state).toBe('met-late');
  });

  it('runs on while something blocks the fix', () => {
    expect(judge({ blocked_by: 'held: x' })).toMatchObject({ dueAt: at(14), blockedBy: 'held: x' });
    expect(judge({ blocked_by: 'held: x', fix_available_at: null })).toMatchObject({ startedAt: at(-10) });
  });

  it.each([
    ['from before it began', [waived(-20, -5)], 19],
    ['while it ran', [waived(-5, -3)], 16],
    ['twice', [waived(-9, -8), waived(-5, -3)], 17],
    ['at the same time', [waived(-6, -3), waived(-5, -2)], 18],
    ['until it was removed', [waived(-5, 100, { removed_at: at(-4) })], 15],
    ['only when it had not begun', [waived(-100, -50)], 14],
    ['in another image', [waived(-5, -3, { image: 'other.example.org/**' })], 14],
    ['in another package', [waived(-5, -3, { package: 'other' })], 14],
  ])('stood still while waived %s', (_, waivers, due) => {
    expect(judge({}, { waivers })).toMatchObject({ state: 'due', dueAt: at(due) });
  });

  it('gets nothing back from a waiver that comes when the time is over', () => {
    const late = { first_detected_at: at(-40) };
    expect(judge(late, { waivers: [waived(-2, -1)] })).toMatchObject({ state: 'late', dueAt: at(-16) });
    expect(judge(late, { waivers: [waived(-2, 1)] })).toMatchObject({ state: 'waived', waiver: 'w -2 1' });
    expect(judge(late, { waivers: [waived(-2, 1)], now: NOW + HOUR })).toMatchObject({ state: 'late' });
  });

  it('of what is known to be exploited is the shorter of both', () => {
    const levels = { CRITICAL: 24 * HOUR, KNOWN_EXPLOITED: 6 * HOUR };
    expect(judge({ exploited_since: at(-1) }, { levels })).toMatchObject({ state: 'due', dueAt: at(5) });
    expect(judge({ exploited_since: at(-400) }, { levels })).toMatchObject({ state: 'late', dueAt: at(-4) });
    expect(judge({ exploited_since: at(13) }, { levels, now: NOW + 13 * HOUR })).toMatchObject({ dueAt: at(14) });
    expect(judge({ exploited_since: at(-1), severity: 'LOW' }, { levels })).toMatchObject({ dueAt: at(5) });
    expect(judge({ exploited_since: at(-1) }, { levels: { CRITICAL: HOUR } })).toMatchObject({ dueAt: at(-9) });
    expect(judge({ exploited_since: at(-1), fix_available_at: null }, { levels }).state).toBe('pending-upstream');
  });

  it('names tiers by rank, the worst highest', () => {
    expect(TIERS.map(tierRank)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(TIERS.map((tier) => tierOfRank(tierRank(tier)))).toEqual([...TIERS]);
    expect(tierOf({ severity: 'LOW', exploited_since: at(0) })).toBe('KNOWN_EXPLOITED');
    expect(tierOf({ severity: 'ODD', exploited_since: null })).toBe('UNKNOWN');
  });
});

describe('findings and waivers in the store', () => {
  let directory: string;
  let store: FleetStore;
  let time = NOW;
  const clock: Clock = { now: () => time, sleep: () => Promise.resolve() };
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'suture-sla-'));
    store = await FleetStore.open(join(directory, 'fleet.db'), clock);
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('keep the first detection and the first availability, resolve what is gone, and count a return anew', async () => {
    const found = {
      vulnerability: 'CVE-2026-1',
      package: 'a',
      severity: 'HIGH',
      status: 'fixed',
      installedVersion: '1',
      fixedVersion: '2',
    } as const;
    const record = (remaining: readonly (typeof found)[], availableAt?: string) =>
      recordFindings(store, 'r.example.org/a:1', [found], remaining, () =>
        availableAt === undefined ? {} : { availableAt },
      );
    const row = async () => (await findingsOf(store, ['r.example.org/a:1']))[0];
    await record([found]);
    time += HOUR;
    await record([found], at(-5));
    time += HOUR;
    await record([found], at(5));
    expect(await row()).toMatchObject({ first_detected_at: at(0), fix_available_at: at(-5), resolved_at: null });
    await record([]);
    expect(await row()).toMatchObject({ first_detected_at: at(0), resolved_at: at(2) });
    time += HOUR;
    await record([]);
    expect(await row()).toMatchObject({ resolved_at: at(2) });
    await record([found]);
    expect(await row()).toMatchObject({ first_detected_at: at(3), resolved_at: null });
  });

  it('waive for a time only, with a record of it', async () => {
    time = NOW;
    const waiver = {
      vulnerability: 'CVE-2026-1',
      image: 'registry.example.org/team/**',
      owner: 'jo@example.org',
      ticket: 'SEC-1',
      reason: 'not reachable',
    };
    await expect(addWaiver(store, { ...waiver, justification: 'none', expiresAt: NOW })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(
      addWaiver(store, { ...waiver, owner: ' ', justification: 'none', expiresAt: NOW + 1 }),
    ).rejects.toMatchObject({ code: 'USAGE' });
    const added = await addWaiver(store, {
      ...waiver,
      justification: 'vulnerable_code_not_in_execute_path',
      expiresAt: NOW + 30 * 24 * HOUR,
    });
    const waivers = await listWaivers(store);
    const judge = (now: number, change: Partial<FindingRow> = {}) =>
      assess({ ...finding, ...change }, { ...context, waivers, now }).state;
    expect(judge(NOW)).toBe('waived');
    expect(judge(NOW, { reference: 'registry.example.org/other/app:1' })).toBe('due');
    expect(judge(NOW, { vulnerability: 'CVE-2026-2' })).toBe('due');
    expect(judge(NOW + 31 * 24 * HOUR)).toBe('late');
    expect([0, 25, 31].map((days) => waiverState(added, NOW + days * 24 * HOUR))).toEqual([
      'active',
      'expiring',
      'expired',
    ]);
    const vex = JSON.parse(exportOpenVex(waivers, [finding.reference], NOW)) as { statements: unknown[] };
    expect(vex.statements).toMatchObject([
      {
        vulnerability: { name: 'CVE-2026-1' },
        status: 'not_affected',
        justification: 'vulnerable_code_not_in_execute_path',
        products: [{ '@id': 'pkg:oci/app?repository_url=registry.example.org%2Fteam%2Fapp' }],
      },
    ]);
    await removeWaiver(store, added.id);
    await expect(removeWaiver(store, added.id)).rejects.toMatchObject({ code: 'WAIVER_UNKNOWN' });
    expect(assess(finding, { ...context, waivers: await listWaivers(store) }).state).toBe('due');
    expect((await verifyLedger(store.database)).events).toBe(2);
  });
});
