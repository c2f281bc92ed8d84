import { beforeEach, expect, it } from 'vitest';
import { describeOnStores } from '../../../test/support/each-store.ts';
import {
  API,
  BROKEN,
  DATABASE,
  DAY,
  EXPLOITED,
  OLD,
  OPENSSL,
  recordSample,
  recordSampleFleet,
  SAMPLE_START,
  sampleResult,
  UNFIXED,
  WEB,
  WILL_NOT_FIX,
} from '../../../test/support/sample-fleet.ts';
import { finishRun, startRun } from '../store/runs.ts';
import { recordSlaDay } from '../store/sla-days.ts';
import type { FleetStore } from '../store/store.ts';
import { addWaiver, removeWaiver } from '../waivers.ts';
import { findingsCsv, imagesCsv } from './csv.ts';
import { listEvents } from './events.ts';
import { listFindings } from './findings.ts';
import { listImages } from './images.ts';
import { overviewOf } from './overview.ts';
import { listRunImages, listRuns, runLog, runView } from './runs.ts';
import { searchFleet } from './search.ts';
import { listTeams, teamView } from './teams.ts';
import { waiverPage } from './waivers.ts';

const at = (days: number) => new Date(SAMPLE_START + days * DAY).toISOString();
const none = { open: 0, late: 0, due: 0, unmeasured: 0, waived: 0, pendingUpstream: 0, unfixable: 0, endOfLife: 0 };
describeOnStores('views of a fleet as a whole', (stores) => {
  const { clock } = stores;
  let store: FleetStore;
  let run: string;
  beforeEach(async () => {
    store = await stores.open();
    run = await recordSampleFleet(store);
    return () => store.close();
  }, 60_000);

  const page = { limit: 50 };

  it('gives an overview with coverage, burn-down, remediation and the age of repositories', async () => {
    clock.time += 2 * DAY;
    const again = await startRun(store, { shard: '1/1', toolVersion: '1.0.0', images: 1 });
    await recordSample(store, again, {
      result: sampleResult(WEB),
      owner: { team: 'shop' },
      before: [OPENSSL, EXPLOITED, UNFIXED],
      after: [UNFIXED],
    });
    await finishRun(store, again, 'done', { patched: 1 });
    await recordSlaDay(store);
    const overview = await overviewOf(store, { days: 30 });
    expect(overview.coverage).toEqual({
      images: 5,
      byOutcome: { patched: 2, clean: 1, partial: 0, pending: 0, refused: 1, failed: 1, unchecked: 0 },
      byCompliance: { compliant: 3, late: 0, unknown: 2 },
      checkedLastDay: 1,
    });
    expect(overview.sla.tiers[0]).toEqual({
      tier: 'KNOWN_EXPLOITED',
      ...none,
      levelSeconds: { min: 86_400, max: 86_400 },
    });
    expect(overview.sla.tiers[3]).toMatchObject({ tier: 'MEDIUM', open: 3, pendingUpstream: 3 });
    expect(overview.sla.tiers[3]).not.toHaveProperty('levelSeconds');
    expect(overview.sla.burnDown.map(({ day, open, late }) => ({ day, open, late }))).toEqual([
      { day: '2026-01-01', open: 1, late: 0 },
      { day: '2026-01-03', open: 0, late: 0 },
    ]);
    expect(overview.sla.remediation).toEqual({ resolved: 3, inTime: 2, late: 1, p50Seconds: 0, p95Seconds: 172_800 });
    expect(overview.repositories).toMatchObject([
      { id: 'http://deb.example.org/debian bookworm-security main', images: 3, ageSeconds: 2.5 * 86_400 },
    ]);
    expect(overview.runs.map(({ id, status }) => [id, status])).toEqual([
      [again, 'done'],
      [run, 'done'],
    ]);
    expect((await overviewOf(store, { days: 1 })).sla.burnDown).toHaveLength(1);
  });

  it('counts waived findings as such until the waiver ends or is removed', async () => {
    const waiver = await addWaiver(store, {
      vulnerability: 'CVE-2026-2002',
      image: 'registry.example.org/shop/**',
      owner: 'jo@example.org',
      ticket: 'SEC-1',
      reason: 'not reachable',
      justification: 'none',
      expiresAt: clock.time + 8 * DAY,
    });
    const { items } = await waiverPage(store, page);
    expect(items).toMatchObject([{ id: waiver.id, state: 'active', findings: 1, images: 1 }]);
    expect((await listImages(store, { ...page, state: 'waived' })).items).toMatchObject([
      { reference: WEB, states: { open: 2, waived: 1, pendingUpstream: 1, due: 0 }, compliance: 'compliant' },
    ]);
    expect((await teamView(store, { name: 'shop', days: 7 }))?.waivers).toMatchObject([{ id: waiver.id }]);
    expect((await teamView(store, { name: 'infra', days: 7 }))?.waivers).toEqual([]);
    clock.time += 3 * DAY;
    expect((await overviewOf(store, { days: 30 })).waivers).toMatchObject({
      active: 1,
      expiring: [{ id: waiver.id }],
    });
    expect((await listFindings(store, { ...page, reference: WEB })).items[0]).toMatchObject({
      state: 'waived',
      waiver: { id: waiver.id, expiresAt: at(8) },
    });
    await removeWaiver(store, waiver.id);
    // The clock had its whole day left when it was stopped, three days ago.
    expect((await listFindings(store, { ...page, reference: WEB })).items[0]).toMatchObject({
      state: 'due',
      dueAt: at(4),
    });
    clock.time += DAY + 1;
    expect((await listFindings(store, { ...page, reference: WEB })).items[0]).toMatchObject({ state: 'late' });
    expect((await waiverPage(store, { ...page, show: 'ended' })).items).toMatchObject([
      { state: 'removed', findings: 0 },
    ]);
    expect((await waiverPage(store, { ...page, show: 'all', q: 'sec-1' })).total).toBe(1);
    expect((await waiverPage(store, { ...page, show: 'all', q: 'sec-2' })).total).toBe(0);
  });

  it('shows runs with what they made of each image, their log and what was asked for', async () => {
    const shown = await runView(store, run);
    expect(shown).toMatchObject({
      status: 'done',
      trigger: 'command',
      images: 5,
      finished: 5,
      durationSeconds: 0,
      counts: { patched: 1, failed: 1 },
      notes: ['a note'],
    });
    expect(shown?.results.items.map(({ reference }) => reference)).toEqual([BROKEN, OLD, WEB, API, DATABASE]);
    expect((await listRunImages(store, { ...page, id: run, outcome: 'partial' })).items).toMatchObject([
      { reference: WEB, team: 'shop', fixed: 1, pending: 1 },
    ]);
    const request = {
      id: 'asked',
      state: 'queued',
      trigger: 'manual',
      requested_by: 'token ci',
      requested_at: at(1),
      scope: '{"sets":["shop"]}',
      slot: null,
      cancelled_by: null,
      ended_at: null,
      error: null,
    };
    await store.database.insertInto('run_requests').values(request).execute();
    const asked = { status: 'queued', trigger: 'manual', requestedBy: 'token ci', scope: { sets: ['shop'] } };
    expect((await listRuns(store, page)).items).toMatchObject([{ id: 'asked', ...asked }, { id: run }]);
    clock.time += DAY;
    await startRun(store, { id: 'asked', shard: '1/1', toolVersion: '1.0.0', images: 1 });
    await recordSample(store, 'asked', { result: sampleResult(API) });
    expect(await runView(store, 'asked')).toMatchObject({ ...asked, status: 'running', finished: 1 });
    await store.database.updateTable('run_requests').set({ cancelled_by: 'jo' }).where('id', '=', 'asked').execute();
    expect(await listRuns(store, { ...page, status: 'cancelling' })).toMatchObject({ items: [{ id: 'asked' }] });
    const lines = [1, 2, 3].map((sequence) => ({
      run_id: 'asked',
      sequence,
      time: at(1),
      reference: sequence === 2 ? API : '',
      level: 'info',
      message: `line ${sequence}`,
    }));
    await store.database.insertInto('run_logs').values(lines).execute();
    const log = await runLog(store, { id: 'asked', limit: 2, isOver: false });
    expect(log).toMatchObject({ items: [{ message: 'line 1' }, { message: 'line 2', reference: API }], next: '2' });
    expect(await runLog(store, { id: 'asked', limit: 2, cursor: '2', isOver: false })).toMatchObject({
      items: [{ message: 'line 3' }],
      next: '3',
    });
    expect(await runLog(store, { id: 'asked', limit: 2, cursor: '3', isOver: true })).toEqual({ items: [] });
    expect((await runLog(store, { id: 'asked', ...page, reference: API, isOver: true })).items).toHaveLength(1);
    expect(await runView(store, 'unknown')).toBeUndefined();
  });

  it('shows teams, those without a name too', async () => {
    const { items } = await listTeams(store);
    expect(items).toMatchObject([
      { name: '', coverage: { images: 2, byOutcome: { failed: 1, refused: 1 } }, states: none },
      { name: 'infra', coverage: { images: 1 }, states: { open: 1 } },
      { name: 'shop', coverage: { images: 2, byCompliance: { compliant: 2 } }, states: { open: 4, due: 1 } },
    ]);
    const shop = await teamView(store, { name: 'shop', days: 30 });
    expect(shop).toMatchObject({ owners: ['shop@example.org'], images: [{ reference: WEB }, { reference: API }] });
    expect(shop?.sla.burnDown).toMatchObject([{ day: '2026-01-01', open: 1 }]);
    expect(shop?.sla.urgent).toMatchObject([{ reference: WEB, vulnerability: 'CVE-2026-2002' }]);
    expect((await teamView(store, { name: 'infra', days: 30 }))?.sla.urgent).toEqual([]);
    expect(await teamView(store, { name: 'nobody', days: 30 })).toBeUndefined();
  });

  it('finds everything by a part of its name', async () => {
    expect(await searchFleet(store, 'shop')).toMatchObject({
      images: [{ reference: WEB }, { reference: API }],
      teams: [{ name: 'shop', images: 2 }],
      vulnerabilities: [],
    });
    expect(await searchFleet(store, 'ssl')).toMatchObject({
      packages: [{ name: 'libssl3', openImages: 0, patchedImages: 2 }],
      vulnerabilities: [{ id: 'CVE-2026-1001', openImages: 0 }],
    });
    expect((await searchFleet(store, 'cve-2011')).vulnerabilities).toMatchObject([{ id: WILL_NOT_FIX.vulnerability }]);
    expect((await searchFleet(store, run.slice(0, 8))).runs).toMatchObject([{ id: run, status: 'done' }]);
    const nothing = await searchFleet(store, "'; drop table images; --");
    expect(Object.values(nothing).every((list) => list.length === 0)).toBe(true);
  });

  it('pages through the ledger backwards', async () => {
    const first = await listEvents(store, { limit: 2 });
    expect(first.items.map(({ sequence, kind: event }) => [sequence, event])).toEqual([
      [7, 'run-finished'],
      [6, 'image-result'],
    ]);
    const rest = await listEvents(store, { limit: 50, cursor: first.next ?? '' });
    expect(rest.items.map(({ sequence }) => sequence)).toEqual([5, 4, 3, 2, 1]);
    expect(rest).not.toHaveProperty('next');
    expect((await listEvents(store, { ...page, subject: WEB })).items).toMatchObject([
      { kind: 'image-result', data: { outcome: 'partial', run } },
    ]);
    expect((await listEvents(store, { ...page, kind: 'run-started' })).items).toHaveLength(1);
  });

  it('writes images and findings as CSV', async () => {
    const collect = async (pieces: AsyncIterable<string>) => {
      let text = '';
      for await (const piece of pieces) text += piece;
      return text.split('\r\n');
    };
    const images = await collect(imagesCsv(store, {}));
    expect(images).toHaveLength(7);
    expect(images[5]?.split(',').slice(0, 5)).toEqual([WEB, 'shop', 'shop@example.org', 'partial', 'compliant']);
    const findings = await collect(findingsCsv(store, { show: 'all' }));
    expect(findings).toHaveLength(9);
    const line = findings.find((text) => text.includes('CVE-2026-2002'));
    expect(line).toContain(',shop,CVE-2026-2002,libgreet1,HIGH,yes,due,fixed,1.0,1.1,held: dpkg holds it,');
    expect(await collect(findingsCsv(store, { severity: 'HIGH' }))).toHaveLength(3);
  });
});
