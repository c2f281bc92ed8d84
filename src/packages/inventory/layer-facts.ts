import { type ByteString, byteStringToText, bytesToByteString } from '../../core/bytes.ts';
import type { Digest } from '../../core/digest.ts';
import { isSutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import type { LayerIndex } from '../../oci/layer/layer-index.ts';
import type { TarType } from '../../oci/tar/entry.ts';
import { APK_REPOSITORIES_PATH, readApkStream } from '../os/apk-stream.ts';
import { isBuildInfoFile, mergeBuildInfo, readBuildInfo } from '../os/build-info.ts';
import type { ApkStream } from '../os/merge.ts';
import { RELEASE_FILES, readReleaseFile } from '../os/release-files.ts';
import { readRpmManifest } from '../rpm/database/manifest.ts';
import { readRpmDatabase } from '../rpm/database/read.ts';
import { hasCommittedChanges, withWriteAheadLog } from '../rpm/database/sqlite-wal.ts';
import type { DatabaseFacts } from './database-facts.ts';
import { type DatabaseKind, DPKG_AVAILABLE, databaseKind, holdsDatabase, LOG_SUFFIX } from './database-paths.ts';
import { readApkDatabase } from './read-apk.ts';
import { readChiselDatabase } from './read-chisel.ts';
import { type KnownDigests, readDpkgAvailable, readDpkgDatabase } from './read-dpkg.ts';
import { scanRpmPackages } from './read-rpm.ts';
import type { BuildInfo, InventoryProblem, ScannedOs } from './types.ts';
import { type UncomparedGroup, uncomparedInLayer } from './uncompared/layer.ts';

/**
 * What one layer says about packages and operating system, independent of the layers around it: made once for each diff ID
 * and kept, so that a known layer is never pulled again.
 */
export interface LayerFacts {
  readonly diffId: Digest;
  /** Paths, relative to the root, that this layer removes with all below: white-outs, opaque directories, replaced directories. */
  readonly removes: readonly ByteString[];
  readonly databases: readonly (DatabaseFacts & { readonly path: ByteString })[];
  /** In the order in which they are merged. */
  readonly os: readonly ScannedOs[];
  readonly repository?: ApkStream;
  readonly buildInfo?: BuildInfo;
  /** About files other than databases. */
  readonly problems: readonly InventoryProblem[];
  /** What lies in the layer besides, and is compared with nothing; absent when there is nothing. */
  readonly uncompared?: readonly UncomparedGroup[];
  /** All that white-outs and opaque directories remove; absent when there are none. */
  readonly whiteouts?: readonly ByteString[];
}

/** The part of a layer index that the analysis needs. */
export type AnalysedLayer = Pick<LayerIndex, 'diffId' | 'count' | 'path' | 'type' | 'entry' | 'read'>;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * Reads what is of interest in a layer in one pass over its index. Only regular files count, as in Trivy; a database that
 * cannot be read is recorded as a problem, not thrown.
 */
export function analyseLayer(layer: AnalysedLayer): LayerFacts {
  const { files, removes, links, whiteouts } = interestingEntries(layer);
  const text = (path: string): ByteString | undefined => {
    const entry = files.get(path);
    return entry === undefined ? undefined : bytesToByteString(contentOf(layer, entry, path));
  };
  const available = text(DPKG_AVAILABLE);
  const digests = available === undefined ? new Map<string, string>() : readDpkgAvailable(available);
  const paths = [...files.keys()].sort();
  const databases = [...links].map(linkProblem);
  for (const path of paths) {
    const kind = databaseKind(path);
    if (kind !== undefined) databases.push(readDatabase(layer, files, path, kind, digests));
  }
  const os = [...RELEASE_FILES.keys()].flatMap((path) => {
    const content = text(path);
    return content === undefined ? [] : (readReleaseFile(path, content) ?? []);
  });
  const { repository, problems } = apkStream(text(APK_REPOSITORIES_PATH));
  const buildInfo = layerBuildInfo(paths, text);
  const uncompared = uncomparedInLayer(layer);
  return {
    diffId: layer.diffId,
    removes,
    databases,
    os,
    ...(repository === undefined ? {} : { repository }),
    ...(buildInfo === undefined ? {} : { buildInfo }),
    problems,
    ...(uncompared.length === 0 ? {} : { uncompared }),
    ...(whiteouts.length === 0 ? {} : { whiteouts }),
  };
}

interface InterestingEntries {
  /** Regular files by path, the last of several entries. */
  readonly files: ReadonlyMap<string, number>;
  readonly removes: readonly string[];
  readonly whiteouts: readonly string[];
  /** Links in the place of a database: its content lies elsewhere. */
  readonly links: ReadonlySet<string>;
}

function interestingEntries(layer: AnalysedLayer): InterestingEntries {
  const files = new Map<string, number>();
  const removes = new Set<string>();
  const whiteouts = new Set<string>();
  const links = new Set<string>();
  for (let index = 0; index < layer.count; index++) {
    const path = layer.path(index);
    const type = layer.type(index);
    const removed = whitedOut(path);
    if (removed !== undefined) {
      whiteouts.add(removed);
      if (holdsDatabase(removed)) removes.add(removed);
    } else if (type === 'file' && isInteresting(path)) {
      files.set(path, index);
      links.delete(path);
    } else if (type !== 'directory' && replacesDatabase(path, type)) {
      removes.add(path);
      files.delete(path);
      if (databaseKind(path) !== undefined && (type === 'symlink' || type === 'hardlink')) links.add(path);
    }
  }
  return { files, removes: [...removes].sort(), links, whiteouts: [...whiteouts].sort() };
}

/**
 * What is no directory takes the place of a directory below it. A symlink does not count there: where the directory
 * was one before, as /lib on a merged /usr, an applier wrote the database through it.
 */
function replacesDatabase(path: ByteString, type: TarType): boolean {
  return databaseKind(path) !== undefined || (type !== 'symlink' && holdsDatabase(path));
}

/** What a white-out removes; an opaque directory counts as itself, as its own new content comes after. */
function whitedOut(path: ByteString): ByteString | undefined {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (!name.startsWith(WHITEOUT)) return undefined;
  const directory = slash < 0 ? '' : path.slice(0, slash);
  if (name === OPAQUE) return directory;
  return directory === '' ? name.slice(WHITEOUT.length) : `${directory}/${name.slice(WHITEOUT.length)}`;
}

function isInteresting(path: ByteString): boolean {
  if (databaseKind(path) !== undefined || RELEASE_FILES.has(path) || isBuildInfoFile(path)) return true;
  return path === APK_REPOSITORIES_PATH || path === DPKG_AVAILABLE;
}

function contentOf(layer: AnalysedLayer, index: number, path: string): Uint8Array {
  const { offset, size } = layer.entry(index);
  checkLimit(`${byteStringToText(path)} in the image`, size, LIMITS.wholeFile);
  return layer.read(offset, size);
}

function readDatabase(
  layer: AnalysedLayer,
  files: InterestingEntries['files'],
  path: string,
  kind: DatabaseKind,
  digests: KnownDigests,
): LayerFacts['databases'][number] {
  const shown = byteStringToText(path);
  const content = (of: string): Uint8Array | undefined => {
    const index = files.get(of);
    return index === undefined ? undefined : contentOf(layer, index, of);
  };
  try {
    return { path, ...parseDatabase(content, path, kind, digests) };
  } catch (error) {
    if (!isSutureError(error, 'DATABASE_UNREADABLE', 'LIMIT_EXCEEDED')) throw error;
    return { ...unreadable(shown, error.message), path };
  }
}

function parseDatabase(
  content: (path: string) => Uint8Array | undefined,
  path: string,
  kind: DatabaseKind,
  digests: KnownDigests,
): DatabaseFacts {
  const bytes = content(path);
  const shown = byteStringToText(path);
  // A placeholder: it says that there is no package, and hides what lower layers say.
  if (bytes === undefined || bytes.length === 0) return { packages: [], problems: [] };
  switch (kind) {
    case 'dpkg-status':
      return readDpkgDatabase(bytesToByteString(bytes), shown, digests);
    case 'dpkg-status-directory':
      return readDpkgDatabase(bytesToByteString(bytes), shown, digests, true);
    case 'apk':
      return readApkDatabase(bytesToByteString(bytes), shown);
    case 'rpm': {
      const log = content(`${path}${LOG_SUFFIX}`);
      return scanRpmPackages(
        readRpmDatabase(log === undefined ? bytes : withWriteAheadLog(bytes, log), shown).packages,
      );
    }
    case 'rpm-manifest':
      return scanRpmPackages(readRpmManifest(bytesToByteString(bytes), shown), true);
    case 'chisel':
      return readChiselDatabase(bytes, shown);
    case 'rpm-log':
      // Beside its database it was applied to that; alone in a layer it changes the one of a layer below.
      return content(path.slice(0, -LOG_SUFFIX.length)) !== undefined || !hasCommittedChanges(bytes)
        ? { packages: [], problems: [] }
        : unreadable(shown, 'it holds changes of an rpm database that lies in another layer');
  }
}

function unreadable(path: string, detail: string): LayerFacts['databases'][number] {
  return { path, packages: [], problems: [{ kind: 'database-unreadable', path, detail }] };
}

function linkProblem(path: string): LayerFacts['databases'][number] {
  return unreadable(byteStringToText(path), 'it is a link in its layer, and links to a database are not followed');
}

function apkStream(text: ByteString | undefined): Pick<LayerFacts, 'repository' | 'problems'> {
  try {
    const repository = text === undefined ? undefined : readApkStream(text);
    return { ...(repository === undefined ? {} : { repository }), problems: [] };
  } catch (error) {
    if (!isSutureError(error, 'INVALID_DATA')) throw error;
    return { problems: [{ kind: 'os-contradictory', path: APK_REPOSITORIES_PATH, detail: error.message }] };
  }
}

function layerBuildInfo(
  paths: readonly string[],
  text: (path: string) => ByteString | undefined,
): BuildInfo | undefined {
  let merged: BuildInfo | undefined;
  for (const path of paths.filter(isBuildInfoFile)) {
    const info = readBuildInfo(path, text(path) ?? '');
    if (info !== undefined) merged = mergeBuildInfo(merged, info);
  }
  return merged;
}
