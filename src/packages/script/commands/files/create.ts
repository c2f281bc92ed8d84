import type { ByteString } from '../../../../core/bytes.ts';
import { absolutePath, newOwnership, parentPath } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { absolute, basename, dirname, fail, joinPath, lstat, missingReason, quote, stat } from '../paths.ts';
import { changeMode, isMode } from './modes.ts';

export function mkdir(context: CommandContext): number {
  const options = parseOptions(context, { p: 'parents', 'm:': 'mode' });
  if (options.operands.length === 0) return context.notNative('missing operand');
  const modeText = options.value('m');
  if (modeText !== undefined && !isMode(modeText)) return context.notNative(`mode ${modeText}`);
  const base = 0o777 & ~context.umask;
  const mode = modeText === undefined ? base : changeMode(context, modeText, 0o777, false);
  let status = 0;
  for (const operand of options.operands) {
    if (options.has('p')) status |= makeParents(context, operand, mode, base | 0o300);
    else status |= makeDirectory(context, operand, mode);
  }
  return status;
}

function makeDirectory(context: CommandContext, operand: ByteString, mode: number): number {
  const path = absolute(context, operand).replace(/(?<=.)\/+$/, '');
  if (operand === '' || context.tree.stat(parentPath(path))?.type !== 'directory') {
    return fail(context, `cannot create directory ${quote(context, operand)}: ${missingReason(context, operand)}`);
  }
  if (context.tree.lstat(path) !== undefined) {
    return fail(context, `cannot create directory ${quote(context, operand)}: File exists`);
  }
  context.tree.mkdir(path, newOwnership(context.tree, path, mode, context.sourceDate, true));
  return 0;
}

/** Creates what is missing of a path; existing directories stay as they are. */
export function makeParents(context: CommandContext, operand: ByteString, mode: number, parentMode: number): number {
  const path = absolute(context, operand);
  if (/(^|\/)\.\.?(\/|$)/.test(path)) return context.notNative(`path ${operand}`);
  const parts = path.split('/').filter((part) => part !== '');
  let current = '';
  for (const [index, part] of parts.entries()) {
    current += `/${part}`;
    const inode = context.tree.stat(current);
    if (inode?.type === 'directory') continue;
    if (inode !== undefined || context.tree.lstat(current) !== undefined) {
      const reason = index === parts.length - 1 || inode === undefined ? 'File exists' : 'Not a directory';
      return fail(context, `cannot create directory ${quote(context, operand)}: ${reason}`);
    }
    const last = index === parts.length - 1;
    context.tree.mkdir(
      current,
      newOwnership(context.tree, current, last ? mode : parentMode, context.sourceDate, true),
    );
  }
  return 0;
}

export function touch(context: CommandContext): number {
  const options = parseOptions(context, {
    c: 'no-create',
    a: '',
    m: '',
    f: '',
    h: 'no-dereference',
    'r:': 'reference',
  });
  if (options.operands.length === 0) return context.notNative('missing operand');
  const reference = options.value('r');
  const mtime =
    reference === undefined
      ? context.sourceDate
      : (stat(context, reference) ?? context.notNative(`reference ${reference}`)).mtime;
  const accessOnly = options.has('a') && !options.has('m');
  let status = 0;
  for (const operand of options.operands) {
    if (operand === '-') context.notNative('operand -');
    const path = absolute(context, operand);
    const inode = options.has('h') ? lstat(context, operand) : stat(context, operand);
    if (inode !== undefined) {
      if (!accessOnly) context.tree.setMetadata(path, { mtime }, options.has('h'));
      continue;
    }
    if (options.has('c')) continue;
    if (lstat(context, operand) !== undefined) context.notNative(`dangling link ${operand}`);
    if (operand.endsWith('/') || context.tree.stat(parentPath(path))?.type !== 'directory') {
      status = fail(context, `cannot touch ${quote(context, operand)}: ${missingReason(context, operand)}`);
      continue;
    }
    const ownership = newOwnership(context.tree, path, 0o666 & ~context.umask, mtime);
    context.tree.writeFile(path, new Uint8Array(), ownership);
  }
  return status;
}

