import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import { newOwnership, parentPath, writeInPlace } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { type Options, parseOptions } from '../options.ts';
import { absolute, basename, fail, joinPath, lstat, missingReason, quote, stat } from '../paths.ts';

interface CopyMode {
  readonly recursive: boolean;
  /** Copy links as links; in a recursive copy always so below the operands. */
  readonly keepLinks: boolean;
  readonly mode: boolean;
  readonly ownership: boolean;
  readonly timestamps: boolean;
  readonly xattrs: boolean;
  readonly hardLinks: boolean;
  readonly removeFirst: boolean;
  readonly noClobber: boolean;
  /** Copies of inodes with several names, by inode number. */
  readonly copied: Map<number, ByteString>;
}

const OPTIONS = {
  a: 'archive',
  d: '',
  f: 'force',
  n: 'no-clobber',
  p: '',
  P: 'no-dereference',
  L: 'dereference',
  r: 'recursive',
  R: '',
  T: 'no-target-directory',
  't:': 'target-directory',
  'preserve:': '',
  'remove-destination': '',
};

export function cp(context: CommandContext): number {
  const options = parseOptions(context, OPTIONS);
  const mode = copyMode(context, options);
  const plan = destinations(context, options);
  if (typeof plan === 'number') return plan;
  let status = 0;
  for (const { source, target } of plan) status |= copyOperand(context, source, target, mode);
  return status;
}

function copyMode(context: CommandContext, options: Options): CopyMode {
  const archive = options.has('a');
  const listed = new Set(options.values('preserve').flatMap((list) => list.split(',')));
  for (const name of listed) {
    if (!['mode', 'ownership', 'timestamps', 'links', 'xattr', 'all'].includes(name))
      context.notNative(`--preserve=${name}`);
  }
  const preserves = (name: string): boolean => listed.has(name) || listed.has('all');
  const standard = archive || options.has('p');
  const recursive = archive || options.has('r') || options.has('R');
  if (options.has('L') && (archive || options.has('d') || options.has('P'))) context.notNative('-L with -P');
  return {
    recursive,
    keepLinks: archive || options.has('d') || options.has('P') || (recursive && !options.has('L')),
    mode: standard || preserves('mode'),
    ownership: standard || preserves('ownership'),
    timestamps: standard || preserves('timestamps'),
    xattrs: archive || preserves('xattr'),
    hardLinks: archive || options.has('d') || preserves('links'),
    removeFirst: options.has('remove-destination'),
    noClobber: options.has('n'),
    copied: new Map(),
  };
}

interface Transfer {
  readonly source: ByteString;
  readonly target: ByteString;
}

