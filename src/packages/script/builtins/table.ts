import type { Builtin } from '../shell/builtin.ts';
import { cd, lookupBuiltins, pwd, umask } from './environment.ts';
import { breakBuiltin, continueBuiltin, evalBuiltin, exec, exit, returnBuiltin, source, trap } from './flow-control.ts';
import { echo, printf } from './output.ts';
import { read } from './read.ts';
import { test } from './test.ts';
import { exportBuiltin, getopts, local, readonlyBuiltin, set, shift, unset } from './variables.ts';

/** Built-ins of dash that need a process, a terminal or a clock. */
const REFUSED = ['alias', 'bg', 'chdir', 'fg', 'jobs', 'kill', 'times', 'ulimit', 'unalias', 'wait'];

const IMPLEMENTED: readonly (readonly [string, Builtin])[] = [
  ['.', source],
  [':', () => 0],
  ['[', test],
  ['break', breakBuiltin],
  ['cd', cd],
  ['continue', continueBuiltin],
  ['echo', echo],
  ['eval', evalBuiltin],
  ['exec', exec],
  ['exit', exit],
  ['export', exportBuiltin],
  ['false', () => 1],
  ['getopts', getopts],
  ['local', local],
  ['printf', printf],
  ['pwd', pwd],
  ['read', read],
  ['readonly', readonlyBuiltin],
  ['return', returnBuiltin],
  ['set', set],
  ['shift', shift],
  ['test', test],
  ['trap', trap],
  ['true', () => 0],
  ['umask', umask],
  ['unset', unset],
];

/** All commands that dash runs itself. */
export function builtinTable(): ReadonlyMap<string, Builtin> {
  const table = new Map<string, Builtin>(IMPLEMENTED);
  for (const name of REFUSED) table.set(name, ({ shell }) => shell.notNative(`built-in ${name}`));
  const { command, type, hash } = lookupBuiltins((name) => table.has(name));
  table.set('command', command);
  table.set('type', type);
  table.set('hash', hash);
  return table;
}
