import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';

export type Action = 'install' | 'remove' | 'remove-all' | 'set' | 'auto' | 'list' | 'query' | 'display';

export interface Arguments {
  readonly action: Action;
  readonly name: ByteString;
  /** Path of --install, --remove and --set. */
  readonly path: ByteString;
  /** Of --install. */
  readonly link: ByteString;
  readonly priority: number;
  readonly slaves: readonly { readonly link: ByteString; readonly name: ByteString; readonly path: ByteString }[];
  readonly quiet: boolean;
  readonly force: boolean;
}

/** Operands by action. */
const COUNTS: Readonly<Record<Action, number>> = {
  install: 4,
  remove: 2,
  set: 2,
  'remove-all': 1,
  auto: 1,
  list: 1,
  query: 1,
  display: 1,
};

function isAction(name: string): name is Action {
  return Object.hasOwn(COUNTS, name);
}

/** Reads the command line of update-alternatives(1); what it would refuse is not native. */
export function readArguments(context: CommandContext): Arguments {
  const words = context.argv.slice(1);
  const slaves: { link: ByteString; name: ByteString; path: ByteString }[] = [];
  let action: Action | undefined;
  let operands: readonly ByteString[] = [];
  let quiet = false;
  let force = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const name = word.startsWith('--') ? word.slice(2) : '';
    if (name === 'quiet') quiet = true;
    else if (name === 'force') force = true;
    else if (name === 'slave') slaves.push(takeSlave(context, words, action));
    else if (isAction(name) && action === undefined) {
      action = name;
      operands = words.splice(0, COUNTS[name]);
      if (operands.length < COUNTS[name]) context.notNative(`${word} with too few operands`);
    } else return context.notNative(`option ${word}`);
  }
  if (action === undefined) return context.notNative('no action');
  return check(context, { ...place(action, operands), slaves, quiet, force });
}

function takeSlave(
  context: CommandContext,
  words: ByteString[],
  action: Action | undefined,
): Arguments['slaves'][number] {
  const [link, name, path] = words.splice(0, 3);
  if (action !== 'install' || link === undefined || name === undefined || path === undefined) {
    return context.notNative('--slave with too few operands');
  }
  return { link, name, path };
}

function place(action: Action, operands: readonly ByteString[]): Omit<Arguments, 'slaves' | 'quiet' | 'force'> {
  if (action !== 'install') return { action, name: operands[0] ?? '', path: operands[1] ?? '', link: '', priority: 0 };
  const [link = '', name = '', path = '', priority = ''] = operands;
  return { action, link, name, path, priority: /^[+-]?[0-9]{1,9}$/.test(priority) ? Number(priority) : Number.NaN };
}

function check(context: CommandContext, given: Arguments): Arguments {
  const { action, slaves } = given;
  const names = [given.name, ...slaves.map(({ name }) => name)];
  const paths = action === 'remove' || action === 'set' || action === 'install' ? [given.path] : [];
  const links = action === 'install' ? [given.link, ...slaves.map(({ link }) => link)] : [];
  for (const slave of slaves) paths.push(slave.path);
  const isOdd =
    names.some((name) => name === '' || /[/ \t\n]/.test(name)) ||
    [...paths, ...links].some((path) => !path.startsWith('/') || path.includes('\n')) ||
    new Set(names).size < names.length ||
    new Set(links).size < links.length ||
    [given, ...slaves].some(({ link, path }) => link === path && link !== '') ||
    Number.isNaN(given.priority);
  return isOdd ? context.notNative(`operands ${context.argv.slice(1).join(' ')}`) : given;
}
