import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../servers/postgres.ts';
import { isInstalled } from '../servers/programs.ts';
import { FleetWorld, report } from './support/fleet-world.ts';
import type { Finished } from './support/program.ts';
import { type Fault, isBlobPull, isBlobUpload, isManifestPut } from './support/recording-proxy.ts';
import { FIRST_TAG, World } from './support/world.ts';

/** Kills for each store; `make chaos` does the 100. */
const KILLS = Number(process.env['SUTURE_TEST_KILLS'] ?? 3);
/** Rounds against a failing registry. */
const FAULTY_RUNS = Number(process.env['SUTURE_TEST_FAULTY_RUNS'] ?? 1);
const BASES = 2;
const EACH = 3;

const programs = postgresPrograms();
let world: World;
let postgres: PostgresServer | undefined;
beforeAll(async () => {
  world = await World.open();
  if (programs !== undefined) postgres = await startPostgres(programs);
});
afterAll(async () => {
  postgres?.close();
  await world.close();
});

let databases = 0;
const STORES = [
  { kind: 'SQLite', isUsable: true, open: () => world.path('fleet.db') },
  {
    kind: 'PostgreSQL (Debian package postgresql)',
    isUsable: programs !== undefined,
    open: () => postgres?.database(`fleet${++databases}`) ?? '',
  },
] as const;

function list(references: readonly string[]): string {
  const path = world.path('images.txt');
  writeFileSync(path, references.join('\n'));
  return path;
}

/** The same numbers in every test run, and as good as random. */
const draw = (seed: string, below: number) => Number.parseInt(sha256(seed).slice(7, 15), 16) % below;

/** Without the host, which differs between registries. */
const byName = (fleet: FleetWorld, document: ReturnType<typeof report>) =>
  Object.fromEntries(
    document.images.map(({ result }) => [
      result.reference.slice(fleet.proxy.host.length + 1),
      [result.publishedReference?.slice(fleet.proxy.host.length + 1), result.publishedDigest],
    ]),
  );

const writes = (lines: readonly string[]) => lines.filter((line) => isBlobUpload(line) || isManifestPut(line));

