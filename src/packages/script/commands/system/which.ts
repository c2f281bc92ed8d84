import type { ByteString } from '../../../../core/bytes.ts';
import { absolutePath } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';

/** Executable regular files that a name stands for, in the order of PATH. */
export function resolveCommandPath(context: CommandContext, name: ByteString): ByteString[] {
  const candidates = name.includes('/')
    ? [name]
    : (context.environment.get('PATH') ?? '').split(':').map((directory) => `${directory || '.'}/${name}`);
  return candidates.filter((path) => {
    const inode = context.tree.stat(absolutePath(context.cwd, path));
    return inode?.type === 'file' && (inode.mode & 0o111) !== 0;
  });
}
