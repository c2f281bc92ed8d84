import type { ByteString } from '../../../core/bytes.ts';
import type { Redirect } from '../syntax/ast.ts';
import { type Description, type FileAccess, NullDevice, OpenFile, TextSource } from './descriptors.ts';
import { devicePath } from './devices.ts';
import type { Expander } from './expand.ts';
import { absolutePath, mustBeDirectory, newOwnership, parentPath, writeInPlace } from './files.ts';
import { ShellError } from './flow.ts';
import type { Shell } from './shell.ts';

/** Applies redirections in order to the descriptors of the shell. @throws ShellError when a file cannot be opened. */
export function applyRedirects(expander: Expander, redirects: readonly Redirect[]): void {
  const { shell } = expander;
  for (const redirect of redirects) {
    const target = targetOf(expander, redirect);
    const description = resolveTarget(shell, redirect, target);
    if (description === undefined) shell.descriptors.delete(redirect.descriptor);
    else shell.descriptors.set(redirect.descriptor, description);
  }
}

/** A here-document is expanded only when it is opened, where dash lets a script survive a mistake that is fatal elsewhere. */
function targetOf(expander: Expander, { operator, target }: Redirect): ByteString {
  try {
    return expander.text(target);
  } catch (error) {
    if (operator === '<<' && error instanceof ShellError) expander.shell.notNative(`here-document: ${error.text}`);
    throw error;
  }
}

/** What the descriptor will be; undefined to close it. */
function resolveTarget(shell: Shell, { operator }: Redirect, target: ByteString): Description | undefined {
  switch (operator) {
    case '<<':
      return new TextSource(target);
    case '<&':
    case '>&': {
      if (target === '-') return undefined;
      if (!/^[0-9]$/.test(target)) shell.notNative(`redirection to descriptor ${target}`);
      const description = shell.descriptors.get(Number(target));
      if (description === undefined) throw new ShellError(`${target}: Bad file descriptor`);
      return description;
    }
    case '<':
      return openFile(shell, target, { readable: true, writable: false, append: false });
    case '>':
    case '>|':
      return openFile(shell, target, { readable: false, writable: true, append: false });
    case '>>':
      return openFile(shell, target, { readable: false, writable: true, append: true });
    case '<>':
      return shell.notNative('redirection <>');
  }
}

function openFile(shell: Shell, target: ByteString, access: FileAccess): Description {
  const { tree, sourceDate, budget } = shell.world;
  const path = absolutePath(shell.cwd, target);
  const fail = (reason: string): never => {
    throw new ShellError(`cannot ${access.writable ? 'create' : 'open'} ${target}: ${reason}`);
  };
  if (target === '') return fail(access.writable ? 'Directory nonexistent' : 'No such file');
  const device = devicePath(tree.resolveParent(path) ?? path);
  if (device?.kind === 'null') return new NullDevice();
  if (device?.kind === 'standard') return shell.descriptor(device.descriptor);
  if (device?.kind === 'absent') return shell.notNative(`opening ${path}`);
  const inode = tree.stat(path);
  if (!access.writable) {
    if (inode === undefined) return fail('No such file');
    if (inode.type === 'directory') return shell.notNative(`reading the directory ${target}`);
  }
  if (inode === undefined) createFile(shell, path, fail);
  else if (inode.type === 'directory' || mustBeDirectory(target)) return fail('Is a directory');
  else if (inode.type !== 'file') return shell.notNative(`opening ${target}, which is no regular file`);
  else if (access.writable && !access.append) writeInPlace(tree, path, new Uint8Array(), sourceDate);
  return new OpenFile(tree, path, access, sourceDate, budget);
}

function createFile(shell: Shell, path: ByteString, fail: (reason: string) => never): void {
  const { tree, sourceDate } = shell.world;
  if (tree.lstat(path)?.type === 'symlink') shell.notNative(`creating the target of the dangling link ${path}`);
  if (path.endsWith('/')) fail('Is a directory');
  if (tree.stat(parentPath(path))?.type !== 'directory') fail('Directory nonexistent');
  tree.writeFile(path, new Uint8Array(), newOwnership(tree, path, 0o666 & ~shell.umask, sourceDate));
}
