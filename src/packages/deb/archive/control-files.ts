import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import type { TarMember } from '../../../oci/tar/entry.ts';
import { readTarBuffer } from '../../../oci/tar/read-buffer.ts';
import { parseControl } from '../control/paragraphs.ts';
import type { ControlFile, Paragraph } from '../types.ts';
import { packageInvalid } from './invalid.ts';

/** dpkg's MAXCONTROLFILENAME: longer names are refused, so that `info/<package>.<name>` stays a valid file name. */
const NAME_LIMIT = 50;

export interface ControlArea {
  readonly control: Paragraph;
  readonly controlFiles: ReadonlyMap<ByteString, ControlFile>;
}

/** Reads control.tar. @throws SutureError PACKAGE_INVALID without exactly one valid `control`, or for odd members. */
export function readControlArea(tar: Uint8Array, what: string): ControlArea {
  const files = new Map<ByteString, ControlFile>();
  for (const member of readMembers(tar, what)) {
    const name = member.name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
    // dpkg warns about a directory and goes on without it.
    if (member.type === 'directory') continue;
    if (!/^[A-Za-z0-9][A-Za-z0-9.+_-]*$/.test(name) || name.length > NAME_LIMIT) {
      throw packageInvalid(
        what,
        `control.tar holds a member with the name ${JSON.stringify(member.name.slice(0, 100))}`,
      );
    }
    if (member.type !== 'file') throw packageInvalid(what, `"${name}" of control.tar is a ${member.type}, not a file`);
    if (files.has(name)) throw packageInvalid(what, `"${name}" comes twice in control.tar`);
    files.set(name, { content: member.data.slice(), mode: member.mode, mtime: member.mtime });
  }
  const file = files.get('control');
  if (file === undefined) throw packageInvalid(what, 'control.tar has no "control"');
  files.delete('control');
  const control = parseControl(bytesToByteString(file.content), { what: `${what}, control` });
  for (const field of ['Package', 'Version', 'Architecture']) {
    if ((control.get(field) ?? '') === '') throw packageInvalid(what, `control has no ${field}`);
  }
  return { control, controlFiles: files };
}

function readMembers(tar: Uint8Array, what: string): TarMember[] {
  try {
    return readTarBuffer(tar, `${what}, control.tar`);
  } catch (error) {
    if (isSutureError(error, 'TAR_INVALID', 'IMAGE_UNSUPPORTED')) throw packageInvalid(what, error.message, error);
    throw error;
  }
}
