import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import { readGroups, readPasswd } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { absolute, fail, lstat, missingReason, quote, stat } from '../paths.ts';
import { changeMode, isMode } from './modes.ts';

/** Numeric id of a user of the image, by name or number. */
export function findUser(context: CommandContext, name: ByteString): { uid: number; gid: number } | undefined {
  const users = readPasswd(context.tree);
  const user = users.find((entry) => entry.name === name);
  if (user !== undefined) return user;
  if (!/^[0-9]{1,9}$/.test(name)) return undefined;
  return { uid: Number(name), gid: users.find((entry) => entry.uid === Number(name))?.gid ?? -1 };
}

export function findGroup(context: CommandContext, name: ByteString): number | undefined {
  const group = readGroups(context.tree).find((entry) => entry.name === name);
  if (group !== undefined) return group.gid;
  return /^[0-9]{1,9}$/.test(name) ? Number(name) : undefined;
}

/** Sets owner or group as chown(2) does: setuid, setgid of executables and capabilities of files are dropped. */
export function changeOwner(
  context: CommandContext,
  path: ByteString,
  inode: Inode,
  owner: { uid?: number; gid?: number },
  noFollow: boolean,
): void {
  const keeps = inode.type === 'directory' || inode.type === 'symlink';
  const setgid = (inode.mode & 0o2010) === 0o2010 ? 0o2000 : 0;
  context.tree.setMetadata(
    path,
    {
      ...owner,
      ...(keeps ? {} : { mode: inode.mode & ~(0o4000 | setgid) }),
      ...(inode.xattrs.has('security.capability') ? { xattrs: new Map([['security.capability', undefined]]) } : {}),
    },
    noFollow,
  );
}

type Change = (path: ByteString, inode: Inode, noFollow: boolean) => void;

/** Applies a change to operands and, with -R, to all below them, links not followed. */
function applyToOperands(
  context: CommandContext,
  operands: readonly ByteString[],
  mode: { recursive: boolean; noFollow: boolean; quiet: boolean; links: boolean },
  change: Change,
): number {
  let status = 0;
  for (const operand of operands) {
    const path = absolute(context, operand);
    const inode = mode.noFollow ? lstat(context, operand) : stat(context, operand);
    if (inode === undefined) {
      if (lstat(context, operand) !== undefined) context.notNative(`dangling link ${operand}`);
      if (!mode.quiet) fail(context, `cannot access ${quote(context, operand)}: ${missingReason(context, operand)}`);
      status = 1;
      continue;
    }
    if (mode.recursive && !mode.noFollow && lstat(context, operand)?.type === 'symlink') {
      context.notNative(`-R on the link ${operand}`);
    }
    change(path, inode, mode.noFollow);
    if (!mode.recursive || inode.type !== 'directory') continue;
    for (const entry of [...context.tree.walk(path.replace(/\/+$/, '') || '/')]) {
      context.step(1);
      if (entry.inode.type !== 'symlink' || mode.links)
        change(entry.path, context.tree.lstat(entry.path) ?? entry.inode, true);
    }
  }
  return status;
}

export function chown(context: CommandContext): number {
  const options = parseOptions(context, { R: 'recursive', h: 'no-dereference', f: 'silent', P: '', quiet: '' });
  const [specification, ...operands] = options.operands;
  if (specification === undefined || operands.length === 0) return context.notNative('missing operand');
  const match = /^([^:]*)(:?)(.*)$/s.exec(specification);
  const [, userName = '', colon = '', groupName = ''] = match ?? [];
  const user = userName === '' ? undefined : findUser(context, userName);
  if (userName !== '' && user === undefined) {
    if (userName.includes('.')) context.notNative(`owner ${userName}`);
    return fail(context, `invalid user: ${quote(context, specification)}`);
  }
  let gid = groupName === '' ? undefined : findGroup(context, groupName);
  if (groupName !== '' && gid === undefined) return fail(context, `invalid group: ${quote(context, specification)}`);
  if (colon === ':' && groupName === '' && user !== undefined)
    gid = user.gid >= 0 ? user.gid : context.notNative(`group of ${userName}`);
  const owner = { ...(user === undefined ? {} : { uid: user.uid }), ...(gid === undefined ? {} : { gid }) };
  return applyOwner(context, options, operands, owner);
}

export function chgrp(context: CommandContext): number {
  const options = parseOptions(context, { R: 'recursive', h: 'no-dereference', f: 'silent', P: '', quiet: '' });
  const [groupName, ...operands] = options.operands;
  if (groupName === undefined || operands.length === 0) return context.notNative('missing operand');
  const gid = findGroup(context, groupName);
  if (gid === undefined) return fail(context, `invalid group: ${quote(context, groupName)}`);
  return applyOwner(context, options, operands, { gid });
}

function applyOwner(
  context: CommandContext,
  options: ReturnType<typeof parseOptions>,
  operands: readonly ByteString[],
  owner: { uid?: number; gid?: number },
): number {
  const recursive = options.has('R');
  const quiet = options.has('f') || options.has('quiet');
  const mode = { recursive, noFollow: recursive || options.has('h'), quiet, links: true };
  return applyToOperands(context, operands, mode, (path, inode, noFollow) => {
    if (owner.uid !== undefined || owner.gid !== undefined) changeOwner(context, path, inode, owner, noFollow);
  });
}

export function chmod(context: CommandContext): number {
  const words = context.argv.slice(1);
  // A mode such as `-x` looks like an option.
  const dashed = words.findIndex((word) => /^-[rwxXst]/.test(word) && !/^-[Rfcv]/.test(word));
  if (dashed >= 0) context.notNative(`mode ${words[dashed] ?? ''}`);
  const options = parseOptions(context, { R: 'recursive', f: 'silent', quiet: '' });
  const [mode, ...operands] = options.operands;
  if (mode === undefined || operands.length === 0 || !isMode(mode)) return context.notNative(`mode ${mode ?? ''}`);
  const applied = {
    recursive: options.has('R'),
    noFollow: false,
    quiet: options.has('f') || options.has('quiet'),
    links: false,
  };
  return applyToOperands(context, operands, applied, (path, inode) => {
    context.tree.setMetadata(path, { mode: changeMode(context, mode, inode.mode, inode.type === 'directory') });
  });
}
