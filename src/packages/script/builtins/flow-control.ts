import type { Builtin, BuiltinCall } from '../shell/builtin.ts';
import { absolutePath } from '../shell/files.ts';
import { ExitShell, LeaveLoop, ReturnFromFunction, ShellError } from '../shell/flow.ts';
import { findInPath } from '../shell/lookup.ts';
import { withFile } from '../shell/process.ts';
import type { NativeFunction, SourcingShell } from '../types.ts';

const SOURCE_LIMIT = 4 * 1024 * 1024;

function statusArgument({ args, shell, name }: BuiltinCall): number {
  const [text] = args;
  if (text === undefined) return shell.status;
  if (!/^[0-9]{1,9}$/.test(text)) shell.notNative(`${name} ${text}`);
  return Number(text) & 0xff;
}

export const exit: Builtin = (call) => {
  throw new ExitShell(statusArgument(call));
};

export const returnBuiltin: Builtin = (call) => {
  throw new ReturnFromFunction(statusArgument(call));
};

function leave(kind: 'break' | 'continue'): Builtin {
  return ({ args, shell }) => {
    const text = args[0] ?? '1';
    if (!/^[1-9][0-9]{0,3}$/.test(text)) throw new ShellError(`Illegal number: ${text}`);
    if (shell.loopDepth === 0) return 0;
    throw new LeaveLoop(kind, Math.min(Number(text), shell.loopDepth));
  };
}

export const breakBuiltin = leave('break');
export const continueBuiltin = leave('continue');

export const evalBuiltin: Builtin = ({ args, shell, interpreter }) => {
  const text = args.join(' ');
  if (text.trim() === '') return 0;
  return shell.world.budget.nested(() => interpreter.evaluateText(shell, text, shell.line));
};

/** Without a command its redirections stay (the caller keeps them); with one the process is replaced. */
export const exec: Builtin = ({ args, shell, interpreter }) => {
  const [first] = args;
  if (first === undefined) return 0;
  if (first.startsWith('-')) shell.notNative(`exec ${first}`);
  throw new ExitShell(interpreter.runFile(shell, args), true);
};

/** `. FILE`: evaluates a file of the image in this shell, or what the family puts in its place. */
export const source: Builtin = (call) => {
  const { args, shell, interpreter } = call;
  const [file, ...rest] = args;
  if (file === undefined) return 0;
  if (rest.length > 0) shell.notNative('. with arguments');
  const path = file.includes('/') ? file : (findInPath(shell, file) ?? shell.notNative(`. ${file}`));
  const absolute = absolutePath(shell.cwd, path);
  const override = shell.world.sourceOverrides.get(absolute);
  if (override !== undefined) {
    override(sourcingShell(call));
    return 0;
  }
  if (shell.world.tree.stat(absolute)?.type !== 'file') throw new ShellError(`.: cannot open ${path}: No such file`);
  const text = shell.world.tree.readText(absolute, SOURCE_LIMIT) ?? '';
  const { line } = shell;
  try {
    return withFile(shell, path, () =>
      shell.world.budget.nested(() => {
        shell.tested = false;
        return interpreter.evaluateText(shell, text, 1);
      }),
    );
  } catch (error) {
    if (!(error instanceof ReturnFromFunction)) throw error;
    return error.status;
  } finally {
    shell.line = line;
  }
};

function sourcingShell({ shell }: BuiltinCall): SourcingShell {
  return {
    zero: shell.zero,
    args: shell.args,
    variable: (name) => shell.get(name),
    setVariable: (name, value) => shell.set(name, value),
    exportVariable: (name, value) => {
      shell.set(name, value);
      shell.variables.set(name, { value, exported: true, readonly: false });
    },
    defineFunction: (name, body: NativeFunction) => {
      shell.functions.set(name, { kind: 'native', body });
    },
  };
}

const SIGNALS = new Map([
  ['0', 'EXIT'],
  ['1', 'HUP'],
  ['2', 'INT'],
  ['3', 'QUIT'],
  ['6', 'ABRT'],
  ['13', 'PIPE'],
  ['14', 'ALRM'],
  ['15', 'TERM'],
]);
const SIGNAL_NAMES = new Set([...SIGNALS.values(), 'USR1', 'USR2', 'CHLD', 'TSTP', 'TTIN', 'TTOU', 'CONT']);

/** Records actions; only EXIT ever happens, since nothing sends signals to an evaluation. */
export const trap: Builtin = ({ args, shell }) => {
  const [action, ...signals] = args[0] === '--' ? args.slice(1) : args;
  if (action === undefined) return shell.notNative('trap without arguments');
  if (action.startsWith('-') && action !== '-') shell.notNative(`trap ${action}`);
  const resets = signals.length === 0 || /^[0-9]+$/.test(action);
  if (resets && action !== '-' && signals.length === 0) shell.notNative(`trap ${action}`);
  for (const signal of resets && action !== '-' ? args : signals) {
    const name = SIGNALS.get(signal) ?? signal;
    if (!SIGNAL_NAMES.has(name)) shell.notNative(`trap of ${signal}`);
    if (resets || action === '-') shell.traps.delete(name);
    else shell.traps.set(name, action);
  }
  return 0;
};
