import type { ByteString } from '../../../../core/bytes.ts';
import { readGroups, readPasswd } from '../../../script/shell/files.ts';
import type { CommandContext } from '../../../script/types.ts';
import { requireSystemRoot } from '../require-system-root.ts';

const DIRECTORIES = ['/etc/tmpfiles.d', '/run/tmpfiles.d', '/usr/local/lib/tmpfiles.d', '/usr/lib/tmpfiles.d'];
/** What lies there is made when the system runs and never part of an image. */
const TRANSIENT = /^(\/run|\/tmp|\/dev|\/proc|\/sys|\/var\/run)(\/|$)/;
/** Types that `--create` passes over (tmpfiles.d(5)). */
const PASSED_OVER = new Set(['r', 'R', 'x', 'X']);

/** `systemd-tmpfiles --create FILE.conf…`: native when all that it would make is there already. */
export function systemdTmpfiles(context: CommandContext): number {
  requireSystemRoot(context);
  const words = context.argv.slice(1);
  const files = words.filter((word) => word !== '--create');
  if (files.length === 0 || words.length === files.length || files.some((file) => !/^[^/-][^/]*\.conf$/.test(file))) {
    return context.notNative(words.join(' '));
  }
  for (const file of files) {
    const path = DIRECTORIES.map((directory) => `${directory}/${file}`).find(
      (candidate) => context.tree.lstat(candidate) !== undefined,
    );
    const text = path === undefined ? undefined : context.tree.readText(path);
    if (text === undefined) return context.notNative(`${file} is not found`);
    for (const line of text.split('\n')) checkLine(context, line.trim());
  }
  return 0;
}

function checkLine(context: CommandContext, line: ByteString): void {
  context.step(1);
  if (line === '' || line.startsWith('#')) return;
  if (/["'\\]/.test(line)) context.notNative(`line ${line}`);
  const [type = '', path = '', mode = '-', user = '-', group = '-'] = line.split(/\s+/);
  if (PASSED_OVER.has(type.charAt(0)) || type.includes('!')) return;
  requireAccounts(context, user, group);
  if (TRANSIENT.test(path) && !path.includes('..')) return;
  if (!/^[dD]$/.test(type) || path.includes('%')) context.notNative(`line ${line}`);
  const inode = context.tree.lstat(path);
  const uid = user === '-' ? 0 : readPasswd(context.tree).find(({ name }) => name === user)?.uid;
  const gid = group === '-' ? 0 : readGroups(context.tree).find(({ name }) => name === group)?.gid;
  const bits = mode === '-' ? 0o755 : /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : Number.NaN;
  // Without a mode or owner in the line those of what is there are kept.
  const isSame =
    inode?.type === 'directory' &&
    (mode === '-' || inode.mode === bits) &&
    (user === '-' || inode.uid === uid) &&
    (group === '-' || inode.gid === gid);
  if (!isSame) context.notNative(`${path} would be changed`);
}

function requireAccounts(context: CommandContext, user: string, group: string): void {
  if (user !== '-' && !readPasswd(context.tree).some(({ name }) => name === user)) context.notNative(`user ${user}`);
  if (group !== '-' && !readGroups(context.tree).some(({ name }) => name === group))
    context.notNative(`group ${group}`);
}
