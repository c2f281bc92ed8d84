import { type ByteString, compareBytes } from '../../../core/bytes.ts';
import type { ScriptType } from '../archive/open.ts';
import type { ApkAcl, InstalledApk } from '../types.ts';
import type { DirectoryState } from './directories.ts';

/** A file as the database records it. */
export interface FileRecord {
  readonly name: ByteString;
  readonly owner: PackageState;
  readonly directory: DirectoryRecord;
  /** Undefined for 0:0 644. */
  readonly acl: ApkAcl | undefined;
  readonly checksum: ByteString | undefined;
}

/** A directory that one package lists. */
export interface DirectoryRecord {
  readonly state: DirectoryState;
  /** Undefined for 0:0 755. */
  acl: ApkAcl | undefined;
  readonly files: Set<FileRecord>;
}

/** A package of the database while packages are applied. */
export interface PackageState {
  readonly name: ByteString;
  readonly version: ByteString;
  readonly identity: ByteString;
  readonly origin: ByteString;
  /** Seconds since the epoch; 0 when not known. */
  readonly buildTime: number;
  /** Lines of the stanza before the files. */
  readonly header: readonly ByteString[];
  replaces: readonly ByteString[];
  replacesPriority: number;
  readonly directories: Map<ByteString, DirectoryRecord>;
  readonly scripts: Map<ScriptType, Uint8Array>;
  triggers: readonly ByteString[];
  /** It is new in this run, so its trigger gets every directory that matches. */
  isNew: boolean;
  /** The record as read, as long as nothing in it changed. */
  verbatim: readonly ByteString[] | undefined;
}

export const DEFAULT_FILE: ApkAcl = { uid: 0, gid: 0, mode: 0o644 };

/** Undefined where the database leaves it out. */
export function recordedAcl(acl: ApkAcl, usual: ApkAcl): ApkAcl | undefined {
  const isUsual = acl.uid === usual.uid && acl.gid === usual.gid && acl.mode === usual.mode && acl.xattrs === undefined;
  return isUsual ? undefined : acl;
}

export function pathOf({ name, directory: { state } }: FileRecord): ByteString {
  return state.path === '' ? name : `${state.path}/${name}`;
}

/** The header of an installed record: all lines up to the first directory. */
export function headerOf({ lines }: InstalledApk): readonly ByteString[] {
  const end = lines.findIndex((line) => line.startsWith('F:'));
  return end < 0 ? lines : lines.slice(0, end);
}

/**
 * The stanza as apk writes it, without the blank line that ends it.
 * @param sortsFiles apk 3 lists the files of a directory by name, earlier ones in the order of the package
 */
export function formatStanza(
  { header, directories, verbatim }: PackageState,
  sortsFiles: boolean,
): readonly ByteString[] {
  if (verbatim !== undefined) return verbatim;
  return [
    ...header,
    ...[...directories].flatMap(([path, { acl, files }]) => [
      `F:${path}`,
      ...(acl === undefined ? [] : [`M:${formatAcl(acl)}`]),
      ...listed(files, sortsFiles).flatMap(({ name, acl: fileAcl, checksum }) => [
        `R:${name}`,
        ...(fileAcl === undefined ? [] : [`a:${formatAcl(fileAcl)}`]),
        ...(checksum === undefined ? [] : [`Z:${checksum}`]),
      ]),
    ]),
  ];
}

function formatAcl({ uid, gid, mode, xattrs }: ApkAcl): ByteString {
  return `${uid}:${gid}:${mode.toString(8)}${xattrs === undefined ? '' : `:${xattrs}`}`;
}

function listed(files: ReadonlySet<FileRecord>, sorts: boolean): readonly FileRecord[] {
  return sorts ? [...files].sort((a, b) => compareBytes(a.name, b.name)) : [...files];
}
