import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import type { CommandContext } from '../../types.ts';

/** `-perm MODE`, `-perm -MODE` (all bits) and `-perm /MODE` (any bit) with an octal mode. */
export function permissionTest(context: CommandContext, text: ByteString): (visit: { inode: Inode }) => boolean {
  const match = /^([-/]?)([0-7]{1,4})$/.exec(text);
  if (match === null) return context.notNative(`-perm ${text}`);
  const bits = Number.parseInt(match[2] ?? '0', 8);
  return ({ inode }) => {
    if (match[1] === '-') return (inode.mode & bits) === bits;
    if (match[1] === '/') return bits === 0 || (inode.mode & bits) !== 0;
    return inode.mode === bits;
  };
}
