import type { ByteString } from '../../../core/bytes.ts';
import type { Interpreter } from './interpreter.ts';
import type { Shell } from './shell.ts';

/** A command of the shell itself. `args` excludes the name. */
export type Builtin = (call: BuiltinCall) => number;

export interface BuiltinCall {
  readonly name: string;
  readonly args: readonly ByteString[];
  readonly shell: Shell;
  readonly interpreter: Interpreter;
}

/** POSIX special built-ins: found before functions, their assignments last, their errors end the shell. */
export const SPECIAL_BUILTINS: ReadonlySet<string> = new Set([
  '.',
  ':',
  'break',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);
