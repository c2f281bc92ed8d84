import type { CommandTable, EmulatedCommand } from '../types.ts';
import { awk } from './awk/awk.ts';
import { cp } from './files/copy.ts';
import { ln, mkdir, mktemp, touch } from './files/create.ts';
import { basenameCommand, dirnameCommand, ls, readlink, realpath, statCommand } from './files/inspect.ts';
import { install, mv } from './files/move.ts';
import { chgrp, chmod, chown } from './files/owners.ts';
import { rm, rmdir } from './files/remove.ts';
import { find } from './find/find.ts';
import { egrep, fgrep, grep } from './grep/grep.ts';
import { sed } from './sed/sed.ts';
import { expr } from './system/expr.ts';
import { constant, date, digest, echoCommand, getent, id, seq, uname, whoami } from './system/facts.ts';
import { env, which, xargs } from './system/run.ts';
import { cmp, comm, diff, sort, uniq } from './text/order.ts';
import { cat, cut, head, tail, tee, tr, wc } from './text/slice.ts';

const COMMANDS: readonly (readonly [string, EmulatedCommand])[] = [
  ['awk', awk],
  ['basename', basenameCommand],
  ['cat', cat],
  ['chgrp', chgrp],
  ['chmod', chmod],
  ['chown', chown],
  ['cmp', cmp],
  ['comm', comm],
  ['cp', cp],
  ['cut', cut],
  ['date', date],
  ['diff', diff],
  ['dirname', dirnameCommand],
  ['echo', echoCommand],
  ['egrep', egrep],
  ['env', env],
  ['expr', expr],
  ['false', constant(1)],
  ['fgrep', fgrep],
  ['find', find],
  ['getent', getent],
  ['gawk', awk],
  ['grep', grep],
  ['head', head],
  ['id', id],
  ['install', install],
  // An image build is a chroot or container as far as scripts are concerned.
  ['ischroot', constant(0)],
  ['ln', ln],
  ['logger', constant(0)],
  ['ls', ls],
  ['mawk', awk],
  ['md5sum', digest('md5')],
  ['mkdir', mkdir],
  ['mktemp', mktemp],
  ['mv', mv],
  // No process runs where an image is patched.
  ['pgrep', constant(1)],
  ['pidof', constant(1)],
  ['readlink', readlink],
  ['realpath', realpath],
  ['rm', rm],
  ['rmdir', rmdir],
  ['sed', sed],
  ['seq', seq],
  ['sha1sum', digest('sha1')],
  ['sha256sum', digest('sha256')],
  ['sha512sum', digest('sha512')],
  ['sleep', constant(0)],
  ['sort', sort],
  ['stat', statCommand],
  ['sync', constant(0)],
  ['tail', tail],
  ['tee', tee],
  ['touch', touch],
  ['tr', tr],
  ['true', constant(0)],
  ['uname', uname],
  ['uniq', uniq],
  ['wc', wc],
  ['which', which],
  ['whoami', whoami],
  ['xargs', xargs],
];

/** Commands with the behaviour of Debian's coreutils, findutils, grep and sed, which all families can use. */
export const SHARED_COMMANDS: CommandTable = new Map(COMMANDS);

/** One table of several; of commands with the same name the one in the later table counts. */
export function combineCommands(...tables: readonly CommandTable[]): CommandTable {
  return new Map(tables.flatMap((table) => [...table]));
}
