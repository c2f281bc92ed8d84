import type { ByteString } from '../../../core/bytes.ts';
import type { Inode } from '../../../oci/tree/types.ts';
import { devicePath } from '../shell/devices.ts';
import { absolutePath, lstatPath, parentPath, statPath } from '../shell/files.ts';
import type { CommandContext } from '../types.ts';

/**
 * `path` made absolute. Paths below /dev, /proc and /sys are no business of a command that changes files; an empty path
 * names nothing, and would stand for the working directory here.
 */
export function absolute(context: CommandContext, path: ByteString): ByteString {
  if (path === '') context.notNative('empty path');
  return outsideDevices(context, path);
}

function outsideDevices(context: CommandContext, path: ByteString): ByteString {
  const full = absolutePath(context.cwd, path);
  if (devicePath(context.tree.resolveParent(full) ?? full) !== undefined) context.notNative(`file ${path}`);
  return full;
}

export function stat(context: CommandContext, path: ByteString): Inode | undefined {
  outsideDevices(context, path);
  return statPath(context.tree, context.cwd, path);
}

export function lstat(context: CommandContext, path: ByteString): Inode | undefined {
  outsideDevices(context, path);
  return lstatPath(context.tree, context.cwd, path);
}

/** Why open or stat of a path fails: ENOTDIR when something on the way is no directory, else ENOENT. */
export function missingReason(context: CommandContext, path: ByteString): string {
  let parent = parentPath(absolutePath(context.cwd, path));
  while (parent !== '/') {
    const inode = context.tree.stat(parent);
    if (inode !== undefined) return inode.type === 'directory' ? 'No such file or directory' : 'Not a directory';
    parent = parentPath(parent);
  }
  return 'No such file or directory';
}

export function basename(path: ByteString): ByteString {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '' : '/';
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

export function dirname(path: ByteString): ByteString {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '.' : '/';
  const slash = trimmed.lastIndexOf('/');
  if (slash < 0) return '.';
  return trimmed.slice(0, slash).replace(/\/+$/, '') || '/';
}

export function joinPath(directory: ByteString, name: ByteString): ByteString {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** Writes `COMMAND: text`, as GNU programs do, and counts as failure. */
export function fail(context: CommandContext, text: ByteString): 1 {
  context.stderr(`${basename(context.argv[0] ?? '')}: ${text}\n`);
  return 1;
}

/** A name in an error message; names that GNU would escape are rare enough to be refused. */
export function quote(context: CommandContext, name: ByteString): string {
  if (/['\\\n\t]|[^ -~]/.test(name)) context.notNative('message about a name with unusual characters');
  return `'${name}'`;
}

export type Input = { readonly text: ByteString } | { readonly error: string };

/** Content of an input operand: `-` and /dev/stdin are standard input. */
export function readInput(context: CommandContext, path: ByteString): Input {
  if (path === '-') return { text: context.stdin };
  const full = absolutePath(context.cwd, path);
  const device = path === '' ? undefined : devicePath(full);
  if (device?.kind === 'null') return { text: '' };
  if (device?.kind === 'standard' && device.descriptor === 0) return { text: context.stdin };
  if (device?.kind === 'standard') return context.notNative(`reading ${path}`);
  const inode = device === undefined ? statPath(context.tree, context.cwd, path) : undefined;
  if (inode === undefined) return { error: path === '' ? 'No such file or directory' : missingReason(context, path) };
  if (inode.type === 'directory') return { error: 'Is a directory' };
  if (inode.type !== 'file') return context.notNative(`reading ${path}, which is no regular file`);
  if (context.outputFile !== undefined && context.tree.stat(context.outputFile)?.ino === inode.ino)
    context.notNative(`reading ${path}, to which the output goes`);
  return { text: context.tree.readText(full) ?? '' };
}

/** Inputs of a filter; without operands standard input. Reports what cannot be read with `describe`. */
export function readInputs(
  context: CommandContext,
  operands: readonly ByteString[],
  describe: (path: ByteString, error: string) => string = (path, error) => `${path}: ${error}`,
): { readonly inputs: readonly { readonly name: ByteString; readonly text: ByteString }[]; readonly failed: boolean } {
  let failed = false;
  const inputs = (operands.length === 0 ? ['-'] : operands).flatMap((name) => {
    const input = readInput(context, name);
    if ('text' in input) return [{ name, text: input.text }];
    failed = true;
    fail(context, describe(name, input.error));
    return [];
  });
  return { inputs, failed };
}

/** Lines without their newlines; a missing newline at the end does not add a line. */
export function splitLines(text: ByteString): ByteString[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The locale treats bytes above 127 as parts of characters: refuse text in which that could matter. */
export function requireSingleBytes(context: CommandContext, text: ByteString): void {
  if (!usesMultibyteLocale(context)) return;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a range of bytes
  if (/[^\x00-\x7f]/.test(text)) context.notNative('text that is not ASCII in a locale other than C');
}

export function usesMultibyteLocale(context: CommandContext): boolean {
  const locale = localeOf(context, 'LC_CTYPE');
  return locale !== '' && locale !== 'C' && locale !== 'POSIX';
}

/** Value of a locale category: LC_ALL over the category over LANG. */
export function localeOf(context: CommandContext, category: 'LC_CTYPE' | 'LC_COLLATE' | 'LC_TIME'): ByteString {
  const { environment } = context;
  return environment.get('LC_ALL') || environment.get(category) || environment.get('LANG') || '';
}
