import type { ByteString } from '../../../../core/bytes.ts';
import { newOwnership, parentPath } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { type Options, parseOptions } from '../options.ts';
import { absolute, fail, lstat, missingReason, quote, stat } from '../paths.ts';
import { destinations } from './copy.ts';
import { makeParents } from './create.ts';
import { changeMode, isMode } from './modes.ts';
import { findGroup, findUser } from './owners.ts';

export function mv(context: CommandContext): number {
  const options = parseOptions(context, { f: 'force', T: 'no-target-directory', 't:': 'target-directory' });
  const plan = destinations(context, options);
  if (typeof plan === 'number') return plan;
  let status = 0;
  for (const { source, target } of plan) status |= moveOperand(context, source, target);
  return status;
}

function moveOperand(context: CommandContext, source: ByteString, target: ByteString): number {
  const inode = lstat(context, source);
  if (/(^|\/)\.\.?\/*$/.test(source) || /(^|\/)\.\.?\/*$/.test(target))
    return context.notNative(`moving ${source} to ${target}`);
  if (inode === undefined)
    return fail(context, `cannot stat ${quote(context, source)}: ${missingReason(context, source)}`);
  const from = absolute(context, source).replace(/\/+$/, '');
  const to = absolute(context, target).replace(/\/+$/, '');
  if (context.tree.stat(parentPath(to))?.type !== 'directory' || (target.endsWith('/') && inode.type !== 'directory')) {
    return fail(
      context,
      `cannot move ${quote(context, source)} to ${quote(context, target)}: ${missingReason(context, target)}`,
    );
  }
  if (source.endsWith('/') && context.tree.lstat(from)?.type === 'symlink')
    return context.notNative(`moving the link ${source}`);
  const existing = context.tree.lstat(to);
  if (existing?.ino === inode.ino) return context.notNative(`${source} and ${target} are the same file`);
  const realFrom = context.tree.resolveParent(from) ?? from;
  const realTo = context.tree.resolveParent(to) ?? to;
  if (realTo.startsWith(`${realFrom}/`)) return context.notNative('moving a directory into itself');
  if (existing?.type === 'directory' && inode.type !== 'directory') {
    return fail(context, `cannot overwrite directory ${quote(context, target)} with non-directory`);
  }
  if (existing !== undefined && existing.type !== 'directory' && inode.type === 'directory') {
    return fail(
      context,
      `cannot overwrite non-directory ${quote(context, target)} with directory ${quote(context, source)}`,
    );
  }
  if (existing?.type === 'directory') {
    if (context.tree.readdir(to).length > 0) {
      return fail(context, `cannot move ${quote(context, source)} to ${quote(context, target)}: Directory not empty`);
    }
  }
  if (existing !== undefined) context.tree.remove(to);
  context.tree.rename(from, to);
  return 0;
}

const INSTALL = {
  d: 'directory',
  'm:': 'mode',
  'o:': 'owner',
  'g:': 'group',
  p: 'preserve-timestamps',
  c: '',
  D: '',
  't:': 'target-directory',
  T: 'no-target-directory',
};

interface InstallOwner {
  readonly mode: ByteString;
  readonly uid: number;
  readonly gid: number;
}

/** install(1): files are always new inodes; the umask has no say. */
export function install(context: CommandContext): number {
  const options = parseOptions(context, INSTALL);
  const user = options.value('o');
  const group = options.value('g');
  const uid = user === undefined ? 0 : findUser(context, user)?.uid;
  const gid = group === undefined ? 0 : findGroup(context, group);
  if (uid === undefined) return fail(context, `invalid user: ${quote(context, user ?? '')}`);
  if (gid === undefined) return fail(context, `invalid group: ${quote(context, group ?? '')}`);
  const owner = { mode: options.value('m') ?? '755', uid, gid };
  if (!isMode(owner.mode)) return context.notNative(`mode ${owner.mode}`);
  if (options.has('d')) {
    if (options.operands.length === 0) return fail(context, 'missing file operand');
    return installDirectories(context, options.operands, owner);
  }
  return installFiles(context, options, owner);
}

function installDirectories(context: CommandContext, operands: readonly ByteString[], owner: InstallOwner): number {
  let status = 0;
  for (const operand of operands) {
    const result = makeParents(context, operand, 0o755, 0o755);
    status |= result;
    if (result !== 0) continue;
    const path = absolute(context, operand);
    const mode = changeMode(context, owner.mode, 0, true);
    const keeps = /^[0-7]+$/.test(owner.mode) ? (context.tree.stat(path)?.mode ?? 0) & 0o6000 : 0;
    context.tree.setMetadata(path, { mode: mode | keeps, uid: owner.uid, gid: owner.gid });
  }
  return status;
}

function installFiles(context: CommandContext, options: Options, owner: InstallOwner): number {
  if (options.has('D')) {
    if (options.has('t') || options.operands.length !== 2) return context.notNative('-D with a directory');
    const target = options.operands[1] ?? '';
    const result = makeParents(context, target.slice(0, target.lastIndexOf('/') + 1) || '.', 0o755, 0o755);
    if (result !== 0) return result;
  }
  const plan = destinations(context, options);
  if (typeof plan === 'number') return plan;
  let status = 0;
  for (const { source, target } of plan) status |= installFile(context, source, target, owner, options.has('p'));
  return status;
}

function installFile(
  context: CommandContext,
  source: ByteString,
  target: ByteString,
  owner: InstallOwner,
  keepTime: boolean,
): number {
  const inode = stat(context, source);
  const { tree } = context;
  if (inode === undefined)
    return fail(context, `cannot stat ${quote(context, source)}: ${missingReason(context, source)}`);
  if (inode.type !== 'file' || target.endsWith('/')) return context.notNative(`installing ${source} as ${target}`);
  const to = absolute(context, target);
  if (tree.stat(parentPath(to))?.type !== 'directory') {
    return fail(context, `cannot create regular file ${quote(context, target)}: ${missingReason(context, target)}`);
  }
  const existing = tree.lstat(to);
  if (existing?.type === 'directory') return context.notNative(`target ${target} is a directory`);
  if (existing?.ino === inode.ino || tree.stat(to)?.ino === inode.ino)
    return context.notNative(`${source} and ${target} are the same file`);
  const content = tree.readFile(absolute(context, source));
  if (existing !== undefined) tree.remove(to);
  const mtime = keepTime ? inode.mtime : context.sourceDate;
  const ownership = newOwnership(tree, to, changeMode(context, owner.mode, 0, false), mtime);
  tree.writeFile(to, content, { ...ownership, uid: owner.uid, gid: owner.gid });
  return 0;
}
