import type { ByteString } from '../../../../core/bytes.ts';
import { fail } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';
import { DIVERSIONS_FILE, type Diversion, formatDiversions, readDiversions } from '../../database/diversions.ts';
import { compileGlob } from '../../database/glob.ts';
import { requireSystemRoot } from '../require-system-root.ts';
import { replaceDatabaseFile } from './database-file.ts';
import { inHashOrder, isInHashOrder } from './hash-order.ts';
import { readListOfPackage } from './package-files.ts';
import { findPackages } from './status-file.ts';

type Action = 'add' | 'remove' | 'list' | 'listpackage' | 'truename';

interface Arguments {
  readonly action: Action;
  /** `:` for --local; undefined when neither --package nor --local was given. */
  readonly owner: string | undefined;
  readonly to: ByteString | undefined;
  readonly rename: boolean;
  readonly quiet: boolean;
  readonly operands: readonly ByteString[];
}

/** `dpkg-divert` (dpkg-divert(1)). */
export function dpkgDivert(context: CommandContext): number {
  requireSystemRoot(context);
  const given = readArguments(context);
  const diversions = readDiversions(context.tree);
  if (given.action === 'list') return list(context, given, diversions);
  const [path, ...more] = given.operands;
  if (path === undefined || more.length > 0 || !path.startsWith('/') || path.includes('\n')) {
    return context.notNative(`operands ${given.operands.join(' ')}`);
  }
  if (given.action === 'truename') {
    context.stdout(`${diversions.find(({ from }) => from === path)?.to ?? path}\n`);
    return 0;
  }
  if (given.action === 'listpackage') {
    const found = diversions.find(({ from, to }) => from === path || to === path);
    if (found !== undefined) context.stdout(`${found.package === ':' ? 'LOCAL' : found.package}\n`);
    return 0;
  }
  return given.action === 'add' ? add(context, given, path, diversions) : remove(context, given, path, diversions);
}

function readArguments(context: CommandContext): Arguments {
  const words = context.argv.slice(1);
  const operands: ByteString[] = [];
  const actions: Action[] = [];
  let owner: string | undefined;
  let to: ByteString | undefined;
  let rename = false;
  let quiet = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [option = '', inline] = word.startsWith('--') ? word.split(/=(.*)/s) : [word];
    const value = (): ByteString => inline ?? words.shift() ?? context.notNative(`${option} without a value`);
    if (!word.startsWith('-')) operands.push(word);
    else if (/^--(add|remove|list|listpackage|truename)$/.test(word)) actions.push(word.slice(2) as Action);
    else if (option === '--package') owner = value();
    else if (word === '--local') owner = ':';
    else if (option === '--divert') to = value();
    else if (word === '--rename') rename = true;
    else if (word === '--no-rename') rename = false;
    else if (word === '--quiet') quiet = true;
    else context.notNative(`option ${word}`);
  }
  if (actions.length > 1) context.notNative(`options ${actions.join(' ')}`);
  return { action: actions[0] ?? 'add', owner, to, rename, quiet, operands };
}

function describe({ from, to, package: owner }: Diversion): ByteString {
  return owner === ':' ? `local diversion of ${from} to ${to}` : `diversion of ${from} to ${to} by ${owner}`;
}

function list(context: CommandContext, { operands }: Arguments, diversions: readonly Diversion[]): number {
  const patterns = operands.length === 0 ? ['*'] : operands;
  const matches = diversions.filter(({ from, to, package: owner }) =>
    patterns.some((pattern) => [owner, to, from].some((text) => compileGlob(pattern)(text))),
  );
  requireKnownOrder(context, diversions, matches.length);
  for (const diversion of matches) context.stdout(`${describe(diversion)}\n`);
  return 0;
}

/** Several entries come in the order of dpkg's hash table, which may differ between versions: the file must show it. */
function requireKnownOrder(context: CommandContext, diversions: readonly Diversion[], count: number): void {
  if (count > 1 && !isInHashOrder(diversions, ({ from }) => from)) context.notNative('diversions in another order');
}

