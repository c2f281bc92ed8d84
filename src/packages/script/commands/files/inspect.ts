import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import { absolutePath } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { absolute, basename, dirname, fail, lstat, missingReason, quote, stat } from '../paths.ts';
import { longListing } from './long-listing.ts';
import { groupName, userName } from './owner-names.ts';

type Missing = 'none' | 'last' | 'any';

/** The path without links, `.` and `..`. `missing`: which components need not exist. Undefined when one does not. */
export function canonicalize(context: CommandContext, path: ByteString, missing: Missing): ByteString | undefined {
  if (path === '') return undefined;
  const todo = absolutePath(context.cwd, path)
    .split('/')
    .filter((part) => part !== '');
  let current = '';
  for (let turns = 0; todo.length > 0; turns += 1) {
    if (turns > 2000) return undefined;
    const part = todo.shift() ?? '';
    if (part === '.') continue;
    if (part === '..') {
      current = current.slice(0, Math.max(current.lastIndexOf('/'), 0));
      continue;
    }
    const next = `${current}/${part}`;
    const inode = context.tree.lstat(next);
    if (inode?.type === 'symlink') {
      const target = inode.target ?? '';
      if (target.startsWith('/')) current = '';
      todo.unshift(...target.split('/').filter((piece) => piece !== ''));
      continue;
    }
    if (inode === undefined && (missing === 'none' || (missing === 'last' && todo.length > 0))) return undefined;
    if (inode !== undefined && inode.type !== 'directory' && todo.length > 0 && missing !== 'any') return undefined;
    current = next;
  }
  const result = current === '' ? '/' : current;
  if (path.endsWith('/') && missing !== 'any' && context.tree.lstat(result)?.type !== 'directory')
    return context.notNative(`path ${path}`);
  return result;
}

export function readlink(context: CommandContext): number {
  const options = parseOptions(context, {
    f: 'canonicalize',
    e: 'canonicalize-existing',
    m: 'canonicalize-missing',
    n: 'no-newline',
    q: 'quiet',
    s: 'silent',
    z: 'zero',
  });
  if (options.operands.length === 0) return fail(context, 'missing operand');
  const canonical = options.order.filter((key) => 'fem'.includes(key)).at(-1);
  const end = options.has('z') ? '\0' : options.has('n') && options.operands.length === 1 ? '' : '\n';
  let status = 0;
  for (const operand of options.operands) {
    const target =
      canonical === undefined ? linkTarget(context, operand) : canonicalize(context, operand, missingFor(canonical));
    if (target === undefined) status = 1;
    else context.stdout(target + end);
  }
  return status;
}

function linkTarget(context: CommandContext, operand: ByteString): ByteString | undefined {
  const inode = lstat(context, operand);
  return inode?.type === 'symlink' ? inode.target : undefined;
}

function missingFor(key: string): Missing {
  return key === 'e' ? 'none' : key === 'm' ? 'any' : 'last';
}

export function realpath(context: CommandContext): number {
  const options = parseOptions(context, {
    e: 'canonicalize-existing',
    m: 'canonicalize-missing',
    q: 'quiet',
    z: 'zero',
  });
  if (options.operands.length === 0) return fail(context, 'missing operand');
  const key = options.order.filter((given) => 'em'.includes(given)).at(-1) ?? 'f';
  let status = 0;
  for (const operand of options.operands) {
    const target = canonicalize(context, operand, missingFor(key));
    if (target !== undefined) context.stdout(target + (options.has('z') ? '\0' : '\n'));
    else {
      status = 1;
      if (!options.has('q')) fail(context, `${operand}: ${missingReason(context, operand)}`);
    }
  }
  return status;
}

export function basenameCommand(context: CommandContext): number {
  const options = parseOptions(context, { a: 'multiple', 's:': 'suffix', z: 'zero' }, true);
  const multiple = options.has('a') || options.has('s');
  const { operands } = options;
  if (operands.length === 0 || (!multiple && operands.length > 2)) return context.notNative('operands');
  const suffix = options.value('s') ?? (multiple ? '' : (operands[1] ?? ''));
  for (const operand of multiple ? operands : operands.slice(0, 1)) {
    const name = basename(operand);
    const cut = suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    context.stdout(cut + (options.has('z') ? '\0' : '\n'));
  }
  return 0;
}

