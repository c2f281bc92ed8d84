import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { replaceFile } from '../root-files.ts';

/** Writes a list of dpkg as it does: the old file stays as `<path>-old` (a rename of the same inode). */
export function replaceDatabaseFile(context: CommandContext, path: ByteString, text: ByteString): void {
  const { tree } = context;
  if (tree.lstat(path) !== undefined) {
    if (tree.lstat(`${path}-old`) !== undefined) tree.remove(`${path}-old`);
    tree.link(path, `${path}-old`);
  }
  replaceFile(context, path, text);
}
