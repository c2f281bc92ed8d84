import type { ByteString } from '../../../../core/bytes.ts';
import { readGroups, readPasswd } from '../../../script/shell/files.ts';
import type { CommandContext } from '../../../script/types.ts';

const FLAGS = new Set([
  ...['--system', '--group', '--quiet', '-q', '--disabled-login', '--disabled-password', '--no-create-home'],
  ...['--allow-badname', '--force-badname', '--allow-bad-names', '--allow-all-names', '--add_extra_groups'],
  ...['--add-extra-groups', '--verbose'],
]);
const WITH_VALUE = new Set([
  ...['--home', '--shell', '--gecos', '--comment', '--ingroup', '--firstuid', '--lastuid', '--firstgid', '--lastgid'],
]);

interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly names: readonly ByteString[];
}

/** `adduser` for what is there already: a system user, or a user in a group. Making accounts is not native. */
export function adduser(context: CommandContext): number {
  const { flags, names } = readArguments(context);
  const [name = '', group = ''] = names;
  if (names.length === 2)
    return flags.has('--system') || flags.has('--group') ? refuse(context) : member(context, name, group);
  if (names.length !== 1) return refuse(context);
  if (!flags.has('--system')) return flags.has('--group') ? systemGroup(context, flags, name) : refuse(context);
  const user = readPasswd(context.tree).find((candidate) => candidate.name === name);
  if (user === undefined) return context.notNative(`making user ${name}`);
  if (!isSystemId(context, 'UID', user.uid)) return context.notNative(`user ${name} is no system user`);
  if (!isQuiet(flags)) context.stdout(`The system user \`${name}' already exists. Exiting.\n`);
  return 0;
}

/** `addgroup --system` for a group that is there. */
export function addgroup(context: CommandContext): number {
  const { flags, names } = readArguments(context);
  const [name = ''] = names;
  return names.length === 1 ? systemGroup(context, flags, name) : refuse(context);
}

function readArguments(context: CommandContext): Arguments {
  const flags = new Set<string>();
  const names: ByteString[] = [];
  const words = context.argv.slice(1);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = word.split('=', 1)[0] ?? '';
    if (!word.startsWith('-')) names.push(word);
    else if (FLAGS.has(word)) flags.add(word);
    else if (WITH_VALUE.has(option)) {
      if (option === word && words.shift() === undefined) refuse(context);
    } else return context.notNative(`option ${word}`);
  }
  return { flags, names };
}

function refuse(context: CommandContext): never {
  return context.notNative(context.argv.slice(1).join(' '));
}

function isQuiet(flags: ReadonlySet<string>): boolean {
  return flags.has('--quiet') || flags.has('-q');
}

function member(context: CommandContext, user: ByteString, group: ByteString): number {
  const found = readGroups(context.tree).find(({ name }) => name === group);
  const exists = readPasswd(context.tree).some(({ name }) => name === user);
  if (!exists || found?.members.includes(user) !== true) return context.notNative(`adding ${user} to ${group}`);
  context.stderr(`The user \`${user}' is already a member of \`${group}'.\n`);
  return 0;
}

function systemGroup(context: CommandContext, flags: ReadonlySet<string>, name: ByteString): number {
  const group = readGroups(context.tree).find((candidate) => candidate.name === name);
  if (group === undefined) return context.notNative(`making group ${name}`);
  if (!flags.has('--system') || !isSystemId(context, 'GID', group.gid)) {
    return context.notNative(`group ${name} is no system group`);
  }
  if (!isQuiet(flags)) context.stderr(`The group \`${name}' already exists as a system group. Exiting.\n`);
  return 0;
}

/** Whether an id lies in the range of /etc/adduser.conf for system accounts. */
function isSystemId(context: CommandContext, kind: 'UID' | 'GID', id: number): boolean {
  const text = context.tree.readText('/etc/adduser.conf') ?? '';
  const limit = (key: string, value: number): number => {
    const set = [...text.matchAll(new RegExp(`^\\s*${key}\\s*=\\s*"?([0-9]+)"?\\s*$`, 'gm'))].at(-1)?.[1];
    return set === undefined ? value : Number(set);
  };
  return id >= limit(`FIRST_SYSTEM_${kind}`, 100) && id <= limit(`LAST_SYSTEM_${kind}`, 999);
}
