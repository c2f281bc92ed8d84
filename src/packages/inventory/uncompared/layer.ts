import type { ByteString } from '../../../core/bytes.ts';
import { checkLimit, LIMITS } from '../../../core/limits.ts';
import type { LayerIndex } from '../../../oci/layer/layer-index.ts';
import { inDirectory, type UncomparedFile, type UncomparedKind, uncomparedFile } from './kind.ts';
import { listsOwnedFiles, ownedFiles } from './owned-files.ts';
import { programKind } from './program.ts';

/** What it removes may be named like one of them. */
const WHITEOUT = /(?:^|\/)\.wh\.[^/]+$/;

/** Files of one layer that no package of the system brought; the names are sorted. */
export interface UncomparedGroup extends Pick<UncomparedFile, 'kind' | 'place'> {
  readonly names: readonly ByteString[];
}

type SearchedLayer = Pick<LayerIndex, 'count' | 'path' | 'type' | 'entry' | 'read'>;

/**
 * What one layer holds that is compared with no advisory: SBOMs, packages of languages, Go and Rust programs. What packages of the
 * system brought, as the layer's own lists say, is left out: its distribution's advisories speak of it.
 */
export function uncomparedInLayer(layer: SearchedLayer): readonly UncomparedGroup[] {
  const candidates = new Map<ByteString, UncomparedFile>();
  const lists = new Map<ByteString, number>();
  for (let index = 0; index < layer.count; index++) {
    if (layer.type(index) !== 'file') continue;
    const path = layer.path(index);
    if (WHITEOUT.test(path)) continue;
    const found = uncomparedFile(path) ?? program(layer, index, path);
    if (found !== undefined) candidates.set(path, found);
    else if (listsOwnedFiles(path)) lists.set(path, index);
  }
  if (candidates.size === 0) return [];
  const owned = ownedFiles(
    new Set(candidates.keys()),
    [...lists].map(([path, index]) => ({ path, content: () => contentOf(layer, index, path) })),
  );
  return grouped([...candidates].flatMap(([path, found]) => (owned.has(path) ? [] : [found])));
}

function program(layer: SearchedLayer, index: number, path: ByteString): UncomparedFile | undefined {
  const { mode, size, offset } = layer.entry(index);
  if ((mode & 0o111) === 0) return undefined;
  const kind = programKind(size, (at, length) => layer.read(offset + at, length));
  return kind === undefined ? undefined : inDirectory(kind, path);
}

function contentOf(layer: SearchedLayer, index: number, path: ByteString): Uint8Array {
  const { offset, size } = layer.entry(index);
  checkLimit(`${path} in the image`, size, LIMITS.wholeFile);
  return layer.read(offset, size);
}

function grouped(files: readonly UncomparedFile[]): readonly UncomparedGroup[] {
  const groups = new Map<string, { kind: UncomparedKind; place: ByteString; names: Set<ByteString> }>();
  for (const { kind, place, name } of files) {
    const key = `${kind} ${place}`;
    const group = groups.get(key) ?? { kind, place, names: new Set() };
    group.names.add(name);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { kind, place, names }]) => ({ kind, place, names: [...names].sort() }));
}
