import { readSync } from 'node:fs';
import { packageInvalid } from './invalid.ts';

export interface ArMember {
  /** Without padding and the final slash of the System V variant. */
  readonly name: string;
  /** Where its data lies in the file, in bytes. */
  readonly offset: number;
  readonly size: number;
}

const MAGIC = '!<arch>\n';
const HEADER = 60;
/** A Debian archive has three members and perhaps a signature; a file of thousands is something else. */
const MEMBER_LIMIT = 100;

/**
 * Lists the members of an ar archive (ar(5)) from an open file.
 * @throws SutureError PACKAGE_INVALID when it is no ar archive or is truncated.
 */
export function listArMembers(descriptor: number, fileSize: number, what: string): ArMember[] {
  if (readText(descriptor, 0, MAGIC.length) !== MAGIC)
    throw packageInvalid(what, 'not a Debian package (no ar archive)');
  const members: ArMember[] = [];
  let position = MAGIC.length;
  while (position < fileSize) {
    const header = readText(descriptor, position, HEADER);
    if (header.length < HEADER) throw packageInvalid(what, 'the archive is truncated in a member header');
    const member = parseHeader(header, position + HEADER, what);
    if (member.offset + member.size > fileSize) throw packageInvalid(what, `member "${member.name}" is truncated`);
    if (members.length >= MEMBER_LIMIT) throw packageInvalid(what, `more than ${MEMBER_LIMIT} members`);
    members.push(member);
    position = member.offset + member.size + (member.size % 2);
  }
  return members;
}

function parseHeader(header: string, offset: number, what: string): ArMember {
  if (!header.endsWith('`\n')) throw packageInvalid(what, 'a member header has a wrong end mark');
  const name = header.slice(0, 16).replace(/ +$/, '').replace(/\/$/, '');
  const size = header.slice(48, 58);
  if (!/^[0-9]+ *$/.test(size)) throw packageInvalid(what, `member "${name}" has the size "${size.trim()}"`);
  return { name, offset, size: Number(size) };
}

function readText(descriptor: number, position: number, length: number): string {
  const buffer = Buffer.alloc(length);
  return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, length, position));
}
