import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { requireSystemRoot } from '../require-system-root.ts';
import { makePath, placeLink } from '../root-files.ts';

/** Programs that order the links themselves. */
const ORDERING = ['/usr/lib/insserv/insserv', '/sbin/insserv', '/sbin/openrc'];

/** `update-rc.d SCRIPT defaults|defaults-disabled|remove` without insserv and OpenRC (update-rc.d(8)). */
export function updateRcD(context: CommandContext): number {
  requireSystemRoot(context);
  const words = context.argv.slice(1).filter((word) => word !== '-f');
  const [script = '', action = ''] = words;
  if (words.length < 2 || words.some((word) => word.startsWith('-')) || !/^[A-Za-z0-9._+-]+$/.test(script)) {
    return context.notNative(words.join(' '));
  }
  const ordering = ORDERING.find((program) => context.tree.stat(program) !== undefined);
  if (ordering !== undefined) return context.notNative(`links are ordered by ${ordering}`);
  const links = runlevelLinks(context, script);
  if (action === 'remove') {
    for (const link of links) context.tree.remove(link);
    return 0;
  }
  if (action !== 'defaults' && action !== 'defaults-disabled') return context.notNative(words.join(' '));
  if (links.length > 0) return 0;
  return createLinks(context, script, action === 'defaults' ? 'S' : 'K');
}

/** `/etc/rc?.d/[SK][0-9][0-9]SCRIPT`. */
function runlevelLinks(context: CommandContext, script: ByteString): readonly ByteString[] {
  return context.tree
    .readdir('/etc')
    .filter((name) => /^rc.\.d$/.test(name))
    .flatMap((name) => context.tree.readdir(`/etc/${name}`).map((link) => ({ link, path: `/etc/${name}/${link}` })))
    .filter(({ link }) => /^[SK][0-9][0-9]/.test(link) && link.slice(3) === script)
    .map(({ path }) => path);
}

function createLinks(context: CommandContext, script: ByteString, start: 'S' | 'K'): number {
  const text = context.tree.readText(`/etc/init.d/${script}`);
  if (text === undefined) {
    context.stderr(`update-rc.d: error: unable to read /etc/init.d/${script}\n`);
    return 1;
  }
  const levels = readDefaultLevels(text);
  const all = [
    ...levels.start.map((level) => ({ level, kind: start })),
    ...levels.stop.map((level) => ({ level, kind: 'K' })),
  ];
  for (const { level, kind } of all) {
    if (!/^[0-9S]$/.test(level)) return context.notNative(`runlevel ${level} of ${script}`);
    makePath(context, `/etc/rc${level}.d`);
    const link = `/etc/rc${level}.d/${kind}01${script}`;
    if (context.tree.lstat(link) === undefined) placeLink(context, `../init.d/${script}`, link);
  }
  return 0;
}

/** Default-Start and Default-Stop of the LSB header. */
function readDefaultLevels(text: ByteString): { readonly start: readonly string[]; readonly stop: readonly string[] } {
  let start: readonly string[] = [];
  let stop: readonly string[] = [];
  let isHeader = false;
  for (const line of text.split('\n')) {
    if (/^### BEGIN INIT INFO\s*$/.test(line)) isHeader = true;
    else if (/^### END INIT INFO\s*$/.test(line)) break;
    else if (isHeader) {
      start = split(/^# Default-Start:\s*(\S?.*)$/.exec(line)?.[1]) ?? start;
      stop = split(/^# Default-Stop:\s*(\S?.*)$/.exec(line)?.[1]) ?? stop;
    }
  }
  return { start, stop };
}

function split(value: string | undefined): readonly string[] | undefined {
  return value?.split(/\s+/).filter((word) => word !== '');
}
