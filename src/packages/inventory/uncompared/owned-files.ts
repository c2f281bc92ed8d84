import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { parseInstalled } from '../../apk/database/installed.ts';
import { readRpmHeaders } from '../../rpm/database/read.ts';
import { RPM_TAGS } from '../../rpm/header/tags.ts';
import { databaseKind } from '../database-paths.ts';

const DPKG_LIST = /^var\/lib\/dpkg\/info\/[^/]+\.list$/;
const DISTROLESS_LIST = /^var\/lib\/dpkg\/status\.d\/[^/]+\.md5sums$/;

/** True for files that say which files the packages of the system brought. */
export function listsOwnedFiles(path: ByteString): boolean {
  if (DPKG_LIST.test(path) || DISTROLESS_LIST.test(path)) return true;
  const kind = databaseKind(path);
  return kind === 'apk' || kind === 'rpm';
}

/**
 * Of these paths those that a package of the system brought: its distribution's advisories speak of them.
 * @param lists Files of the same layer that list the files of packages; one that cannot be read owns nothing.
 */
export function ownedFiles(
  paths: ReadonlySet<ByteString>,
  lists: Iterable<{ readonly path: ByteString; content(): Uint8Array }>,
): ReadonlySet<ByteString> {
  const owned = new Set<ByteString>();
  for (const { path, content } of lists) {
    try {
      for (const listed of listedFiles(path, content())) if (paths.has(listed)) owned.add(listed);
    } catch (error) {
      // The inventory says of a database that it cannot be read.
      if (!isSutureError(error, 'DATABASE_UNREADABLE', 'LIMIT_EXCEEDED')) throw error;
    }
  }
  return owned;
}

function listedFiles(path: ByteString, content: Uint8Array): Iterable<ByteString> {
  const kind = databaseKind(path);
  if (kind === 'rpm') return rpmFiles(content, path);
  const text = bytesToByteString(content);
  if (kind === 'apk') return apkFiles(text, path);
  // `/usr/bin/x` of dpkg, `<md5>  usr/bin/x` of its sums.
  return DPKG_LIST.test(path)
    ? text.split('\n').map((line) => line.slice(1))
    : text.split('\n').map((line) => line.slice(line.indexOf('  ') + 2));
}

function* apkFiles(text: ByteString, what: string): Generator<ByteString> {
  for (const { directories } of parseInstalled(text, what))
    for (const { path, files } of directories)
      for (const { name } of files) yield path === '' ? name : `${path}/${name}`;
}

function* rpmFiles(bytes: Uint8Array, what: string): Generator<ByteString> {
  if (bytes.length === 0) return;
  for (const header of readRpmHeaders(bytes, what).headers) {
    const directories = header.strings(RPM_TAGS.directoryNames);
    const indexes = header.numbers(RPM_TAGS.directoryIndexes);
    for (const [number, name] of header.strings(RPM_TAGS.baseNames).entries())
      yield `${directories[indexes[number] ?? 0] ?? '/'}${name}`.slice(1);
  }
}
