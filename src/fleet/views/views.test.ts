import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
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
  TestClock,
  UNFIXED,
  WEB,
  WILL_NOT_FIX,
} from '../../../test/support/sample-fleet.ts';
import { finishRun, startRun } from '../store/runs.ts';
import { recordSlaDay } from '../store/sla-days.ts';
import { FleetStore } from '../store/store.ts';
import { addWaiver, removeWaiver } from '../waivers.ts';
import { findingsCsv, imagesCsv } from './csv.ts';
import { listEvents } from './events.ts';
import { listFindings } from './findings.ts';
import { imageView } from './image.ts';
import { listImages } from './images.ts';
import { overviewOf } from './overview.ts';
import { imageHistory } from './results.ts';
import { listRunImages, listRuns, runLog, runView } from './runs.ts';
import { searchFleet } from './search.ts';
import { listTeams, teamView } from './teams.ts';
import { listVulnerabilities } from './vulnerabilities.ts';
import { vulnerabilityView } from './vulnerability.ts';
import { waiverPage } from './waivers.ts';

const programs = postgresPrograms();
const at = (days: number) => new Date(SAMPLE_START + days * DAY).toISOString();
const none = { open: 0, late: 0, due: 0, unmeasured: 0, waived: 0, pendingUpstream: 0, unfixable: 0, endOfLife: 0 };

