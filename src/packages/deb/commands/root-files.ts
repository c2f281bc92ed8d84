import { type ByteString, byteStringToBytes } from '../../../core/bytes.ts';
import type { CommandContext } from '../../script/types.ts';

/** Replaces a file the way these programs do it: a new file of root, renamed over the old one. */
export function replaceFile(context: CommandContext, path: ByteString, text: ByteString, mode = 0o644): void {
  context.tree.writeFile(path, byteStringToBytes(text), { mode, uid: 0, gid: 0, mtime: context.sourceDate });
}

/** Creates a symlink of root; what was there is replaced. */
export function placeLink(context: CommandContext, target: ByteString, path: ByteString): void {
  if (context.tree.lstat(path) !== undefined) context.tree.remove(path);
  context.tree.symlink(target, path, { mode: 0o777, uid: 0, gid: 0, mtime: context.sourceDate });
}

/** `mkdir -p` with mode 0755. */
export function makePath(context: CommandContext, path: ByteString): void {
  let current = '';
  for (const part of path.split('/').filter((name) => name !== '')) {
    current += `/${part}`;
    const inode = context.tree.stat(current);
    if (inode === undefined) {
      context.tree.mkdir(current, { mode: 0o755, uid: 0, gid: 0, mtime: context.sourceDate });
    } else if (inode.type !== 'directory') context.notNative(`${current} is no directory`);
  }
}

/** Target of the symlink at `path`; undefined for anything else. */
export function readLink(context: CommandContext, path: ByteString): ByteString | undefined {
  const inode = context.tree.lstat(path);
  return inode?.type === 'symlink' ? inode.target : undefined;
}
