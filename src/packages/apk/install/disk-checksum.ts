import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { checksum } from '../archive/data-members.ts';

/** `Q1…` of what lies at a path: a file's content, a symlink's target; undefined for anything else. */
export function checksumOnDisk(tree: VirtualTree, path: ByteString): ByteString | undefined {
  const inode = tree.lstat(path);
  if (inode?.type === 'file') return checksum(tree.readFile(path));
  return inode?.type === 'symlink' ? checksum(Buffer.from(inode.target ?? '', 'latin1')) : undefined;
}
