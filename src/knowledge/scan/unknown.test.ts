import { expect, it } from 'vitest';
import { withAdvisories } from '../../../test/support/advisory-database.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { matchInventory } from './match-inventory.ts';
import { FleetEvaluator } from './re-evaluate.ts';
import { unknownsOfInventory } from './unknown.ts';

const IMAGE: ScannedImage = {
  os: { family: 'debian', name: '12.5', extended: false },
  packages: [],
  problems: [],
  uncompared: [
    {
      kind: 'node',
      count: 12,
      places: [6, 2, 1, 1, 1, 1].map((count, number) => ({ path: `app${number}/node_modules`, count })),
    },
    { kind: 'sbom', count: 1, places: [{ path: '', count: 1 }] },
    { kind: 'component', count: 2, places: [] },
  ],
};

it('names what is compared with no advisory, with its number and places', () => {
  const places = 'app0/node_modules (6), app1/node_modules (2), app2/node_modules (1), app3/node_modules (1)';
  expect(unknownsOfInventory(IMAGE)).toEqual([
    {
      kind: 'language-packages',
      scope: 'package',
      subject: '12 Node.js packages',
      detail: `12 Node.js packages in ${places}, app4/node_modules (1), 1 more place are not compared with any advisory`,
    },
    {
      kind: 'sbom-unread',
      scope: 'package',
      subject: '1 SBOM file',
      detail: '1 SBOM file in / (1) is not read: packages that only SBOMs list are not compared with any advisory',
    },
    {
      kind: 'language-packages',
      scope: 'package',
      subject: '2 packages of languages',
      detail: '2 packages of languages are not compared with any advisory',
    },
  ]);
});

it('says so in a scan and when a fleet is compared anew, also of a system that is not known', () => {
  withAdvisories({ 'debian 12': {}, vulnerability: {} }, (database) => {
    const { os: _, ...nameless } = IMAGE;
    for (const image of [IMAGE, nameless]) {
      const scanned = matchInventory(database, image, { name: 'app' }, 0).unknowns;
      for (const unknowns of [scanned, new FleetEvaluator(database, 0).evaluate(image).unknowns])
        expect(unknowns).toEqual(expect.arrayContaining(unknownsOfInventory(IMAGE)));
    }
  });
});
