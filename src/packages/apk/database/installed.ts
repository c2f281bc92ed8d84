import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { ApkAcl, ApkDirectory, ApkField, ApkFile, InstalledApk } from '../types.ts';

/** Where apk keeps its database, relative to the root; the second since Wolfi and Chainguard merged /lib into /usr/lib. */
export const APK_DATABASE_PATHS: readonly string[] = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];

/** Letters that describe files; all others are fields of the package. */
const FILE_LETTERS = new Set(['F', 'M', 'R', 'a', 'Z']);

/**
 * Reads `installed`: stanzas of `letter:value` lines, separated by blank lines, a package each.
 * @param what Names the file in messages.
 * @throws SutureError DATABASE_UNREADABLE for a line of another shape, a stanza without name or version, a file outside a directory
 */
export function parseInstalled(text: ByteString, what: string): InstalledApk[] {
  const packages: InstalledApk[] = [];
  let stanza: ByteString[] = [];
  const end = (): void => {
    if (stanza.length > 0) packages.push(packageOf(stanza, `${what}, package ${packages.length + 1}`));
    stanza = [];
  };
  for (const line of text.split('\n')) {
    if (line === '') end();
    else stanza.push(line);
  }
  end();
  return packages;
}

function packageOf(lines: readonly ByteString[], what: string): InstalledApk {
  const fields: ApkField[] = [];
  const files = new FileList(what);
  for (const line of lines) {
    if (line.charAt(1) !== ':') throw unreadable(what, `"${line.slice(0, 60)}" is not a field`);
    const field = { letter: line.charAt(0), value: line.slice(2) };
    if (FILE_LETTERS.has(field.letter)) files.add(field);
    else fields.push(field);
  }
  const value = (letter: string): ByteString => fields.find((field) => field.letter === letter)?.value ?? '';
  const words = (letter: string): readonly ByteString[] =>
    value(letter)
      .split(/ +/)
      .filter((word) => word !== '');
  if (value('P') === '' || value('V') === '') throw unreadable(what, 'it has no name or version');
  const buildTime = Number(value('t'));
  return {
    name: value('P'),
    version: value('V'),
    arch: value('A'),
    identity: value('C'),
    origin: value('o'),
    license: value('L'),
    maintainer: value('m'),
    depends: words('D'),
    provides: words('p'),
    installIf: words('i'),
    replaces: words('r'),
    buildTime: Number.isSafeInteger(buildTime) ? buildTime : 0,
    directories: files.directories,
    fields,
    lines,
  };
}

interface OpenDirectory extends ApkDirectory {
  readonly files: ApkFile[];
}

/** `F:` opens a directory, `R:` a file of it; `M:` and `a:` give metadata to the one opened last, `Z:` the checksum. */
class FileList {
  readonly directories: OpenDirectory[] = [];
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  add({ letter, value }: ApkField): void {
    if (letter === 'F') {
      this.directories.push({ path: value, files: [] });
      return;
    }
    const directory = this.directories.at(-1);
    if (directory === undefined) throw unreadable(this.#what, `"${letter}:" stands before the first directory`);
    if (letter === 'M') this.directories[this.directories.length - 1] = { ...directory, acl: this.#acl(value) };
    else if (letter === 'R') directory.files.push({ name: value });
    else this.#describe(directory.files, letter, value);
  }

  #describe(files: ApkFile[], letter: string, value: ByteString): void {
    const file = files.pop();
    if (file === undefined) throw unreadable(this.#what, `"${letter}:" stands before the first file`);
    files.push(letter === 'a' ? { ...file, acl: this.#acl(value) } : { ...file, checksum: value });
  }

  #acl(value: ByteString): ApkAcl {
    const match = /^(\d{1,10}):(\d{1,10}):([0-7]{1,5})(?::(.+))?$/.exec(value);
    if (match === null) throw unreadable(this.#what, `"${value.slice(0, 60)}" is not uid:gid:mode`);
    const [, uid, gid, mode, xattrs] = match;
    const acl = { uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode ?? '', 8) };
    return xattrs === undefined ? acl : { ...acl, xattrs };
  }
}

function unreadable(what: string, why: string): SutureError {
  return new SutureError('DATABASE_UNREADABLE', `${what}: ${why}`);
}
