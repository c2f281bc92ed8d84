import type { ByteString } from '../../../../core/bytes.ts';
import { readGroups, readPasswd } from '../../../script/shell/files.ts';
import type { CommandContext } from '../../../script/types.ts';
import { requireSystemRoot } from '../require-system-root.ts';

const DIRECTORIES = ['/etc/sysusers.d', '/run/sysusers.d', '/usr/local/lib/sysusers.d', '/usr/lib/sysusers.d'];

/** `systemd-sysusers [FILE.conf…]`: native when every user, group and membership that it names is there already. */
export function systemdSysusers(context: CommandContext): number {
  requireSystemRoot(context);
  const files = context.argv.slice(1);
  if (files.some((file) => !/^[^/-][^/]*\.conf$/.test(file))) return context.notNative(files.join(' '));
  if (context.tree.stat('/etc/.pwd.lock') === undefined) return context.notNative('/etc/.pwd.lock would be made');
  const names = files.length > 0 ? new Set(files) : allNames(context);
  for (const name of names) {
    const path = DIRECTORIES.map((directory) => `${directory}/${name}`).find(
      (candidate) => context.tree.lstat(candidate) !== undefined,
    );
    const text = path === undefined ? undefined : context.tree.readText(path);
    if (text === undefined) return context.notNative(`${name} is no file`);
    for (const line of text.split('\n')) checkLine(context, line.trim());
  }
  return 0;
}

function allNames(context: CommandContext): ReadonlySet<ByteString> {
  const names = DIRECTORIES.flatMap((directory) => context.tree.readdir(directory));
  return new Set(names.filter((name) => name.endsWith('.conf')));
}

function checkLine(context: CommandContext, line: ByteString): void {
  context.step(1);
  if (line === '' || line.startsWith('#')) return;
  const [marked = '', name = '', id = '-'] = line.split(/\s+/);
  // `u!` locks the account that it makes; one that is there stays as it is.
  const type = marked === 'u!' ? 'u' : marked;
  if (type === 'r') return;
  const groups = readGroups(context.tree);
  const hasUser = readPasswd(context.tree).some((user) => user.name === name);
  const group = groups.find((candidate) => candidate.name === (type === 'm' ? id : name));
  const isThere =
    // With a primary group of another name (`4:65534`) none of the user's own name is made.
    (type === 'u' && hasUser && (group !== undefined || id.includes(':'))) ||
    (type === 'g' && group !== undefined) ||
    (type === 'm' && hasUser && group?.members.includes(name) === true);
  if (!isThere) context.notNative(`line ${line}`);
}
