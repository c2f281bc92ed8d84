import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../servers/postgres.ts';
import { databaseBytes, metadataBytes } from '../support/database-artifact.ts';
import { imageOf } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { FleetWorld, report } from './support/fleet-world.ts';
import { isBlobPull, isBlobUpload, isManifestPut } from './support/recording-proxy.ts';
import { FIRST_TAG, LATER_SECURITY, LATER_TAG, STABLE, World } from './support/world.ts';

const programs = postgresPrograms();
let databases = 0;
const STORES = [
  { kind: 'SQLite', isUsable: true, open: () => world.path('fleet.db') },
  {
    kind: 'PostgreSQL (Debian package postgresql)',
    isUsable: programs !== undefined,
    open: () => postgres?.database(`fleet${++databases}`) ?? '',
  },
] as const;

let world: World;
let fleet: FleetWorld;
let postgres: PostgresServer | undefined;
beforeAll(async () => {
  world = await World.open();
  if (programs !== undefined) postgres = await startPostgres(programs);
});
afterAll(async () => {
  postgres?.close();
  await world.close();
});
beforeEach(async () => {
  await world.publishFirst();
  fleet = await FleetWorld.open(world);
  return () => fleet.close();
});

function list(references: readonly string[]): string {
  const path = world.path('images.txt');
  writeFileSync(path, references.join('\n'));
  return path;
}

const writes = (lines: readonly string[]) => lines.filter((line) => isBlobUpload(line) || isManifestPut(line));

