import { readSync } from 'node:fs';
import { type ArMember, listArMembers } from './ar.ts';
import { packageInvalid } from './invalid.ts';

export type DebCompression = 'none' | 'gz' | 'xz' | 'zst' | 'bz2';

export interface PackedTar extends ArMember {
  readonly compression: DebCompression;
}

export interface DebLayout {
  readonly control: PackedTar;
  readonly data: PackedTar;
}

const CONTROL_SUFFIXES = new Map<string, DebCompression>([
  ['', 'none'],
  ['.gz', 'gz'],
  ['.xz', 'xz'],
  ['.zst', 'zst'],
]);
const DATA_SUFFIXES = new Map<string, DebCompression>([...CONTROL_SUFFIXES, ['.bz2', 'bz2']]);

/**
 * Finds control.tar and data.tar as deb(5) and dpkg-deb do: `debian-binary` 2.x first, then control.tar, then data.tar,
 * members that start with `_` skipped anywhere. What follows data.tar is ignored, but not a second control.tar or
 * data.tar: readers would disagree which one counts.
 * @throws SutureError PACKAGE_INVALID
 */
export function readDebLayout(descriptor: number, fileSize: number, what: string): DebLayout {
  const [version, ...rest] = listArMembers(descriptor, fileSize, what);
  checkVersion(descriptor, version, what);
  const members = rest.filter((member) => !member.name.startsWith('_'));
  const [control, data, ...others] = members;
  if (control === undefined) throw packageInvalid(what, 'no control.tar');
  if (data === undefined) throw packageInvalid(what, 'no data.tar');
  const layout = {
    control: packed(control, 'control.tar', CONTROL_SUFFIXES, what),
    data: packed(data, 'data.tar', DATA_SUFFIXES, what),
  };
  const twice = others.find((member) => /^(control|data)\.tar/.test(member.name));
  if (twice !== undefined) throw packageInvalid(what, `a second "${twice.name}"`);
  return layout;
}

function checkVersion(descriptor: number, member: ArMember | undefined, what: string): void {
  if (member?.name !== 'debian-binary') throw packageInvalid(what, 'the first member is not debian-binary');
  const buffer = Buffer.alloc(Math.min(member.size, 32));
  readSync(descriptor, buffer, 0, buffer.length, member.offset);
  const version = /^([0-9]+)\.[0-9]+\n/.exec(buffer.toString('latin1'))?.[1];
  if (version === undefined) throw packageInvalid(what, 'debian-binary holds no format version');
  if (version !== '2') throw packageInvalid(what, `format version ${version} is not supported (2 is)`);
}

function packed(
  member: ArMember,
  base: string,
  suffixes: ReadonlyMap<string, DebCompression>,
  what: string,
): PackedTar {
  if (!member.name.startsWith(base)) throw packageInvalid(what, `"${member.name}" stands where ${base} belongs`);
  const compression = suffixes.get(member.name.slice(base.length));
  if (compression === undefined) {
    throw packageInvalid(
      what,
      `"${member.name}" has a compression that is not supported (gz, xz, zst, bz2 and none are)`,
    );
  }
  return { ...member, compression };
}