describe.each(STORES)('with $kind and docker-registry', ({ isUsable, open }) => {
  const isReady = isUsable && isInstalled('docker-registry');
  let fleet: FleetWorld;
  beforeEach(async () => {
    if (!isReady) return;
    await world.publishFirst();
    fleet = await FleetWorld.open(world, { docker: true });
    return () => fleet.close();
  });

  /** What a run gives that nothing disturbs, with a registry, store and cache of its own, and how many requests it takes. */
  async function undisturbed(prefix: string) {
    const other = await FleetWorld.open(world, { docker: true });
    try {
      const references = await other.pushApplications(BASES, EACH, prefix);
      other.proxy.take();
      const args = ['--images', list(references), '--store', world.path('other.db')];
      const finished = await other.run(args, { cache: world.path('other-cache') });
      return { digests: byName(other, report(finished)), requests: other.proxy.take().length };
    } finally {
      await other.close();
    }
  }

  /** Runs the program, and kills it after so many requests and a moment. */
  function killed(args: readonly string[], requests: number, moment: number): Promise<Finished> {
    fleet.proxy.take();
    let watch: NodeJS.Timeout | undefined;
    return world
      .run(fleet.runLine(args), {
        started: (child) => {
          watch = setInterval(() => {
            if (fleet.proxy.requests.length < requests) return;
            clearInterval(watch);
            setTimeout(() => child.kill('SIGKILL'), moment);
          }, 3);
        },
      })
      .finally(() => clearInterval(watch));
  }

  async function verifiedEvents(store: string): Promise<number> {
    const { code, stdout } = await world.call(['store', 'verify', '--output', 'json', '--store', store]);
    expect(code).toBe(0);
    return (JSON.parse(stdout) as { readonly events: number }).events;
  }

  /** Every tag of the registry is whole, and is what it should be. */
  async function expectWhole(expected: Awaited<ReturnType<typeof undisturbed>>['digests']): Promise<void> {
    for (const [name, [reference = '', digest]] of Object.entries(expected)) {
      const published = await fleet.published(name.replace(/:1$/, ''));
      expect(published.flatMap(({ missing }) => missing)).toEqual([]);
      expect([['1'], ['1', `1-patched-${FIRST_TAG}`]]).toContainEqual(published.map(({ tag }) => tag).sort());
      const found = await fleet.digestOf(`${fleet.proxy.host}/${reference}`);
      if (found !== undefined) expect(found).toBe(digest);
    }
  }

  it.skipIf(!isReady)(
    `loses and spoils nothing by kill -9 at ${KILLS} random points (SUTURE_TEST_KILLS says how many)`,
    async () => {
      const store = open();
      let kills = 0;
      for (let round = 0; kills < KILLS; round++) {
        const prefix = `r${round}`;
        const { digests, requests } = await undisturbed(prefix);
        const args = ['--images', list(await fleet.pushApplications(BASES, EACH, prefix)), '--store', store];
        let events = 0;
        // Until a run is through before its end comes.
        for (let attempt = 0; kills < KILLS; attempt++) {
          const seed = `${round} ${attempt}`;
          const { code } = await killed(args, draw(seed, requests), draw(`${seed} moment`, 300));
          if (code === 137) kills++;
          else expect(code).toBe(0);
          const now = await verifiedEvents(store).catch((error: unknown) => (events === 0 ? 0 : Promise.reject(error)));
          expect(now).toBeGreaterThanOrEqual(events);
          events = now;
          await expectWhole(digests);
          if (code === 0) break;
        }
        const last = await world.run(fleet.runLine(args));
        expect(last.code).toBe(0);
        expect(byName(fleet, report(last))).toEqual(digests);
        fleet.proxy.take();
        const again = report(await world.run(fleet.runLine(args)));
        expect(again.counts).toMatchObject({ patched: BASES * EACH, unchanged: BASES * EACH });
        const log = fleet.proxy.take();
        expect([writes(log), log.filter((line) => isBlobPull(line))]).toEqual([[], []]);
        await verifiedEvents(store);
      }
    },
    3_600_000,
  );

  it.skipIf(!isReady)(
    'patches or names every image while a fifth of all requests ends in 429, 500 or a cut connection',
    async () => {
      const store = open();
      for (let round = 0; round < FAULTY_RUNS; round++) {
        const prefix = `f${round}`;
        const { digests } = await undisturbed(prefix);
        const references = await fleet.pushApplications(BASES, EACH, prefix);
        const args = ['--images', list(references), '--store', store];
        let count = 0;
        const faults: readonly Fault[] = [
          { status: 500 },
          { status: 429, headers: { 'retry-after': '0' } },
          { cutAfter: 100 },
        ];
        fleet.proxy.fault = (method, path) => {
          const at = draw(`${round} ${++count} ${method} ${path}`, 15);
          const fault = at < 3 ? faults[at] : undefined;
          // What has no body cannot be cut.
          return fault !== undefined && 'cutAfter' in fault && method !== 'GET' ? { status: 503 } : fault;
        };
        const finished = await world.run(fleet.runLine(args));
        fleet.proxy.fault = () => undefined;
        const { images, counts } = report(finished);
        expect(images).toHaveLength(references.length);
        expect(counts.patched + counts.failed).toBe(references.length);
        expect(finished.code).toBe(counts.failed === 0 ? 0 : counts.patched === 0 ? 1 : 3);
        for (const { result } of images)
          if (result.outcome === 'failed') expect(result.detail.error?.message).toMatch(/\S/);
        await expectWhole(digests);
        const clean = await world.run(fleet.runLine(args));
        expect(clean.code).toBe(0);
        expect(byName(fleet, report(clean))).toEqual(digests);
        await verifiedEvents(store);
      }
    },
    3_600_000,
  );
});
