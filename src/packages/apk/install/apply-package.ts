import type { ByteString } from '../../../core/bytes.ts';
import type { ApkArchive } from '../archive/open.ts';
import type { IndexEntry } from '../repository/index-entry.ts';
import { commitFiles } from './commit-files.ts';
import { recordHeader } from './header.ts';
import { PackageProblem } from './package-problem.ts';
import type { PackageState } from './packages.ts';
import { purgePackage } from './purge.ts';
import type { ScriptRunner } from './run-script.ts';
import type { ApkState } from './state.ts';
import { unpackMembers } from './unpack.ts';

/** One package to be applied: its record in the signed index, and the opened file. */
export interface IncomingApk {
  readonly entry: IndexEntry;
  readonly archive: ApkArchive;
}

/**
 * Applies one package in apk's order: pre-script, files under temporary names, files to their places, the old package's
 * leftovers removed, post-script. The old package's scripts are never run.
 */
export function applyPackage(state: ApkState, { entry, archive }: IncomingApk, run: ScriptRunner): void {
  const old = state.packages.find(({ name }) => name === entry.name);
  // apk does not look into a package that installs nothing.
  const isUnpacked = entry.installedSize !== 0;
  const next = newRecord(entry, isUnpacked ? archive : undefined, tagOf(old));
  const args = old === undefined ? [next.version] : [next.version, old.version];
  state.packages.push(next);
  if (next.triggers.length > 0) state.triggered.push(next);
  if (isUnpacked) {
    run(next, old === undefined ? 'pre-install' : 'pre-upgrade', args);
    const unpacked = unpackMembers(state, next, archive.members);
    const placed = commitFiles(state, next, unpacked);
    if (old !== undefined) purgePackage(state, old, placed);
  } else if (old !== undefined) purgePackage(state, old, new Set());
  if (old !== undefined) state.forget(old);
  run(next, old === undefined ? 'post-install' : 'post-upgrade', args);
}

function newRecord(entry: IndexEntry, archive: ApkArchive | undefined, tag: ByteString | undefined): PackageState {
  const { name, version, identity, origin, buildTime } = entry;
  if (archive !== undefined && archive.identity !== identity)
    throw new PackageProblem('it is not the package of the index');
  return {
    ...{ name, version, identity, origin, buildTime },
    header: recordHeader(entry, archive?.info, tag),
    replaces: archive?.info.replaces ?? [],
    replacesPriority: archive?.info.replacesPriority ?? 0,
    directories: new Map(),
    scripts: new Map(archive?.scripts ?? []),
    triggers: archive?.info.triggers ?? [],
    isNew: true,
    verbatim: undefined,
  };
}

function tagOf(old: PackageState | undefined): ByteString | undefined {
  return old?.header.find((line) => line.startsWith('s:'))?.slice(2);
}
