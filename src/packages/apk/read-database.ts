import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import type { VirtualTree } from '../../oci/tree/types.ts';
import { parseWorld } from './database/configuration.ts';
import { APK_DATABASE_PATHS, parseInstalled } from './database/installed.ts';
import { type Dialect, dialectOf } from './install/dialect.ts';
import { type Dependency, parseDependency } from './resolve/dependency.ts';
import type { InstalledApk } from './types.ts';

/** apk's database in an image. */
export interface ApkDatabase {
  /** Absolute path of the directory that holds `installed`, as found. */
  readonly directory: ByteString;
  readonly packages: readonly InstalledApk[];
  /** What was asked for, in the order of /etc/apk/world. */
  readonly world: readonly Dependency[];
  readonly architecture: string;
  readonly dialect: Dialect;
}

export function hasApkDatabase(tree: VirtualTree): boolean {
  return databasePath(tree) !== undefined;
}

/** @throws SutureError DATABASE_UNREADABLE, LIMIT_EXCEEDED */
export function readApkDatabase(tree: VirtualTree): ApkDatabase {
  const path = databasePath(tree);
  if (path === undefined) throw new SutureError('DATABASE_UNREADABLE', 'the image has no apk database');
  const packages = parseInstalled(tree.readText(path, LIMITS.wholeFile) ?? '', path);
  const names = new Set<ByteString>();
  for (const { name } of packages) {
    if (names.has(name)) throw new SutureError('DATABASE_UNREADABLE', `${path} has two records of ${name}`);
    names.add(name);
  }
  const directory = path.slice(0, path.lastIndexOf('/'));
  return {
    directory,
    packages,
    world: parseWorld(tree.readText('/etc/apk/world', LIMITS.packageControl) ?? '').map(parseDependency),
    architecture: architectureOf(tree, packages),
    dialect: dialectOf(packages, tree, directory),
  };
}

function databasePath(tree: VirtualTree): ByteString | undefined {
  return APK_DATABASE_PATHS.map((path) => `/${path}`).find((path) => tree.stat(path)?.type === 'file');
}

/** /etc/apk/arch, whose first line is the image's own; without it the commonest of the packages. */
function architectureOf(tree: VirtualTree, packages: readonly InstalledApk[]): string {
  const configured = tree.readText('/etc/apk/arch', 4096)?.split('\n')[0]?.trim() ?? '';
  if (configured !== '') return configured;
  const counts = new Map<string, number>();
  for (const { arch } of packages) if (arch !== '' && arch !== 'noarch') counts.set(arch, (counts.get(arch) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}
