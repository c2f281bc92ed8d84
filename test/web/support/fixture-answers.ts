import type { RouteName } from '../../../src/service/api/contract/routes.ts';
import type { NewRun, RunSummary } from '../../../src/service/api/contract/runs.ts';
import type { NewWaiver, Waiver } from '../../../src/service/api/contract/waivers.ts';
import type { DashboardServer } from './dashboard-server.ts';
import { TOKENS } from './dashboard-server.ts';
import { ago, byTier, countStates, digestOf, type FixtureFleet, NOW } from './fixture-fleet.ts';
import { runImagesOf } from './fixture-runs.ts';
import { searchFleet, teamView, teamViews } from './fixture-search.ts';
import {
  DATABASE,
  imageOf,
  overviewOf,
  slaOf,
  summaries,
  vulnerabilityOf,
  vulnerabilitySummaries,
} from './fixture-views.ts';

/** An answer that is not a success. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Question {
  readonly server: DashboardServer;
  readonly fleet: FixtureFleet;
  /** From the path. */
  readonly id: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export type Answer = (question: Question) => unknown;

/** A page of a list: cursors are places in it. */
function pageOf<T>(all: readonly T[], { cursor, limit }: Question['query']) {
  const from = Number(cursor ?? 0);
  const size = Number(limit ?? 50);
  const next = from + size < all.length ? { next: String(from + size) } : {};
  return { items: all.slice(from, from + size), total: all.length, ...next };
}

function has(text: string, part: unknown): boolean {
  return typeof part !== 'string' || text.toLowerCase().includes(part.toLowerCase());
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal(404, 'NOT_FOUND', 'There is no such thing.');
  return value;
}

function session({ role }: DashboardServer) {
  return { name: role === 'viewer' ? 'vera' : 'jo', role, version: '0.1.0' };
}

export const ANSWERS: Partial<Readonly<Record<RouteName, Answer>>> = {
  session: ({ server }) => session(server),
  openSession: ({ server, body }) => {
    const role = TOKENS[(body as { token: string }).token];
    if (role === undefined) throw new Refusal(401, 'UNAUTHENTICATED', 'The token is not known.');
    server.role = role;
    return session(server);
  },
  closeSession: ({ server }) => {
    server.role = undefined;
  },
  overview: ({ fleet }) => overviewOf(fleet),
  images: ({ fleet, query }) => pageOf(sortedImages(fleet, query), query),
  image: ({ fleet, query }) => found(imageOf(fleet, String(query['reference']))),
  imageFindings: ({ fleet, query }) =>
    pageOf(
      fleet.findings
        .filter(({ reference }) => reference === query['reference'])
        .filter(
          ({ resolvedAt }) => query['show'] === 'all' || (resolvedAt !== undefined) === (query['show'] === 'resolved'),
        )
        .filter((finding) => has(`${finding.vulnerability} ${finding.package}`, query['q']))
        .sort((a, b) => byTier(a.tier, b.tier)),
      query,
    ),
  imageHistory: ({ fleet, query }) => pageOf(found(imageOf(fleet, String(query['reference']))).lineage.results, query),
  vulnerabilities: ({ fleet, query }) =>
    pageOf(
      vulnerabilitySummaries(fleet).filter(({ id, title }) => has(`${id} ${title ?? ''}`, query['q'])),
      query,
    ),
  vulnerability: ({ fleet, query }) => found(vulnerabilityOf(fleet, String(query['id']))),
  vulnerabilityFindings: ({ fleet, query }) =>
    pageOf(
      fleet.findings.filter(
        ({ vulnerability, resolvedAt, state }) =>
          vulnerability === query['id'] &&
          (resolvedAt !== undefined) === (query['show'] === 'resolved') &&
          (query['state'] === undefined || state === query['state']),
      ),
      query,
    ),
  runs: ({ fleet, query }) =>
    pageOf(
      fleet.runs.filter(({ status }) => query['status'] === undefined || status === query['status']),
      query,
    ),
  run: ({ fleet, id }) => {
    const run = found(fleet.runs.find((known) => known.id === id));
    return { ...run, results: pageOf(runImagesOf(fleet, run), {}), undiscovered: [], notes: [] };
  },
  runImages: ({ fleet, id, query }) =>
    pageOf(
      runImagesOf(fleet, found(fleet.runs.find((known) => known.id === id))).filter(
        ({ reference, outcome }) =>
          has(reference, query['q']) && (query['outcome'] === undefined || outcome === query['outcome']),
      ),
      query,
    ),
  runLog: ({ fleet, id, query }) => pageOf(fleet.logs.get(id) ?? [], query),
  startRun: ({ server, fleet, body }) => startRun(server, fleet, body as NewRun),
  cancelRun: ({ server, fleet, id }) => {
    const at = fleet.runs.findIndex((run) => run.id === id);
    const run = { ...found(fleet.runs[at]), status: 'cancelled' as const, endedAt: ago(0) };
    fleet.runs[at] = run;
    server.emit({ kind: 'run-finished', run: id, status: 'cancelled', counts: run.counts, at: ago(0) });
    return run;
  },
  waivers: ({ fleet, query }) =>
    pageOf(
      fleet.waivers
        .filter(
          ({ state }) =>
            query['show'] === 'all' || (state === 'active' || state === 'expiring') === (query['show'] === 'current'),
        )
        .filter((waiver) => has(Object.values(waiver).join(' '), query['q'])),
      query,
    ),
  addWaiver: ({ server, fleet, body }) => addWaiver(server, fleet, body as NewWaiver),
  removeWaiver: ({ server, fleet, id }) => {
    const at = fleet.waivers.findIndex((waiver) => waiver.id === id);
    fleet.waivers[at] = { ...found(fleet.waivers[at]), state: 'removed', removedAt: ago(0) };
    server.emit({ kind: 'waiver-changed', waiver: id, change: 'removed', at: ago(0) });
  },
  teams: ({ fleet }) => ({ items: teamViews(fleet) }),
  team: ({ fleet, query }) => {
    const name = String(query['name']);
    const { team, images, open } = found(teamView(fleet, name));
    return { ...team, owners: [`${name}@example.org`], sla: slaOf(open), images: images.slice(0, 10), waivers: [] };
  },
  search: ({ fleet, query }) => searchFleet(fleet, String(query['q'])),
  events: ({ fleet, query }) =>
    pageOf(
      fleet.runs
        .map((run, index) => ({
          sequence: 400 - index,
          time: run.requestedAt,
          kind: index % 3 === 0 ? 'image-result' : 'run-finished',
          subject: index % 3 === 0 ? (fleet.references[index] ?? '') : run.id,
          data:
            index % 3 === 0
              ? { outcome: 'patched', run: run.id }
              : { images: run.finished, actor: { name: 'token t-0123456789 (jo)', address: '192.0.2.7' } },
          hash: digestOf(`event ${index}`),
        }))
        .filter(
          ({ kind, subject }) =>
            (query['kind'] === undefined || kind === query['kind']) && has(subject, query['subject']),
        ),
      query,
    ),
  database: () => DATABASE,
  schedule: () => ({
    items: [
      {
        name: 'nightly',
        cron: '0 2 * * *',
        timeZone: 'UTC',
        jitterSeconds: 600,
        nextAt: new Date(NOW + 36_000_000).toISOString(),
        lastAt: ago(50_400_000),
        lastRun: 'run-100',
      },
    ],
  }),
  exportImages: ({ fleet }) => `reference\r\n${fleet.references.join('\r\n')}\r\n`,
  exportFindings: () => 'reference,vulnerability\r\n',
};

