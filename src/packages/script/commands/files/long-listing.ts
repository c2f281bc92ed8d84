import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import type { CommandContext } from '../../types.ts';
import { localeOf } from '../paths.ts';
import { usesUtc } from '../system/time-zone.ts';
import { groupName, userName } from './owner-names.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Half of an average Gregorian year, as gnulib counts. */
const RECENT = 31_556_952 / 2;
/** Marks and sizes that depend on more than the inode. */
const MARKED = /^(security\.selinux|system\.posix_acl_)/;

/**
 * The line of `ls -l` for one regular file, without padding as for a single operand. As for `date`, it is the source
 * date: it decides between the time of day and the year.
 */
export function longListing(context: CommandContext, operand: ByteString, inode: Inode, numeric: boolean): ByteString {
  if (inode.type !== 'file' || [...inode.xattrs.keys()].some((name) => MARKED.test(name)))
    return context.notNative(`-l of ${operand}`);
  const links = context.tree.linksOf(inode).length;
  const { uid, gid } = inode;
  const owner = numeric
    ? `${uid} ${gid}`
    : `${knownName(context, uid, userName)} ${knownName(context, gid, groupName)}`;
  return `${permissions(inode.mode)} ${links} ${owner} ${inode.size} ${modified(context, inode.mtime)} ${operand}\n`;
}

function knownName(
  context: CommandContext,
  id: number,
  lookUp: (context: CommandContext, id: number) => ByteString,
): ByteString {
  const name = lookUp(context, id);
  // ls writes the number, stat the word UNKNOWN.
  return name === 'UNKNOWN' ? String(id) : name;
}

function permissions(mode: number): string {
  const special = [0o4000, 0o2000, 0o1000];
  const letters = [0o100, 0o010, 0o001].map((execute, index) => {
    const isSpecial = (mode & (special[index] ?? 0)) !== 0;
    const [lower, upper] = index === 2 ? ['t', 'T'] : ['s', 'S'];
    const runs = (mode & execute) !== 0;
    const last = isSpecial ? (runs ? lower : upper) : runs ? 'x' : '-';
    return `${mode & (execute << 2) ? 'r' : '-'}${mode & (execute << 1) ? 'w' : '-'}${last}`;
  });
  return `-${letters.join('')}`;
}

function modified(context: CommandContext, mtime: number): string {
  const style = localeOf(context, 'LC_TIME');
  const isPlain = /^(|C|POSIX|C\.(utf8|UTF-8|utf-8))$/.test(style) && !context.environment.has('TIME_STYLE');
  if (!isPlain || !usesUtc(context)) context.notNative('times in this locale or zone');
  const date = new Date(mtime * 1000);
  const day = `${MONTHS[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)}`;
  const isRecent = mtime > context.sourceDate - RECENT && mtime < context.sourceDate;
  const clock = date.toISOString().slice(11, 16);
  return `${day} ${isRecent ? clock : String(date.getUTCFullYear()).padStart(5)}`;
}