export function ln(context: CommandContext): number {
  const options = parseOptions(context, {
    s: 'symbolic',
    f: 'force',
    n: 'no-dereference',
    T: 'no-target-directory',
    't:': 'target-directory',
  });
  const { operands } = options;
  const targets = [...operands];
  const directoryOption = options.value('t');
  const [first, second] = operands;
  if (first === undefined) return context.notNative('missing operand');
  let directory = directoryOption;
  let link: ByteString | undefined;
  if (directory === undefined && !options.has('T')) {
    const last = operands.length === 1 ? '.' : (operands.at(-1) ?? '');
    const isLink = lstat(context, last)?.type === 'symlink' && !last.endsWith('/');
    if (stat(context, last)?.type === 'directory' && !(options.has('n') && isLink)) directory = last;
    if (operands.length > 1) targets.pop();
  } else if (options.has('T')) targets.pop();
  if (directory === undefined) {
    if (operands.length !== 2 || second === undefined) return context.notNative('several links without a directory');
    link = second;
  }
  return targets.reduce((status, target) => {
    const path = link ?? joinPath(directory ?? '.', basename(target));
    return status | makeLink(context, target, path, options.has('s'), options.has('f'));
  }, 0);
}

function makeLink(
  context: CommandContext,
  target: ByteString,
  path: ByteString,
  symbolic: boolean,
  force: boolean,
): number {
  const full = absolute(context, path);
  const kind = symbolic ? 'symbolic link' : 'hard link';
  const existing = context.tree.lstat(full);
  if (path.endsWith('/') || target === '') return context.notNative(`link ${path} to ${target}`);
  if (context.tree.stat(parentPath(full))?.type !== 'directory') {
    return fail(context, `failed to create ${kind} ${quote(context, path)}: ${missingReason(context, path)}`);
  }
  const source = symbolic ? undefined : lstat(context, target);
  if (!symbolic && source?.type !== 'file') return context.notNative(`hard link to ${target}`);
  if (existing !== undefined) {
    if (existing.type === 'directory') return context.notNative(`link in place of the directory ${path}`);
    if (!force) return fail(context, `failed to create ${kind} ${quote(context, path)}: File exists`);
    if (source?.ino === existing.ino) return context.notNative(`${target} and ${path} are the same file`);
    if (symbolic && stat(context, target)?.ino === existing.ino && !target.startsWith('/'))
      return context.notNative(`${target} could be ${path}`);
    context.tree.remove(full);
  }
  if (symbolic) context.tree.symlink(target, full, newOwnership(context.tree, full, 0o777, context.sourceDate));
  else context.tree.link(absolutePath(context.cwd, target), full);
  return 0;
}

/** Letters in place of the random ones; the name must be gone when the script ends. */
export function mktemp(context: CommandContext): number {
  const options = parseOptions(context, { d: 'directory', t: '', q: 'quiet', 'p:': '', 'tmpdir:': '' });
  if (options.operands.length > 1) return context.notNative('more than one template');
  const given = options.operands[0];
  const template = given ?? 'tmp.XXXXXXXXXX';
  const inTemporary = given === undefined || options.has('t') || options.has('p') || options.has('tmpdir');
  const base = options.value('p') ?? options.value('tmpdir') ?? (context.environment.get('TMPDIR') || '/tmp');
  const run = /^(.*?)(X{3,})([^X/]*)$/s.exec(template);
  if (run?.[2] === undefined || (inTemporary && template.includes('/')))
    return context.notNative(`template ${template}`);
  const name = (index: number): ByteString => `${run[1]}${String(index).padStart(run[2]?.length ?? 0, 'a')}${run[3]}`;
  let index = 0;
  const pathOf = (): ByteString => (inTemporary ? joinPath(base, name(index)) : name(index));
  while (lstat(context, pathOf()) !== undefined) index += 1;
  const path = pathOf();
  const full = absolute(context, path);
  if (stat(context, dirname(path))?.type !== 'directory') return context.notNative(`directory of ${path} is missing`);
  if (options.has('d')) context.tree.mkdir(full, newOwnership(context.tree, full, 0o700, context.sourceDate, true));
  else context.tree.writeFile(full, new Uint8Array(), newOwnership(context.tree, full, 0o600, context.sourceDate));
  context.temporaryFile(full);
  context.stdout(`${path}\n`);
  return 0;
}