let directory: string;
let names = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-views-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each([
  { kind: 'SQLite', usable: true },
  { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
])('views of a fleet store on $kind', ({ kind, usable }) => {
  describe.skipIf(!usable)('when installed', () => {
    let server: PostgresServer | undefined;
    let store: FleetStore;
    let run: string;
    const clock = new TestClock();
    beforeAll(async () => {
      if (kind !== 'SQLite' && programs !== undefined) server = await startPostgres(programs);
    }, 120_000);
    afterAll(() => server?.close());
    beforeEach(async () => {
      names += 1;
      clock.time = SAMPLE_START;
      store = await FleetStore.open(server?.database(`views${names}`) ?? join(directory, `${names}.db`), clock);
      run = await recordSampleFleet(store);
      return () => store.close();
    }, 60_000);

    const page = { limit: 50 };
    const references = async (query: Partial<Parameters<typeof listImages>[1]>) =>
      (await listImages(store, { ...page, ...query })).items.map(({ reference }) => reference);

    it('lists images by risk, with what is open in each', async () => {
      clock.time += DAY + 1;
      const { items, total } = await listImages(store, page);
      expect(total).toBe(5);
      expect(items.map(({ reference }) => reference)).toEqual([WEB, BROKEN, OLD, API, DATABASE]);
      expect(items[0]).toMatchObject({
        team: 'shop',
        owner: 'shop@example.org',
        set: 'shop',
        outcome: 'partial',
        compliance: 'late',
        states: { ...none, open: 2, late: 1, pendingUpstream: 1 },
        tiers: { KNOWN_EXPLOITED: 1, MEDIUM: 1, HIGH: 0 },
        worst: 'KNOWN_EXPLOITED',
      });
      expect(items[1]).toMatchObject({ compliance: 'unknown', states: none });
      expect(items[3]).toMatchObject({ compliance: 'compliant', states: { open: 2, unfixable: 1 } });
      expect(items[3]).not.toHaveProperty('worst');
    });

    it('lets the database filter, sort and page images', async () => {
      expect(await references({ sort: 'reference' })).toEqual([BROKEN, OLD, DATABASE, API, WEB]);
      expect(await references({ sort: 'reference', order: 'desc' })).toEqual([WEB, API, DATABASE, OLD, BROKEN]);
      expect(await references({ team: 'shop', sort: 'reference' })).toEqual([API, WEB]);
      expect(await references({ team: '', sort: 'reference' })).toEqual([BROKEN, OLD]);
      expect(await references({ q: 'SHOP/W' })).toEqual([WEB]);
      expect(await references({ q: 'sh%p' })).toEqual([]);
      expect(await references({ outcome: 'failed' })).toEqual([BROKEN]);
      expect(await references({ compliance: 'unknown', sort: 'reference' })).toEqual([BROKEN, OLD]);
      expect(await references({ state: 'due' })).toEqual([WEB]);
      expect(await references({ state: 'late' })).toEqual([]);
      expect(await references({ state: 'unfixable' })).toEqual([API]);
      expect(await references({ severity: 'HIGH' })).toEqual([WEB]);
      expect(await references({ vulnerability: UNFIXED.vulnerability, sort: 'reference' })).toEqual([
        DATABASE,
        API,
        WEB,
      ]);
      expect(await references({ vulnerability: OPENSSL.vulnerability })).toEqual([]);
      expect(await references({ package: 'apt' })).toEqual([API]);
      const first = await listImages(store, { limit: 2, sort: 'reference' });
      const second = await listImages(store, { limit: 2, sort: 'reference', cursor: first.next ?? '' });
      const third = await listImages(store, { limit: 2, sort: 'reference', cursor: second.next ?? '' });
      expect([first, second, third].map(({ items }) => items.map(({ reference }) => reference))).toEqual([
        [BROKEN, OLD],
        [DATABASE, API],
        [WEB],
      ]);
      expect(third).not.toHaveProperty('next');
      await expect(listImages(store, { limit: 2, cursor: 'x' })).rejects.toMatchObject({ code: 'USAGE' });
    });

    it('shows an image before and after, its plan, its layers and where it comes from', async () => {
      const image = await imageView(store, WEB);
      expect(image).toMatchObject({
        reference: WEB,
        outcome: 'partial',
        os: { family: 'debian' },
        platforms: ['linux/amd64'],
        before: { CRITICAL: 1, KNOWN_EXPLOITED: 1, MEDIUM: 1, HIGH: 0 },
        after: { CRITICAL: 0, KNOWN_EXPLOITED: 1, MEDIUM: 1, HIGH: 0 },
        result: { run, fixed: 1, changed: 1, pending: 1 },
        plan: {
          steps: [
            {
              package: 'libssl3',
              from: '3.0.11-1',
              to: '3.0.11-1+deb12u2',
              vulnerabilities: ['CVE-2026-1001'],
              size: 2_000_000,
            },
          ],
          pending: [{ package: 'libgreet1', reason: 'held', vulnerabilities: ['CVE-2026-2002'] }],
        },
        layers: [{ ours: false, createdBy: 'ADD rootfs' }, { ours: true }],
        repositories: [{ id: 'http://deb.example.org/debian bookworm-security main' }],
        lineage: { base: { reference: WEB }, sameBase: 0, results: [{ run }] },
      });
      expect(image?.findings.items).toMatchObject([
        {
          vulnerability: 'CVE-2026-2002',
          tier: 'KNOWN_EXPLOITED',
          severity: 'HIGH',
          knownExploited: true,
          state: 'due',
          blockedBy: 'held: dpkg holds it',
          startedAt: at(0),
          dueAt: at(1),
          title: EXPLOITED.title,
        },
        { vulnerability: 'CVE-2025-3003', state: 'pending-upstream' },
      ]);
      expect(image?.resolved.items).toMatchObject([
        { vulnerability: 'CVE-2026-1001', state: 'met', resolvedAt: at(0) },
      ]);
      expect(await imageView(store, 'registry.example.org/nothing:1')).toBeUndefined();
      const failed = await imageView(store, BROKEN);
      expect(failed?.result?.error).toMatchObject({
        code: 'IMAGE_NOT_FOUND',
        retryable: true,
      });
      expect(failed?.findings.items).toEqual([]);
    });

    it('keeps the results of an image, newest first, and knows who shares its base', async () => {
      const again = await startRun(store, { shard: '1/1', toolVersion: '1.0.0', images: 1 });
      clock.time += DAY;
      const base = sampleResult(API).baseDigest;
      await recordSample(store, again, { result: sampleResult(API, { outcome: 'clean' }), before: [], after: [] });
      await recordSample(store, again, {
        result: sampleResult(WEB, base === undefined ? {} : { baseDigest: base }),
        before: [],
        after: [],
      });
      const { items } = await imageHistory(store, { ...page, reference: API });
      expect(items.map(({ run: id, outcome }) => [id, outcome])).toEqual([
        [again, 'clean'],
        [run, 'patched'],
      ]);
      expect((await imageView(store, API))?.lineage.sameBase).toBe(1);
    });

    it('filters and sorts findings', async () => {
      const of = async (query: Partial<Parameters<typeof listFindings>[1]>) =>
        (await listFindings(store, { ...page, ...query })).items.map((row) => `${row.vulnerability} ${row.state}`);
      expect(await of({ reference: API, show: 'all', sort: 'severity' })).toEqual([
        'CVE-2026-1001 met',
        'CVE-2025-3003 pending-upstream',
        'CVE-2011-3374 unfixable',
      ]);
      expect(await of({ reference: API, severity: 'MEDIUM' })).toEqual(['CVE-2025-3003 pending-upstream']);
      expect(await of({ reference: API, q: 'apt' })).toEqual(['CVE-2011-3374 unfixable']);
      expect(await of({ show: 'resolved', q: 'CRAFTED' })).toEqual(['CVE-2026-1001 met', 'CVE-2026-1001 met']);
      expect(await of({ team: 'infra' })).toEqual(['CVE-2025-3003 pending-upstream']);
      const all = await listFindings(store, { limit: 1, vulnerability: UNFIXED.vulnerability });
      expect(all).toMatchObject({ total: 3, next: '1' });
    });

    it('says which images have a vulnerability, and what may run instead', async () => {
      const list = await listVulnerabilities(store, page);
      expect(list.items).toMatchObject([
        { id: 'CVE-2026-2002', tier: 'KNOWN_EXPLOITED', severity: 'HIGH', knownExploited: true, nextDueAt: at(1) },
        { id: 'CVE-2025-3003', tier: 'MEDIUM', images: { open: 3, fixable: 0, late: 0, resolved: 0 } },
        { id: 'CVE-2011-3374', tier: 'LOW', images: { open: 1 } },
      ]);
      const ids = async (query: Partial<Parameters<typeof listVulnerabilities>[1]>) =>
        (await listVulnerabilities(store, { ...page, ...query })).items.map(({ id }) => id);
      expect(await ids({ state: 'resolved' })).toEqual(['CVE-2026-1001']);
      expect(await ids({ state: 'due' })).toEqual(['CVE-2026-2002']);
      expect(await ids({ state: 'pending-upstream' })).toEqual(['CVE-2025-3003']);
      expect(await ids({ team: 'infra' })).toEqual(['CVE-2025-3003']);
      expect(await ids({ package: 'apt' })).toEqual(['CVE-2011-3374']);
      expect(await ids({ q: 'runs what' })).toEqual(['CVE-2026-2002']);
      expect(await ids({ severity: 'HIGH' })).toEqual(['CVE-2026-2002']);
      clock.time += DAY + 1;
      const exploited = await vulnerabilityView(store, 'CVE-2026-2002');
      expect(exploited).toMatchObject({
        images: { open: 1, fixable: 1, late: 1, resolved: 0 },
        states: { ...none, open: 1, late: 1 },
        packages: [{ name: 'libgreet1', images: 1, fixedVersions: ['1.1'] }],
        teams: [{ name: 'shop', open: 1, late: 1 }],
        open: { items: [{ reference: WEB, state: 'late' }] },
      });
      const fixed = await vulnerabilityView(store, 'CVE-2026-1001');
      expect(fixed?.images).toEqual({ open: 0, fixable: 0, late: 0, resolved: 2 });
      expect(fixed?.published).toEqual([
        { reference: API, publishedReference: `${API}-patched-20251231120000` },
        { reference: WEB, publishedReference: `${WEB}-patched-20251231120000` },
      ]);
      expect(await vulnerabilityView(store, 'CVE-1')).toBeUndefined();
    });

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
      expect((await searchFleet(store, 'cve-2011')).vulnerabilities).toMatchObject([
        { id: WILL_NOT_FIX.vulnerability },
      ]);
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
});