function sortedImages(fleet: FixtureFleet, query: Question['query']) {
  const images = summaries(fleet)
    .filter((image) => has(`${image.reference} ${image.team ?? ''}`, query['q']))
    .filter(({ team }) => query['team'] === undefined || (team ?? '') === query['team'])
    .filter(({ outcome }) => query['outcome'] === undefined || (outcome ?? 'unchecked') === query['outcome'])
    .filter(({ compliance }) => query['compliance'] === undefined || compliance === query['compliance'])
    .filter(({ states }) => query['state'] !== 'late' || states.late > 0);
  const sorted =
    query['sort'] === 'reference'
      ? images.sort((a, b) => (a.reference < b.reference ? -1 : 1))
      : images.sort((a, b) => b.states.late - a.states.late || ((a.nextDueAt ?? '9') < (b.nextDueAt ?? '9') ? -1 : 1));
  return query['order'] === 'desc' ? sorted.reverse() : sorted;
}

function startRun(server: DashboardServer, fleet: FixtureFleet, scope: NewRun): RunSummary {
  const zero = { patched: 0, clean: 0, partial: 0, pending: 0, refused: 0, failed: 0, unchanged: 0 };
  const run: RunSummary = {
    id: `run-${101 + fleet.runs.length}`,
    status: 'queued',
    trigger: 'manual',
    requestedBy: 'jo',
    ...(scope.references === undefined ? {} : { scope }),
    requestedAt: ago(0),
    shard: '1/1',
    finished: 0,
    counts: zero,
  };
  fleet.runs.unshift(run);
  fleet.logs.set(run.id, []);
  server.emit({ kind: 'run-queued', run: run.id, trigger: 'manual', at: ago(0) });
  return run;
}

function addWaiver(server: DashboardServer, fleet: FixtureFleet, given: NewWaiver): Waiver {
  const id = `w-${fleet.waivers.length + 1}`;
  const held = fleet.findings.filter(
    (finding) =>
      finding.vulnerability === given.vulnerability &&
      (given.image === finding.reference || given.image.includes('*')) &&
      finding.resolvedAt === undefined,
  );
  for (const finding of held) {
    finding.state = 'waived';
    finding.waiver = { id, expiresAt: given.expiresAt };
  }
  const waiver: Waiver = {
    ...given,
    id,
    state: 'active',
    createdAt: ago(0),
    findings: countStates(held).waived,
    images: new Set(held.map(({ reference }) => reference)).size,
  };
  fleet.waivers.push(waiver);
  server.emit({ kind: 'waiver-changed', waiver: id, change: 'added', at: ago(0) });
  return waiver;
}
