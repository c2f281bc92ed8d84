import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import type { DatabasePackage } from './database-facts.ts';
import { FactsCache } from './facts-cache.ts';
import type { LayerFacts } from './layer-facts.ts';
import { mergeLayerFacts } from './merge.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-facts-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const pkg = (name: string, version = '1'): DatabasePackage => ({
  id: `${name}@${version}`,
  name,
  version,
  release: '1é\n',
  epoch: 0,
  arch: 'amd64',
  src: { name, version, release: '', epoch: 0 },
  licenses: [],
  dependsOn: [],
});

const facts = (layer: string, more: Partial<LayerFacts>): LayerFacts => ({
  diffId: sha256(layer),
  removes: [],
  databases: [],
  os: [],
  problems: [],
  ...more,
});

const STATUS = 'var/lib/dpkg/status';
const base = facts('base', {
  os: [{ family: 'debian', name: '12.5', extended: false }],
  databases: [{ path: STATUS, packages: [pkg('a'), pkg('b')], problems: [] }],
});
const above = facts('above', {
  databases: [
    { path: STATUS, packages: [pkg('a'), pkg('b'), pkg('c')], problems: [] },
    { path: 'lib/apk/db/installed', packages: [], problems: [{ kind: 'package-invalid', detail: 'odd' }] },
    { path: 'usr/lib/apk/db/installed', packages: [pkg('d')], problems: [] },
  ],
});

describe('cached facts', () => {
  it('come back as they were put, with databases of any number of packages', async () => {
    const cache = new FactsCache(directory);
    for (const each of [base, above, facts('empty', {})]) {
      await cache.put(each);
      expect(await cache.get(each.diffId)).toEqual(each);
      expect(await new FactsCache(directory).get(each.diffId)).toEqual(each);
    }
    expect(await cache.get(sha256('other'))).toBeUndefined();
  });

  it('share one object for the same package, and one list for the same database', async () => {
    const cache = new FactsCache(directory);
    const same = facts('same', { databases: base.databases });
    for (const each of [base, above, same]) await cache.put(each);
    const [first, second, third] = [
      await cache.get(base.diffId),
      await cache.get(above.diffId),
      await cache.get(same.diffId),
    ];
    expect(second?.databases[0]?.packages[0]).toBe(first?.databases[0]?.packages[0]);
    expect(third?.databases[0]?.packages).toBe(first?.databases[0]?.packages);
  });

  it.each([
    ['cut', (text: string) => text.slice(0, -3)],
    ['changed', (text: string) => text.replace('"b"', '"x"')],
    ['without its digest', (text: string) => text.slice(72)],
    ['of another layer', (text: string) => signed(text.slice(72).replace(base.diffId, sha256('x')))],
    ['of an older version', (text: string) => signed(JSON.stringify({ version: 1, facts: base }) + text.slice(0, 0))],
    ['empty', () => ''],
  ])('that are %s are made again', async (_, damage) => {
    await new FactsCache(directory).put(base);
    const path = join(directory, 'facts/sha256', `${base.diffId.slice(7)}.json`);
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    expect(await new FactsCache(directory).get(base.diffId)).toBeUndefined();
  });
});

function signed(document: string): string {
  return `${sha256(document)}\n${document}`;
}

describe('an inventory without attribution', () => {
  it('is that with attribution but for the layers, and shares its packages between images', async () => {
    const cache = new FactsCache(directory);
    for (const each of [base, above]) await cache.put(each);
    const layers = async () => [
      { facts: (await cache.get(base.diffId)) ?? base },
      { facts: (await cache.get(above.diffId)) ?? above },
    ];
    const attributed = mergeLayerFacts(await layers());
    const plain = mergeLayerFacts(await layers(), 'none');
    expect(attributed.packages.map(({ layer }) => layer?.diffId)).toEqual([
      ...[base.diffId, base.diffId],
      ...[above.diffId, above.diffId],
    ]);
    expect(plain).toEqual({ ...attributed, packages: attributed.packages.map(({ layer: _, ...found }) => found) });
    expect(mergeLayerFacts(await layers(), 'none').packages[0]).toBe(plain.packages[0]);
  });

  it('keeps what Red Hat says of the layer, which decides about advisories', () => {
    const info = { contentSets: ['rhel-9'] };
    const redHat = [{ facts: { ...base, buildInfo: info } }, { facts: above }];
    const [a] = mergeLayerFacts(redHat, 'none').packages;
    expect([a?.buildInfo, a?.layer]).toEqual([info, undefined]);
  });
});
