import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { absolute, basename, dirname, fail, lstat, missingReason, quote } from '../paths.ts';

export function rm(context: CommandContext): number {
  const options = parseOptions(context, { r: 'recursive', R: '', f: 'force', d: 'dir' });
  const force = options.has('f');
  const recursive = options.has('r') || options.has('R');
  if (options.operands.length === 0) return force ? 0 : fail(context, 'missing operand');
  let status = 0;
  for (const operand of options.operands)
    status |= removeOperand(context, operand, { force, recursive, empty: options.has('d') });
  return status;
}

function removeOperand(
  context: CommandContext,
  operand: ByteString,
  how: { force: boolean; recursive: boolean; empty: boolean },
): number {
  const name = basename(operand);
  if (name === '.' || name === '..' || name === '/' || /^\/+$/.test(operand)) context.notNative(`operand ${operand}`);
  if (operand === '') return how.force ? 0 : fail(context, "cannot remove '': No such file or directory");
  const path = absolute(context, operand);
  const inode = lstat(context, operand);
  if (inode === undefined) {
    const missing = missingReason(context, operand);
    if (how.force) return 0;
    return fail(context, `cannot remove ${quote(context, operand)}: ${missing}`);
  }
  if (operand.endsWith('/') && context.tree.lstat(path.replace(/\/+$/, ''))?.type === 'symlink') {
    context.notNative(`removing the link ${operand} by a name that ends in a slash`);
  }
  if (inode.type !== 'directory') context.tree.remove(path);
  else if (how.recursive) context.tree.removeAll(path.replace(/\/+$/, ''));
  else if (how.empty) return context.notNative('-d on a directory');
  else return fail(context, `cannot remove ${quote(context, operand)}: Is a directory`);
  return 0;
}

export function rmdir(context: CommandContext): number {
  const options = parseOptions(context, { p: 'parents', 'ignore-fail-on-non-empty': '' });
  if (options.operands.length === 0) return fail(context, 'missing operand');
  let status = 0;
  for (const operand of options.operands) {
    let current = operand;
    for (;;) {
      const result = removeEmpty(context, current, options.has('ignore-fail-on-non-empty'), current !== operand);
      if (result === 'failed') status = 1;
      if (result !== 'removed' || !options.has('p')) break;
      const parent = dirname(current);
      if (parent === '/' || parent === '.' || parent === current) break;
      current = parent;
    }
  }
  return status;
}

function removeEmpty(
  context: CommandContext,
  operand: ByteString,
  ignoreNonEmpty: boolean,
  isParent: boolean,
): 'removed' | 'kept' | 'failed' {
  const path = absolute(context, operand).replace(/(?<=.)\/+$/, '');
  if (/(^|\/)\.\.?$/.test(path)) context.notNative(`operand ${operand}`);
  const inode = context.tree.lstat(path);
  const refuse = (reason: string): 'failed' => {
    fail(context, `failed to remove ${isParent ? 'directory ' : ''}${quote(context, operand)}: ${reason}`);
    return 'failed';
  };
  if (inode === undefined) return refuse(missingReason(context, operand));
  if (inode.type !== 'directory') return refuse('Not a directory');
  if (context.tree.readdir(path).length > 0) return ignoreNonEmpty ? 'kept' : refuse('Directory not empty');
  context.tree.remove(path);
  return 'removed';
}