function add(context: CommandContext, given: Arguments, path: ByteString, diversions: readonly Diversion[]): number {
  const { tree } = context;
  const wanted = { from: path, to: given.to ?? `${path}.distrib`, package: given.owner ?? ':' };
  const touched = [wanted.from, wanted.to];
  const clash = diversions.find(({ from, to }) => touched.includes(from) || touched.includes(to));
  if (clash !== undefined) {
    const isSame = clash.from === wanted.from && clash.to === wanted.to && clash.package === wanted.package;
    if (!isSame) return context.notNative(`${describe(wanted)} clashes with ${describe(clash)}`);
    if (!given.quiet) context.stdout(`Leaving '${describe(clash)}'\n`);
    return 0;
  }
  if (tree.lstat(path)?.type === 'directory' || path === wanted.to || !wanted.to.startsWith('/')) {
    return context.notNative(`adding ${describe(wanted)}`);
  }
  requireKnownOrder(context, diversions, diversions.length + 1);
  if (!given.quiet) context.stdout(`Adding '${describe(wanted)}'\n`);
  let rename = given.rename && requireRenamable(context, path, wanted.to);
  if (rename && ownsPath(context, wanted.package, path)) {
    if (!given.quiet) {
      context.stdout(`Ignoring request to rename file '${path}' owned by diverting package '${wanted.package}'\n`);
    }
    rename = false;
  }
  save(context, [...diversions, wanted]);
  if (rename) tree.rename(path, wanted.to);
  return 0;
}

function remove(context: CommandContext, given: Arguments, path: ByteString, diversions: readonly Diversion[]): number {
  const found = diversions.find(({ from }) => from === path);
  if (found === undefined) {
    if (!given.quiet) context.stdout(`No diversion '${describeCurrent(given, path)}', none removed.\n`);
    return 0;
  }
  if (given.to !== undefined && given.to !== found.to) return mismatch(context, 'divert-to', given, path, found);
  if (given.owner !== undefined && given.owner !== found.package) {
    return mismatch(context, 'package', given, path, found);
  }
  // A diversion shared by several architectures of one package stays.
  if (given.owner !== undefined && findPackages(context.tree, given.owner).length > 1) {
    return context.notNative(`${given.owner} is installed for several architectures`);
  }
  requireKnownOrder(context, diversions, diversions.length);
  if (!given.quiet) context.stdout(`Removing '${describe(found)}'\n`);
  if (given.rename && requireRenamable(context, found.to, path)) context.tree.rename(found.to, path);
  save(
    context,
    diversions.filter((diversion) => diversion !== found),
  );
  return 0;
}

function describeCurrent({ owner, to }: Arguments, path: ByteString): ByteString {
  const towards = to === undefined ? '' : ` to ${to}`;
  if (owner === undefined) return `any diversion of ${path}${towards}`;
  return owner === ':' ? `local diversion of ${path}${towards}` : `diversion of ${path}${towards} by ${owner}`;
}

function mismatch(context: CommandContext, what: string, given: Arguments, path: ByteString, found: Diversion): number {
  const current = describeCurrent(given, path);
  fail(context, `error: mismatch on ${what}\n  when removing '${current}'\n  found '${describe(found)}'`);
  return 2;
}

/** False when there is nothing to rename. */
function requireRenamable(context: CommandContext, from: ByteString, to: ByteString): boolean {
  if (context.tree.lstat(from) === undefined) return false;
  if (context.tree.lstat(to) !== undefined) context.notNative(`renaming ${from} over ${to}`);
  if (context.tree.resolveParent(to) === undefined) context.notNative(`renaming ${from} to ${to}`);
  return true;
}

function ownsPath(context: CommandContext, owner: string, path: ByteString): boolean {
  if (owner === ':') return false;
  return findPackages(context.tree, owner).some((stanza) => readListOfPackage(context.tree, stanza)?.includes(path));
}

function save(context: CommandContext, diversions: readonly Diversion[]): void {
  const ordered = inHashOrder(diversions, ({ from }) => from);
  replaceDatabaseFile(context, DIVERSIONS_FILE, formatDiversions(ordered));
}
