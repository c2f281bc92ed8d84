import type { ByteString } from '../../core/bytes.ts';
import { APK_DATABASE_PATHS } from '../apk/database/installed.ts';
import { CHISEL_MANIFEST_PATH } from '../deb/chisel/manifest.ts';
import { RPM_DATABASE_PATHS, RPM_MANIFEST_PATH } from '../rpm/database/read.ts';

export const DPKG_STATUS = 'var/lib/dpkg/status';
export const DPKG_AVAILABLE = 'var/lib/dpkg/available';
const STATUS_DIRECTORY = 'var/lib/dpkg/status.d';

/** SQLite's write-ahead log: changes that are not in the database file itself. */
export const LOG_SUFFIX = '-wal';
const RPM_LOGS = RPM_DATABASE_PATHS.filter((path) => path.endsWith('.sqlite')).map((path) => `${path}${LOG_SUFFIX}`);

export type DatabaseKind =
  | 'dpkg-status'
  | 'dpkg-status-directory'
  | 'apk'
  | 'rpm'
  | 'rpm-manifest'
  | 'rpm-log'
  | 'chisel';

const KINDS: ReadonlyMap<ByteString, DatabaseKind> = new Map<ByteString, DatabaseKind>([
  [DPKG_STATUS, 'dpkg-status'],
  ...APK_DATABASE_PATHS.map((path) => [path, 'apk'] as const),
  ...RPM_DATABASE_PATHS.map((path) => [path, 'rpm'] as const),
  ...RPM_LOGS.map((path) => [path, 'rpm-log'] as const),
  [RPM_MANIFEST_PATH, 'rpm-manifest'],
  [CHISEL_MANIFEST_PATH, 'chisel'],
]);

/** Directories on the way to a database: what removes one of them, or takes its place, removes the database. */
const ANCESTORS: ReadonlySet<ByteString> = new Set([
  '',
  STATUS_DIRECTORY,
  ...[...KINDS.keys(), STATUS_DIRECTORY].flatMap((path) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  }),
]);

/** Which package database lies at a path (relative to the root), if any. */
export function databaseKind(path: ByteString): DatabaseKind | undefined {
  const known = KINDS.get(path);
  if (known !== undefined) return known;
  const inDirectory = path.startsWith(`${STATUS_DIRECTORY}/`) && !path.includes('/', STATUS_DIRECTORY.length + 1);
  return inDirectory && !path.endsWith('.md5sums') ? 'dpkg-status-directory' : undefined;
}

/** True when removing `path` removes a package database. */
export function holdsDatabase(path: ByteString): boolean {
  return ANCESTORS.has(path) || databaseKind(path) !== undefined;
}
