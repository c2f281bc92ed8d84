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
} from '../../../test/support/sample-fleet.ts';
import { startRun } from '../store/runs.ts';
import type { FleetStore } from '../store/store.ts';
import { listFindings } from './findings.ts';
import { imageView } from './image.ts';
import { listImages } from './images.ts';
import { imageHistory } from './results.ts';
import { listVulnerabilities } from './vulnerabilities.ts';
import { vulnerabilityView } from './vulnerability.ts';

const at = (days: number) => new Date(SAMPLE_START + days * DAY).toISOString();
const none = { open: 0, late: 0, due: 0, unmeasured: 0, waived: 0, pendingUpstream: 0, unfixable: 0, endOfLife: 0 };
describeOnStores('views of images and findings', (stores) => {
  const { clock } = stores;
  let store: FleetStore;
  let run: string;
  beforeEach(async () => {
    store = await stores.open();
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
    expect(await references({ vulnerability: UNFIXED.vulnerability, sort: 'reference' })).toEqual([DATABASE, API, WEB]);
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
    expect(image?.resolved.items).toMatchObject([{ vulnerability: 'CVE-2026-1001', state: 'met', resolvedAt: at(0) }]);
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
});
