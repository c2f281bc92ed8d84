import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isInstalled } from '../servers/programs.ts';
import { FleetWorld, report } from './support/fleet-world.ts';
import { isBlobPull, isBlobUpload, isManifestPut } from './support/recording-proxy.ts';
import { LATER_SECURITY, LATER_TAG, STABLE, World } from './support/world.ts';

/** `make fleet` takes 10 bases and 20 images on each. */
const BASES = Number(process.env['SUTURE_TEST_FLEET_BASES'] ?? 3);
const EACH = Number(process.env['SUTURE_TEST_FLEET_EACH'] ?? 4);

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

it.skipIf(!isInstalled('docker-registry'))(
  `patches ${BASES * EACH} images at the cost of ${BASES} patches, and then asks less than three times for each`,
  async () => {
    const fleet = await FleetWorld.open(world, { docker: true });
    try {
      const references = await fleet.pushApplications(BASES, EACH);
      const images = world.path('images.txt');
      writeFileSync(images, references.join('\n'));
      const args = ['--images', images, '--store', world.path('fleet.db')];
      const run = async () => {
        fleet.proxy.take();
        const finished = await world.run(fleet.runLine(args));
        expect(finished.code).toBe(0);
        return { document: report(finished), log: fleet.proxy.take() };
      };
      const first = await run();
      const { counts, layersMade, layersShared } = first.document;
      expect(counts).toMatchObject({ patched: BASES * EACH, unchanged: 0 });
      expect([layersMade, layersShared]).toEqual([BASES, BASES * (EACH - 1)]);
      // Each layer is there once, whoever pushed it.
      const digests = new Set(first.document.images.map(({ result }) => result.publishedDigest));
      expect(digests.size).toBe(BASES * EACH);

      const second = await run();
      expect(second.document.counts).toMatchObject({ patched: BASES * EACH, unchanged: BASES * EACH });
      expect(second.document.layersMade).toBe(0);
      expect(second.log.filter((line) => isBlobPull(line) || isBlobUpload(line) || isManifestPut(line))).toEqual([]);
      for (const reference of references) {
        const repository = reference.slice(fleet.proxy.host.length + 1, -2);
        expect(second.log.filter((line) => line.includes(`/v2/${repository}/`)).length).toBeLessThan(3);
      }
      expect(second.log.length).toBeLessThan(3 * references.length);

      await world.archive.publish(STABLE, LATER_SECURITY);
      const third = await run();
      expect(third.document).toMatchObject({ layersMade: BASES, layersShared: BASES * (EACH - 1) });
      expect(third.document.images[0]?.result.publishedReference).toBe(`${references[0]}-patched-${LATER_TAG}`);
      console.info(
        `requests to the registry: first run ${first.log.length}, nothing new ${second.log.length}, news ${third.log.length}`,
      );
    } finally {
      await fleet.close();
    }
  },
  1_800_000,
);
