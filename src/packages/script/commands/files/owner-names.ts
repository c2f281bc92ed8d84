import type { ByteString } from '../../../../core/bytes.ts';
import { readGroups, readPasswd } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';

/** Name of a user of the image as stat(1) prints it. */
export function userName(context: CommandContext, uid: number): ByteString {
  return readPasswd(context.tree).find((user) => user.uid === uid)?.name ?? 'UNKNOWN';
}

/** Name of a group of the image as stat(1) prints it. */
export function groupName(context: CommandContext, gid: number): ByteString {
  return readGroups(context.tree).find((group) => group.gid === gid)?.name ?? 'UNKNOWN';
}