/** Pairs of source and target as cp, mv and install form them from their operands. */
export function destinations(context: CommandContext, options: Options): Transfer[] | number {
  const operands = [...options.operands];
  const directory = options.value('t');
  if (directory !== undefined)
    return operands.map((source) => ({ source, target: joinPath(directory, basename(source)) }));
  const last = operands.pop();
  const [first] = operands;
  if (last === undefined || first === undefined) return fail(context, 'missing file operand');
  if (!options.has('T') && stat(context, last)?.type === 'directory') {
    return operands.map((source) => {
      if (/(^|\/)\.\.?\/*$/.test(source)) return { source, target: joinPath(last, '.') };
      return { source, target: joinPath(last, basename(source)) };
    });
  }
  if (operands.length > 1) return fail(context, `target ${quote(context, last)}: ${missingReason(context, last)}`);
  return [{ source: first, target: last }];
}

function copyOperand(context: CommandContext, source: ByteString, target: ByteString, mode: CopyMode): number {
  const followed = !mode.keepLinks;
  const inode = followed ? stat(context, source) : lstat(context, source);
  if (inode === undefined)
    return fail(context, `cannot stat ${quote(context, source)}: ${missingReason(context, source)}`);
  if (inode.type === 'directory' && !mode.recursive) {
    return fail(context, `-r not specified; omitting directory ${quote(context, source)}`);
  }
  const from = absolute(context, source);
  const to = absolute(context, target);
  if (inode.type === 'directory') {
    const inside = context.tree.resolveParent(to) ?? to;
    const real = context.tree.realpath(from) ?? from;
    if (inside === real || inside.startsWith(`${real}/`)) context.notNative('copying a directory into itself');
  }
  return copyNode(context, { path: from, inode }, to, target, mode);
}

function copyNode(
  context: CommandContext,
  source: { readonly path: ByteString; readonly inode: Inode },
  to: ByteString,
  shown: ByteString,
  mode: CopyMode,
): number {
  const { tree } = context;
  const { inode } = source;
  context.step(1);
  if (context.tree.stat(parentPath(to))?.type !== 'directory') {
    const kind = inode.type === 'directory' ? 'directory' : inode.type === 'symlink' ? 'symbolic link' : 'regular file';
    return fail(context, `cannot create ${kind} ${quote(context, shown)}: ${missingReason(context, shown)}`);
  }
  const existing = tree.lstat(to);
  if (existing !== undefined && mode.noClobber && inode.type !== 'directory') return 0;
  // A link and what it leads to are the same file as well.
  const behind = tree.stat(source.path)?.ino;
  if (inode.type !== 'directory' && behind !== undefined && tree.stat(to)?.ino === behind)
    return context.notNative(`${shown} is the same file`);
  if ([...inode.xattrs.keys()].some((name) => name.startsWith('system.posix_acl')))
    return context.notNative('access control list');
  switch (inode.type) {
    case 'directory':
      return copyDirectory(context, source, to, shown, mode);
    case 'symlink':
      if (existing?.type === 'directory') return context.notNative(`link over the directory ${shown}`);
      if (existing !== undefined) tree.remove(to);
      tree.symlink(inode.target ?? '', to, newOwnership(tree, to, 0o777, context.sourceDate));
      preserve(context, inode, to, mode);
      return 0;
    case 'file':
      return copyFile(context, source, to, shown, mode);
    default:
      return context.notNative(`copying ${source.path}, which is no regular file`);
  }
}

function copyFile(
  context: CommandContext,
  { path, inode }: { readonly path: ByteString; readonly inode: Inode },
  to: ByteString,
  shown: ByteString,
  mode: CopyMode,
): number {
  const { tree } = context;
  const linked = mode.hardLinks ? mode.copied.get(inode.ino) : undefined;
  let existing = tree.lstat(to);
  if (existing?.type === 'directory') {
    return fail(context, `cannot overwrite directory ${quote(context, shown)} with non-directory`);
  }
  if (existing?.type === 'symlink' && tree.stat(to) === undefined && !mode.removeFirst)
    return context.notNative(`dangling link ${shown}`);
  if (shown.endsWith('/')) return context.notNative(`target ${shown}`);
  if (existing !== undefined && (mode.removeFirst || linked !== undefined)) {
    tree.remove(to);
    existing = undefined;
  }
  if (linked !== undefined) {
    tree.link(linked, to);
    return 0;
  }
  if ((inode.mode & 0o7000) !== 0 && !mode.mode)
    return context.notNative('copying a setuid, setgid or sticky file without its mode');
  if (existing === undefined) {
    const ownership = newOwnership(tree, to, inode.mode & 0o777 & ~context.umask, context.sourceDate);
    tree.writeFile(to, tree.readFile(path), ownership);
  } else {
    if (tree.stat(to)?.type !== 'file') return context.notNative(`target ${shown} is no regular file`);
    writeInPlace(tree, to, tree.readFile(path), context.sourceDate);
  }
  preserve(context, inode, to, mode);
  if (mode.hardLinks) mode.copied.set(inode.ino, to);
  return 0;
}

function copyDirectory(
  context: CommandContext,
  { path, inode }: { readonly path: ByteString; readonly inode: Inode },
  to: ByteString,
  shown: ByteString,
  mode: CopyMode,
): number {
  const { tree } = context;
  const existing = tree.stat(to);
  const isDangling = existing === undefined && tree.lstat(to) !== undefined;
  if (isDangling || (existing !== undefined && existing.type !== 'directory')) {
    return fail(context, `cannot overwrite non-directory ${quote(context, shown)} with directory`);
  }
  const names = tree.readdir(path);
  if (existing === undefined) {
    const plain = newOwnership(tree, to, inode.mode & 0o1777 & ~context.umask, context.sourceDate, true);
    if ((inode.mode & 0o6000) !== 0 && !mode.mode) context.notNative('copying a setgid directory without its mode');
    tree.mkdir(to, plain);
  }
  let status = 0;
  for (const name of names) {
    const child = joinPath(path, name);
    const childInode = mode.keepLinks ? tree.lstat(child) : tree.stat(child);
    if (childInode === undefined) return context.notNative(`dangling link ${child}`);
    status |= copyNode(context, { path: child, inode: childInode }, joinPath(to, name), joinPath(shown, name), mode);
  }
  if (existing === undefined || mode.mode || mode.ownership || mode.timestamps) preserve(context, inode, to, mode);
  return status;
}

function preserve(context: CommandContext, inode: Inode, to: ByteString, mode: CopyMode): void {
  const isLink = inode.type === 'symlink';
  context.tree.setMetadata(
    to,
    {
      ...(mode.ownership ? { uid: inode.uid, gid: inode.gid } : {}),
      ...(mode.mode && !isLink ? { mode: inode.mode } : {}),
      ...(mode.timestamps ? { mtime: inode.mtime } : {}),
      ...(mode.xattrs ? { xattrs: new Map(inode.xattrs) } : {}),
    },
    isLink,
  );
}