export function dirnameCommand(context: CommandContext): number {
  const options = parseOptions(context, { z: 'zero' });
  if (options.operands.length === 0) return fail(context, 'missing operand');
  for (const operand of options.operands) context.stdout(dirname(operand) + (options.has('z') ? '\0' : '\n'));
  return 0;
}

export function statCommand(context: CommandContext): number {
  const options = parseOptions(context, { 'c:': 'format', 'printf:': '', L: 'dereference' });
  const format = options.value('c') ?? options.value('printf');
  if (format === undefined) return context.notNative('without a format');
  if (options.has('printf') && /\\(?!n)/.test(format)) return context.notNative(`format ${format}`);
  if (options.operands.length === 0) return fail(context, 'missing operand');
  let status = 0;
  for (const operand of options.operands) {
    const inode = options.has('L') ? stat(context, operand) : lstat(context, operand);
    if (inode === undefined) {
      status = fail(context, `cannot statx ${quote(context, operand)}: ${missingReason(context, operand)}`);
      continue;
    }
    const text = format.replace(/%(.?)/gs, (_, directive: string) => statField(context, directive, operand, inode));
    context.stdout(options.has('c') ? `${text}\n` : text.replaceAll('\\n', '\n'));
  }
  return status;
}

function statField(context: CommandContext, directive: string, operand: ByteString, inode: Inode): string {
  const types = {
    file: inode.size === 0 ? 'regular empty file' : 'regular file',
    directory: 'directory',
    symlink: 'symbolic link',
    character: 'character special file',
    block: 'block special file',
    fifo: 'fifo',
  };
  switch (directive) {
    case '%':
      return '%';
    case 'a':
      return inode.mode.toString(8);
    case 'u':
      return String(inode.uid);
    case 'g':
      return String(inode.gid);
    case 'U':
      return userName(context, inode.uid);
    case 'G':
      return groupName(context, inode.gid);
    case 'n':
      return operand;
    case 'Y':
      return String(inode.mtime);
    case 'F':
      return types[inode.type];
    case 's':
      // The size of a directory depends on the file system.
      if (inode.type === 'directory') return context.notNative('size of a directory');
      return String(inode.type === 'symlink' ? (inode.target ?? '').length : inode.size);
    default:
      return context.notNative(`format %${directive}`);
  }
}

/** Names, one per line, as `ls` writes them into a pipe; with -l or -n the details of one file. */
export function ls(context: CommandContext): number {
  const options = parseOptions(context, {
    '1': '',
    a: 'all',
    A: 'almost-all',
    d: 'directory',
    L: 'dereference',
    l: '',
    n: 'numeric-uid-gid',
  });
  const follow = options.has('L');
  const long = options.has('l') || options.has('n');
  const operands = options.operands.length === 0 ? ['.'] : [...options.operands].sort();
  if (operands.length > 1 && (long || !options.has('d'))) return context.notNative('several operands');
  let status = 0;
  for (const operand of operands) {
    const inode = stat(context, operand) ?? (follow ? undefined : lstat(context, operand));
    if (inode === undefined) {
      fail(context, `cannot access ${quote(context, operand)}: ${missingReason(context, operand)}`);
      status = 2;
    } else if (long) {
      // A link is listed itself, unless -L follows it.
      const listed = follow ? inode : (lstat(context, operand) ?? inode);
      context.stdout(longListing(context, operand, listed, options.has('n')));
    } else if (inode.type !== 'directory' || options.has('d')) context.stdout(`${operand}\n`);
    else {
      // It would complain about every dangling link.
      if (follow) context.notNative('-L on a directory');
      const names = context.tree.readdir(absolute(context, operand));
      const shown = options.has('a') ? ['.', '..', ...names] : names;
      for (const name of shown) {
        if (name.startsWith('.') && !options.has('a') && !options.has('A')) continue;
        context.stdout(`${name}\n`);
      }
    }
  }
  return status;
}
