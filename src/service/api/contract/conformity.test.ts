import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  API,
  BROKEN,
  DAY,
  OLD,
  recordSampleFleet,
  SAMPLE_START,
  TestClock,
  WEB,
} from '../../../../test/support/sample-fleet.ts';
import { FleetStore } from '../../../fleet/store/store.ts';
import { listEvents } from '../../../fleet/views/events.ts';
import { listFindings } from '../../../fleet/views/findings.ts';
import { imageView } from '../../../fleet/views/image.ts';
import { listImages } from '../../../fleet/views/images.ts';
import { overviewOf } from '../../../fleet/views/overview.ts';
import { imageHistory } from '../../../fleet/views/results.ts';
import { listRunImages, listRuns, runLog, runView } from '../../../fleet/views/runs.ts';
import { searchFleet } from '../../../fleet/views/search.ts';
import { listTeams, teamView } from '../../../fleet/views/teams.ts';
import { listVulnerabilities } from '../../../fleet/views/vulnerabilities.ts';
import { vulnerabilityView } from '../../../fleet/views/vulnerability.ts';
import { waiverPage } from '../../../fleet/views/waivers.ts';
import { addWaiver } from '../../../fleet/waivers.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';

const page = { limit: 50 };

describe('what the views say', () => {
  let directory: string;
  let store: FleetStore;
  let run: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'suture-contract-'));
    const clock = new TestClock();
    store = await FleetStore.open(join(directory, 'fleet.db'), clock);
    run = await recordSampleFleet(store);
    await addWaiver(store, {
      vulnerability: 'CVE-2025-3003',
      image: `${API}`,
      package: 'libc6',
      owner: 'jo@example.org',
      ticket: 'SEC-1',
      reason: 'not reachable',
      justification: 'vulnerable_code_not_present',
      expiresAt: SAMPLE_START + 5 * DAY,
    });
    const line = { run_id: run, sequence: 1, time: store.now(), reference: WEB, level: 'warning', message: 'held' };
    await store.database.insertInto('run_logs').values(line).execute();
    clock.time += DAY + 1;
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const database = { present: false, stale: true };
  const answers: readonly (readonly [RouteName, string, () => Promise<unknown>])[] = [
    ['images', 'all', () => listImages(store, page)],
    ['image', 'partly patched', () => imageView(store, WEB)],
    ['image', 'patched', () => imageView(store, API)],
    ['image', 'refused', () => imageView(store, OLD)],
    ['image', 'failed', () => imageView(store, BROKEN)],
    ['imageFindings', 'all', () => listFindings(store, { ...page, reference: API, show: 'all' })],
    ['imageHistory', 'all', () => imageHistory(store, { ...page, reference: API })],
    ['vulnerabilities', 'open', () => listVulnerabilities(store, page)],
    ['vulnerability', 'late', () => vulnerabilityView(store, 'CVE-2026-2002')],
    ['vulnerability', 'gone', () => vulnerabilityView(store, 'CVE-2026-1001')],
    ['runs', 'all', () => listRuns(store, page)],
    ['run', 'done', () => runView(store, run)],
    ['runImages', 'all', () => listRunImages(store, { ...page, id: run })],
    ['runLog', 'all', () => runLog(store, { ...page, id: run, isOver: true })],
    ['waivers', 'current', () => waiverPage(store, page)],
    ['teams', 'all', () => listTeams(store)],
    ['team', 'shop', () => teamView(store, { name: 'shop', days: 30 })],
    ['team', 'without a name', () => teamView(store, { name: '', days: 30 })],
    ['search', 'shop', () => searchFleet(store, 'shop')],
    ['search', 'a package', () => searchFleet(store, 'lib')],
    ['events', 'all', () => listEvents(store, page)],
    [
      'overview',
      'with the parts of the service',
      async () => {
        const { repositories, ...rest } = await overviewOf(store, { days: 30 });
        return { ...rest, knowledge: { database, repositories } };
      },
    ],
  ];

  it.each(answers)('is what the contract says: %s, %s', async (name, _, answer) => {
    const route: Route = ROUTES[name];
    if (route.response === undefined) throw new Error(`${name} has no response`);
    const given = await answer();
    // Parsing drops what the contract does not know: nothing may be left over, and nothing missing.
    expect(route.response.parse(given)).toEqual(given);
    expect(given).toBeDefined();
  });
});

describe('the contract', () => {
  const routes = Object.entries<Route>(ROUTES);

  it.each(routes)('%s can be said in OpenAPI', (_, route) => {
    const { query, parameters, body, response } = route;
    const inputs = [query, parameters, body].filter((schema) => schema !== undefined);
    const documents = [
      ...inputs.map((schema) => z.toJSONSchema(schema, { io: 'input' })),
      ...(response === undefined ? [] : [z.toJSONSchema(response)]),
    ];
    for (const document of documents) expect(JSON.stringify(document)).toContain('"properties"');
  });

  it('names each method and path once', () => {
    const names = routes.map(([, { method, path }]) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('lets only operators change what the fleet does', () => {
    const { startRun, cancelRun, addWaiver: add, removeWaiver } = ROUTES;
    expect([startRun, cancelRun, add, removeWaiver].map(({ role }) => role)).toEqual(Array(4).fill('operator'));
  });

  it('takes queries as they come from a URL, and refuses what it does not know', () => {
    const { query } = ROUTES.images;
    expect(query.parse({ limit: '20', severity: 'HIGH' })).toEqual({ limit: 20, severity: 'HIGH', sort: 'risk' });
    expect(query.safeParse({ limit: '0' }).success).toBe(false);
    expect(query.safeParse({ limit: '501' }).success).toBe(false);
    expect(query.safeParse({ severty: 'HIGH' }).success).toBe(false);
  });
});
