import { type ByteString, byteStringToText } from '../../../core/bytes.ts';
import type { UncomparedPackages } from '../types.ts';
import type { UncomparedGroup } from './layer.ts';

/** The part of a layer's facts that says what lies in it uncompared. */
export interface UncomparedFacts {
  readonly uncompared?: readonly UncomparedGroup[];
  /** Paths that white-outs and opaque directories remove with all below. */
  readonly whiteouts?: readonly ByteString[];
}

/** What is left of it in the whole image, by kind; the layers lowest first. Undefined when there is nothing. */
export function mergeUncompared(layers: readonly UncomparedFacts[]): readonly UncomparedPackages[] | undefined {
  const visible = new Map<string, { readonly group: UncomparedGroup; names: ReadonlySet<ByteString> }>();
  for (const { uncompared = [], whiteouts = [] } of layers) {
    if (visible.size > 0 && whiteouts.length > 0) removeBelow(visible, new Set(whiteouts));
    for (const group of uncompared) {
      const key = `${group.kind} ${group.place}`;
      visible.set(key, { group, names: new Set([...(visible.get(key)?.names ?? []), ...group.names]) });
    }
  }
  const kinds = new Map<UncomparedPackages['kind'], { path: string; count: number }[]>();
  for (const { group, names } of visible.values()) {
    if (names.size === 0) continue;
    const places = kinds.get(group.kind) ?? [];
    places.push({ path: byteStringToText(group.place), count: names.size });
    kinds.set(group.kind, places);
  }
  if (kinds.size === 0) return undefined;
  return [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, places]) => ({
      kind,
      count: places.reduce((sum, { count }) => sum + count, 0),
      places: places.sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1)),
    }));
}

function removeBelow(
  visible: Map<string, { readonly group: UncomparedGroup; names: ReadonlySet<ByteString> }>,
  removed: ReadonlySet<ByteString>,
): void {
  for (const [key, { group, names }] of visible) {
    const left = [...names].filter((name) => !isRemoved(group.place === '' ? name : `${group.place}/${name}`, removed));
    if (left.length < names.size) visible.set(key, { group, names: new Set(left) });
  }
}

function isRemoved(path: ByteString, removed: ReadonlySet<ByteString>): boolean {
  if (removed.has('')) return true;
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    if (removed.has(path.slice(0, end))) return true;
  }
  return removed.has(path);
}
