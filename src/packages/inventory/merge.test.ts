import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { silent } from '../../core/progress.ts';
import { collect, fromBytes } from '../../core/streams.ts';
import type { LayerIndex } from '../../oci/layer/layer-index.ts';
import { LayerStore } from '../../oci/layer/layer-store.ts';
import { MEDIA_TYPES } from '../../oci/model.ts';
import { type TarWriteEntry, writeTar } from '../../oci/tar/write.ts';
import { openTree } from '../../oci/tree/tree.ts';
import type { VirtualTree } from '../../oci/tree/types.ts';
import { analyseLayer } from './layer-facts.ts';
import { mergeLayerFacts } from './merge.ts';

const DATABASES = [
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
  'var/lib/dpkg/status',
  'var/lib/dpkg/status.d/a',
  'var/lib/dpkg/status.d/b',
];
/** Every database, every directory above one, and a neighbour that must not matter. */
const PLACES = [
  ...new Set(DATABASES.flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/')))),
  'lib/apk/keys',
];

type Change = { readonly kind: 'put' | 'remove' | 'opaque'; readonly path: string };
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...DATABASES).map((path) => ({ kind: 'put' as const, path })) },
  fc.constantFrom(...PLACES).map((path) => ({ kind: 'remove' as const, path })),
  fc
    .constantFrom(...PLACES.filter((path) => !DATABASES.includes(path)))
    .map((path) => ({ kind: 'opaque' as const, path })),
);

/** Each put writes a package of its own name, so that what is seen tells which layer it is of. */
function entryOf({ kind, path }: Change, layer: number): TarWriteEntry {
  const meta = { mode: 0o644, uid: 0, gid: 0, mtime: 0, type: 'file' as const };
  const at = path.lastIndexOf('/') + 1;
  if (kind === 'remove') return { name: `${path.slice(0, at)}.wh.${path.slice(at)}`, ...meta, size: 0 };
  if (kind === 'opaque') return { name: `${path}/.wh..wh..opq`, ...meta, size: 0 };
  const body = Buffer.from(contentOf(path, layer));
  return { name: path, ...meta, size: body.length, body: () => [body] };
}

function contentOf(path: string, layer: number): string {
  const name = `${path.replace(/[^a-z]/g, '')}${layer}`;
  return path.includes('apk') ? `P:${name}\nV:1\n\n` : `Package: ${name}\nVersion: 1\n`;
}

async function expand(store: LayerStore, entries: readonly TarWriteEntry[]): Promise<LayerIndex> {
  const tar = await collect(writeTar(entries), 1 << 24, 'tar');
  const descriptor = { mediaType: MEDIA_TYPES.ociLayer, digest: sha256(tar), size: tar.length };
  return store.expand({ descriptor, diffId: descriptor.digest, compressed: () => fromBytes(tar) }, silent);
}

function namesIn(tree: VirtualTree): string[] {
  return DATABASES.flatMap((path) => /(?:P|Package): ?(\S+)/.exec(tree.readText(`/${path}`) ?? '')?.[1] ?? []).sort();
}

describe('mergeLayerFacts', () => {
  it('sees the databases that the merged file system has, whatever layers put and remove', {
    timeout: 60_000,
  }, async () => {
    const cache = mkdtempSync(join(tmpdir(), 'suture-merge-'));
    const store = new LayerStore(cache);
    let seen = 0;
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
          async (layers) => {
            const indexes: LayerIndex[] = [];
            for (const [number, changes] of layers.entries()) {
              const unique = new Map(changes.map((each) => [`${each.kind} ${each.path}`, each]));
              indexes.push(
                await expand(
                  store,
                  [...unique.values()].map((each) => entryOf(each, number)),
                ),
              );
            }
            const expected = namesIn(openTree(indexes));
            const image = mergeLayerFacts(indexes.map((index) => ({ facts: analyseLayer(index) })));
            expect(image.packages.map(({ name }) => name)).toEqual(expected);
            seen += expected.length;
          },
        ),
        { numRuns: 150, seed: 20261120 },
      );
      expect(seen).toBeGreaterThan(100);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});