describe.each(STORES)('with a store on $kind,', ({ isUsable, open }) => {
  const place = () => ['--store', open()];

  describe.skipIf(!isUsable)('a run over thirty images on three bases', () => {
    it('patches each, then does nothing while nothing changes, then patches what has news', async () => {
      const references = await fleet.pushMany(3, 10);
      const args = ['--images', list(references), ...place()];
      const first = await fleet.run(args);
      const { images, counts } = report(first);
      expect(first.code).toBe(0);
      expect(counts).toMatchObject({ patched: 30, unchanged: 0 });
      expect(images.map(({ result }) => result.publishedReference)).toEqual(
        references.map((reference) => `${reference}-patched-${FIRST_TAG}`),
      );
      for (const { result, pushed } of images) {
        expect(pushed).toBe(true);
        expect(await fleet.digestOf(result.publishedReference ?? '')).toBe(result.publishedDigest);
      }

      fleet.proxy.take();
      const second = report(await fleet.run(args));
      const log = fleet.proxy.take();
      expect(second.counts).toMatchObject({ patched: 30, unchanged: 30 });
      expect(log.filter((line) => isBlobPull(line))).toEqual([]);
      expect(writes(log)).toEqual([]);
      for (const reference of references) {
        const [, repository] = /\/(.*):1$/.exec(reference) ?? [];
        expect(log.filter((line) => line.includes(`/v2/${repository}/`)).length).toBeLessThan(3);
      }
      // Not even with an empty cache, as on another machine.
      const elsewhere = report(await fleet.run(args, { cache: world.path('cache') }));
      expect(elsewhere.counts.unchanged).toBe(30);
      expect(fleet.proxy.take().filter((line) => isBlobPull(line))).toEqual([]);

      await world.archive.publish(STABLE, LATER_SECURITY);
      const third = report(await fleet.run(args));
      expect(third.counts).toMatchObject({ patched: 30, unchanged: 0 });
      expect(third.images[0]?.result.publishedReference).toBe(`${references[0]}-patched-${LATER_TAG}`);
      expect(await fleet.digestOf(`${references[0]}-patched-${FIRST_TAG}`)).toBe(images[0]?.result.publishedDigest);
    }, 180_000);
  });

  describe.skipIf(!isUsable)('a run', () => {
    it('keeps a failure with its image, and tells of it', async () => {
      const good = await fleet.push(await world.image(), 'team/good:1');
      const clean = await fleet.push(await world.image({ packages: [] }), 'team/clean:1');
      const unknown = await fleet.push(imageOf([await makeTar({ '/a': 'b' })], {}), 'team/unknown:1');
      const missing = `${fleet.proxy.host}/team/missing:1`;
      const finished = await fleet.run(['--images', list([good, clean, unknown, missing]), ...place()]);
      const { images, counts } = report(finished);
      expect(finished.code).toBe(3);
      expect(counts).toMatchObject({ patched: 1, clean: 1, refused: 1, failed: 1 });
      const byName = Object.fromEntries(
        images.map(({ result }) => [result.reference.slice(fleet.proxy.host.length + 1), result]),
      );
      expect(byName['team/clean:1']).toMatchObject({
        outcome: 'clean',
        publishedReference: clean,
        publishedDigest: await fleet.digestOf(clean),
      });
      expect(byName['team/unknown:1']?.detail.error?.code).toBe('OS_UNKNOWN');
      expect(byName['team/missing:1']?.detail.error?.code).toBe('IMAGE_NOT_FOUND');
      expect((await fleet.run(['--images', list([missing]), ...place()])).code).toBe(1);
      expect((await fleet.run(['--images', list([unknown]), ...place()])).code).toBe(4);
    });

    it('patches equal images once and gives each its name', async () => {
      const image = await world.image();
      const references = [await fleet.push(image, 'one/app:1'), await fleet.push(image, 'two/app:2')];
      const { images } = report(await fleet.run(['--images', list(references), ...place()]));
      expect(images.map(({ result }) => result.publishedReference)).toEqual(
        references.map((reference) => `${reference}-patched-${FIRST_TAG}`),
      );
      const [first, second] = images.map(({ result }) => result.publishedDigest);
      expect(first).toBe(second);
      for (const { result } of images) expect(await fleet.digestOf(result.publishedReference ?? '')).toBe(first);
    });

    it('publishes and records nothing in a dry run', async () => {
      const reference = await fleet.push(await world.image(), 'team/dry:1');
      const args = ['--images', list([reference]), ...place()];
      fleet.proxy.take();
      expect(report(await fleet.run([...args, '--dry-run'])).counts.patched).toBe(1);
      expect(writes(fleet.proxy.take())).toEqual([]);
      expect(report(await fleet.run(args)).images[0]).toMatchObject({ unchanged: false, pushed: true });
    });

    it('divides the fleet among shards, each image to one', async () => {
      const references = await fleet.pushMany(3, 2);
      const [store, images] = [place(), list(references)];
      const seen: string[] = [];
      for (const shard of ['1/3', '2/3', '3/3']) {
        const { images: done } = report(await fleet.run(['--images', images, ...store, '--shard', shard]));
        seen.push(...done.map(({ result }) => result.reference));
        // Images of one base stay together.
        const bases = (name: string) => name.split('/')[1] ?? '';
        for (const base of new Set(done.map(({ result }) => bases(result.reference))))
          expect(done.filter(({ result }) => bases(result.reference) === base)).toHaveLength(2);
      }
      expect(seen.sort()).toEqual([...references].sort());
    });

    it('reads suture.yaml: tags by rule, another registry path, a whole registry', async () => {
      for (const tag of ['1.2.0', '1.10.0', '1.9.0-slim', 'latest'])
        await fleet.push(await world.image({ config: { Cmd: [tag] } }), `lib/greet:${tag}`);
      const config = world.path('suture.yaml');
      const write = (images: string) =>
        writeFileSync(
          config,
          `apiVersion: suture.dev/v1alpha1\nkind: Fleet\ndefaults: {target: "${fleet.proxy.host}/fixed"}\nimages:\n${images}`,
        );
      write(`  - repository: ${fleet.proxy.host}/lib/greet\n    tags: {newest: {count: 2, by: semver}}\n`);
      const store = place();
      const { images, notes } = report(await fleet.run(['-c', config, ...store]));
      expect(images.map(({ result }) => result.publishedReference)).toEqual(
        ['1.10.0', '1.9.0-slim'].map((tag) => `${fleet.proxy.host}/fixed/lib/greet:${tag}-patched-${FIRST_TAG}`),
      );
      expect(notes.join()).toContain('1 tags have no place in the order: latest');
      write(`  - registry: ${fleet.proxy.host}\n    repositories: ^lib/\n`);
      const whole = report(await fleet.run(['-c', config, ...store]));
      expect(whole.counts).toMatchObject({ patched: 4, unchanged: 2 });
    });

    it("keeps Copa's fixed tags, with a number for the next patch of an image", async () => {
      for (const team of ['a', 'b'])
        await fleet.push(await world.image({ config: { Cmd: [team] } }), `team-${team}/redis:7`);
      const config = world.path('copa.yaml');
      const image = (team: string) =>
        `  - name: ${team}\n    image: ${fleet.proxy.host}/team-${team}/redis\n    tags: {strategy: list, list: ["7"]}\n`;
      writeFileSync(
        config,
        `apiVersion: copa.sh/v1alpha1\nkind: PatchConfig\ntarget: {registry: ${fleet.proxy.host}/safe}\nimages:\n${image('a')}${image('b')}`,
      );
      const args = ['-c', config, ...place()];
      const names = async () =>
        report(await fleet.run(args)).images.map(({ result }) => result.publishedReference?.split('/safe/')[1]);
      expect(await names()).toEqual(['team-a/redis:7-patched', 'team-b/redis:7-patched']);
      await world.archive.publish(STABLE, LATER_SECURITY);
      expect(await names()).toEqual(['team-a/redis:7-patched-1', 'team-b/redis:7-patched-1']);
      expect(await names()).toEqual(['team-a/redis:7-patched-1', 'team-b/redis:7-patched-1']);
    });

    it('fills a lost store from the registry, and pushes nothing then', async () => {
      const reference = await fleet.push(await world.image(), 'team/lost:1');
      const images = list([reference]);
      const before = report(await fleet.run(['--images', images, ...place()]));
      const store = place();
      const rebuilt = await world.call(['store', 'rebuild', '--output', 'json', '--images', images, ...store]);
      expect(JSON.parse(rebuilt.stdout)).toMatchObject({
        recovered: [{ reference, publishedReference: before.images[0]?.result.publishedReference }],
        failures: [],
      });
      fleet.proxy.take();
      expect(report(await fleet.run(['--images', images, ...store])).images[0]).toMatchObject({
        pushed: false,
        result: { outcome: 'patched' },
      });
      expect(writes(fleet.proxy.take())).toEqual([]);
      expect((await world.call(['store', 'verify', ...store])).stdout).toContain('events, as they were written');
    });
  });

  describe.skipIf(!isUsable)('a run with a vulnerability database', () => {
    it('fixes what is at or above the threshold only, and keeps count of findings', async () => {
      const directory = world.path('database');
      const files = world.path('files');
      mkdirSync(directory);
      mkdirSync(files);
      const advisories = {
        'data-source': { 'debian 12': { ID: 'debian', Name: 'made-up' } },
        'debian 12': {
          greet: { 'CVE-2025-0001': { FixedVersion: '1.0-1+deb1u1' } },
          notes: { 'CVE-2025-0009': { FixedVersion: '2.1' } },
        },
        vulnerability: { 'CVE-2025-0001': { Severity: 'HIGH' }, 'CVE-2025-0009': { Severity: 'LOW' } },
      };
      writeFileSync(join(files, 'trivy.db'), databaseBytes(directory, advisories));
      writeFileSync(join(files, 'metadata.json'), metadataBytes(new Date().toISOString()));
      const reference = await fleet.push(await world.image(), 'team/scanned:1');
      const config = world.path('suture.yaml');
      const policy = (severity: string) =>
        writeFileSync(
          config,
          `apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages:\n  - images: ["${reference}"]\n    severity: ${severity}\n    sla: {HIGH: 24h}\n`,
        );
      const args = ['-c', config, ...place()];
      policy('CRITICAL');
      const without = await fleet.run(args, { cache: world.path('empty') });
      expect([without.code, report(without).images[0]?.result.detail.error?.code]).toEqual([4, 'DATABASE_MISSING']);
      expect((await world.call(['db', 'import', files])).code).toBe(0);
      const above = report(await fleet.run(args));
      expect(above.images[0]?.result).toMatchObject({ outcome: 'clean', publishedReference: reference });
      expect(above.sla?.counts).toEqual({ 'pending-upstream': 3 });
      expect(report(await fleet.run(args)).counts.unchanged).toBe(1);
      policy('HIGH');
      const fixed = report(await fleet.run(args));
      expect(fixed.images[0]?.result.outcome).toBe('patched');
      expect(fixed.sla?.counts).toEqual({ met: 2, 'pending-upstream': 1 });
      expect(report(await fleet.run(args)).counts.unchanged).toBe(1);
    });
  });

  describe.skipIf(!isUsable)('a run that is ended', () => {
    it('gives the images in hand back at SIGTERM and lets the next run in at once', async () => {
      const references = await fleet.pushMany(2, 4);
      const args = ['--images', list(references), ...place()];
      // The registry falls silent, so that the run is in the middle for certain.
      let answered = 0;
      fleet.proxy.fault = () => (++answered > 40 ? { hang: true } : undefined);
      const stopped = await world.run(fleet.runLine(args), {
        started: (child) => {
          const watch = setInterval(() => {
            if (answered <= 40) return;
            clearInterval(watch);
            child.kill('SIGTERM');
          }, 20);
        },
      });
      fleet.proxy.fault = () => undefined;
      expect(stopped.code).toBe(143);
      const next = await fleet.run(args);
      expect(report(next).counts).toMatchObject({ patched: 8, failed: 0 });
      expect((await world.call(['store', 'verify', ...args.slice(2)])).code).toBe(0);
    }, 120_000);

    it('lets no second run work with the same store', async () => {
      const reference = await fleet.push(await world.image(), 'team/lock:1');
      const args = ['--images', list([reference]), ...place()];
      fleet.proxy.fault = () => ({ hang: true });
      // What earlier tests asked for does not say that the first run holds the store.
      fleet.proxy.take();
      const stop = new AbortController();
      const first = world.run(fleet.runLine(args), {
        started: (child) => stop.signal.addEventListener('abort', () => void child.kill('SIGTERM')),
      });
      while (fleet.proxy.take().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const second = await fleet.run(args);
      stop.abort();
      await first;
      expect(second.code).toBe(1);
      expect(JSON.parse(second.stdout)).toMatchObject({ kind: 'Error', code: 'STORE_LOCKED' });
    }, 60_000);
  });
});
