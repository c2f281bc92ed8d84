import type { ByteString } from '../../../core/bytes.ts';
import { absolutePath, statPath } from './files.ts';
import type { Shell } from './shell.ts';

/** Where a name without a slash is found in the image's PATH: an executable regular file. */
export function findInPath(shell: Shell, name: ByteString): ByteString | undefined {
  const search = shell.get('PATH') ?? shell.notNative('PATH is not set');
  for (const directory of search.split(':')) {
    if (directory === '' || directory === '.') shell.notNative('working directory in PATH');
    const path = `${directory}/${name}`;
    const inode = shell.world.tree.stat(absolutePath(shell.cwd, path));
    if (inode?.type !== 'file') continue;
    if ((inode.mode & 0o111) !== 0) return path;
  }
  return undefined;
}

/** `command` as the kernel would execute it: the path itself, or the first match in PATH. */
export function resolveCommand(shell: Shell, command: ByteString): ByteString | undefined {
  if (!command.includes('/')) return findInPath(shell, command);
  const inode = statPath(shell.world.tree, shell.cwd, command);
  return inode?.type === 'file' && (inode.mode & 0o111) !== 0 ? command : undefined;
}
