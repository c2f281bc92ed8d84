import type { ByteString } from '../../../../core/bytes.ts';
import { fail } from '../../../script/commands/paths.ts';
import { readGroups, readPasswd } from '../../../script/shell/files.ts';
import type { CommandContext } from '../../../script/types.ts';
import { compileGlob } from '../../database/glob.ts';
import {
  formatStatOverrides,
  readStatOverrides,
  STATOVERRIDE_FILE,
  type StatOverride,
} from '../../database/statoverride.ts';
import { requireSystemRoot } from '../require-system-root.ts';
import { replaceDatabaseFile } from './database-file.ts';
import { inHashOrder, isInHashOrder } from './hash-order.ts';

interface Arguments {
  readonly action: 'add' | 'remove' | 'list';
  readonly quiet: boolean;
  readonly update: boolean;
  /** `--force-all`, `--force-statoverride-add`, `--force-statoverride-remove` or their older names. */
  readonly force: ReadonlySet<'add' | 'remove'>;
  readonly operands: readonly ByteString[];
}

const FORCES: Readonly<Record<string, readonly ('add' | 'remove')[]>> = {
  '--force': ['add', 'remove'],
  '--force-all': ['add', 'remove'],
  '--force-statoverride-add': ['add'],
  '--force-statoverride-remove': ['remove'],
};

/** `dpkg-statoverride` (dpkg-statoverride(1)). */
export function dpkgStatOverride(context: CommandContext): number {
  requireSystemRoot(context);
  const given = readArguments(context);
  const overrides = [...readStatOverrides(context.tree).values()];
  if (given.operands.some((operand) => operand.includes('\n') || (operand.length > 1 && operand.endsWith('/')))) {
    return context.notNative(`operands ${given.operands.join(' ')}`);
  }
  if (given.action === 'list') return list(context, given.operands, overrides);
  if (!isInHashOrder(overrides, ({ path }) => path)) return context.notNative('overrides in another order');
  return given.action === 'add' ? add(context, given, overrides) : remove(context, given, overrides);
}

function readArguments(context: CommandContext): Arguments {
  const operands: ByteString[] = [];
  const force = new Set<'add' | 'remove'>();
  let action: Arguments['action'] | undefined;
  let quiet = false;
  let update = false;
  let optionsEnded = false;
  for (const word of context.argv.slice(1)) {
    if (optionsEnded || !word.startsWith('-')) {
      optionsEnded = true;
      operands.push(word);
    } else if (word === '--') optionsEnded = true;
    else if (word === '--add' || word === '--remove' || word === '--list') {
      if (action !== undefined) context.notNative(`two actions`);
      action = word === '--add' ? 'add' : word === '--remove' ? 'remove' : 'list';
    } else if (word === '--quiet') quiet = true;
    else if (word === '--update') update = true;
    else for (const what of FORCES[word] ?? context.notNative(`option ${word}`)) force.add(what);
  }
  return { action: action ?? context.notNative('no action'), quiet, update, force, operands };
}

function list(context: CommandContext, patterns: readonly ByteString[], overrides: readonly StatOverride[]): number {
  const matches = overrides.filter(
    ({ path }) => patterns.length === 0 || patterns.some((pattern) => compileGlob(pattern)(path)),
  );
  if (matches.length > 1 && !isInHashOrder(overrides, ({ path }) => path)) {
    return context.notNative('overrides in another order');
  }
  context.stdout(formatStatOverrides(matches.map((override) => named(context, override))));
  return matches.length > 0 ? 0 : 1;
}

/** With the present names of the ids, as dpkg prints them; an id without a name is kept as it is written. */
function named(context: CommandContext, override: StatOverride): StatOverride {
  if (override.user.startsWith('#') || override.group.startsWith('#')) context.notNative('an override by number');
  const users = readPasswd(context.tree);
  const groups = readGroups(context.tree);
  const uid = users.find(({ name }) => name === override.user)?.uid;
  const gid = groups.find(({ name }) => name === override.group)?.gid;
  return {
    ...override,
    user: users.find((user) => user.uid === uid)?.name ?? override.user,
    group: groups.find((group) => group.gid === gid)?.name ?? override.group,
  };
}

function add(context: CommandContext, given: Arguments, overrides: readonly StatOverride[]): number {
  const [user = '', group = '', modeText = '', path = ''] = given.operands;
  if (given.operands.length !== 4 || !/^0?[0-7]{1,4}$/.test(modeText) || !path.startsWith('/')) {
    return context.notNative(`--add ${given.operands.join(' ')}`);
  }
  if (overrides.some((override) => override.path === path)) {
    if (given.force.has('add')) return context.notNative(`--add of the known path ${path}`);
    fail(context, `error: an override for '${path}' already exists; aborting`);
    return 2;
  }
  const uid = readPasswd(context.tree).find(({ name }) => name === user)?.uid;
  const gid = readGroups(context.tree).find(({ name }) => name === group)?.gid;
  if (uid === undefined || gid === undefined) {
    fail(
      context,
      uid === undefined ? `error: user '${user}' does not exist` : `error: group '${group}' does not exist`,
    );
    return 2;
  }
  const mode = Number.parseInt(modeText, 8);
  if (given.update) apply(context, given, path, { uid, gid, mode });
  save(context, [...overrides, { user, group, mode, path }]);
  return 0;
}

function apply(
  context: CommandContext,
  { quiet }: Arguments,
  path: ByteString,
  owner: { readonly uid: number; readonly gid: number; readonly mode: number },
): void {
  const inode = context.tree.stat(path);
  if (inode === undefined) {
    if (!quiet) context.stderr(`dpkg-statoverride: warning: --update given but ${path} does not exist\n`);
    return;
  }
  if (inode.type !== 'file' && inode.type !== 'directory') context.notNative(`--update of ${path}`);
  const changesOwner = inode.uid !== owner.uid || inode.gid !== owner.gid;
  // chown(2) drops capabilities of a file.
  const xattrs = inode.xattrs.has('security.capability') && inode.type === 'file' && changesOwner;
  context.tree.setMetadata(path, {
    ...owner,
    ...(xattrs ? { xattrs: new Map([['security.capability', undefined]]) } : {}),
  });
}

function remove(context: CommandContext, given: Arguments, overrides: readonly StatOverride[]): number {
  const [path = ''] = given.operands;
  if (given.operands.length !== 1) return context.notNative(`--remove ${given.operands.join(' ')}`);
  if (!overrides.some((override) => override.path === path)) {
    if (!given.quiet) context.stderr('dpkg-statoverride: warning: no override present\n');
    return given.force.has('remove') ? 0 : 2;
  }
  if (given.update && !given.quiet) context.stderr('dpkg-statoverride: warning: --update is useless for --remove\n');
  save(
    context,
    overrides.filter((override) => override.path !== path),
  );
  return 0;
}

function save(context: CommandContext, overrides: readonly StatOverride[]): void {
  const ordered = inHashOrder(overrides, ({ path }) => path).map((override) => named(context, override));
  replaceDatabaseFile(context, STATOVERRIDE_FILE, formatStatOverrides(ordered));
}
