import type { ByteString } from '../../../../core/bytes.ts';
import { fail } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';

const STATE = '/var/lib/apache2/module';
const ENABLED = '/etc/apache2/mods-enabled';
const PEOPLE = { maint: 'maintainer script', admin: 'site administrator' } as const;
const DISABLED_STATUS = { maint: 33, admin: 32 } as const;

/** `a2query -m [MODULE]` and `a2query -M`: which modules of Apache are enabled, and its MPM (a2query(1)). */
export function a2query(context: CommandContext): number {
  const words = context.argv.slice(1);
  const isQuiet = words[0] === '-q';
  const [option, pattern, ...rest] = isQuiet ? words.slice(1) : words;
  if ((option !== '-m' && option !== '-M') || rest.length > 0 || pattern?.startsWith('-') === true) {
    return context.notNative(words.join(' '));
  }
  if (context.tree.stat(ENABLED)?.type !== 'directory') return context.notNative(`no ${ENABLED}`);
  const modules = context.tree
    .readdir(ENABLED)
    .filter((name) => name.endsWith('.load'))
    .map((name) => name.slice(0, -'.load'.length));
  const processing = modules.flatMap((name) => /^mpm_(event|worker|prefork)$/.exec(name)?.[1] ?? []);
  if (processing.length !== 1) return context.notNative(`${processing.length} MPMs are enabled`);
  if (option === '-m') return queryModules(context, modules, pattern ?? '', isQuiet);
  if (pattern !== undefined) return context.notNative(words.join(' '));
  if (!isQuiet) context.stdout(`${processing[0]}\n`);
  return 0;
}

function queryModules(
  context: CommandContext,
  modules: readonly ByteString[],
  pattern: ByteString,
  isQuiet: boolean,
): number {
  const name = pattern.replace(/^mod/, '').replace(/\.(conf|load)/, '');
  const matches = modules.filter((module) => name === '' || module === name);
  for (const module of matches) {
    const state = changedBy(context, 'enabled', module);
    const who = state === undefined ? 'unknown' : PEOPLE[state];
    if (!isQuiet) context.stdout(`${module} (enabled by ${who})\n`);
  }
  if (matches.length > 0) return 0;
  const state = changedBy(context, 'disabled', name);
  const why = state === undefined ? '' : ` (disabled by ${PEOPLE[state]})`;
  if (!isQuiet) fail(context, `No module matches ${name}${why}`);
  return state === undefined ? 1 : DISABLED_STATUS[state];
}

/** Whose token records the last change of a module. */
function changedBy(
  context: CommandContext,
  what: 'enabled' | 'disabled',
  module: ByteString,
): keyof typeof PEOPLE | undefined {
  const people = ['maint', 'admin'] as const;
  return people.find((who) => context.tree.stat(`${STATE}/${what}_by_${who}/${module}`) !== undefined);
}
