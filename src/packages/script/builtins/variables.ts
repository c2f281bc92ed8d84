import { evaluateArithmetic } from '../shell/arithmetic.ts';
import type { Builtin } from '../shell/builtin.ts';
import { ShellError } from '../shell/flow.ts';
import type { OptionName, Shell } from '../shell/shell.ts';
import { isName } from '../syntax/scanner.ts';

const LETTERS: Readonly<Record<string, OptionName>> = { e: 'errexit', u: 'nounset', f: 'noglob', x: 'xtrace' };
const NAMES = new Set<string>(['errexit', 'nounset', 'noglob', 'xtrace']);

function splitOperand(operand: string): { name: string; value: string | undefined } {
  const equals = operand.indexOf('=');
  return equals < 0
    ? { name: operand, value: undefined }
    : { name: operand.slice(0, equals), value: operand.slice(equals + 1) };
}

function declare(attribute: 'exported' | 'readonly'): Builtin {
  return ({ name: command, args, shell }) => {
    const operands = args[0] === '--' ? args.slice(1) : args;
    if (operands.length === 0 || operands[0]?.startsWith('-') === true) shell.notNative(`${command} ${args.join(' ')}`);
    for (const operand of operands) {
      const { name, value } = splitOperand(operand);
      if (!isName(name)) throw new ShellError(`${command}: ${name}: bad variable name`);
      if (value !== undefined) shell.set(name, value);
      const current = shell.variables.get(name) ?? { value: undefined, exported: false, readonly: false };
      shell.variables.set(name, { ...current, [attribute]: true });
    }
    return 0;
  };
}

export const exportBuiltin = declare('exported');
export const readonlyBuiltin = declare('readonly');

/** In dash a local variable starts with the value and the export of the outer one; in bash it starts unset. */
export const local: Builtin = ({ args, shell }) => {
  const scope = shell.localScopes.at(-1);
  if (scope === undefined) return shell.notNative('local outside of a function');
  for (const operand of args) {
    const { name, value } = splitOperand(operand);
    if (!isName(name)) shell.notNative(`local ${operand}`);
    const first = !scope.has(name);
    if (first) scope.set(name, shell.variables.get(name));
    if (shell.variables.get(name)?.readonly === true) shell.notNative(`local ${name}, which is read only`);
    if (value !== undefined) shell.set(name, value);
    else if (shell.dialect === 'bash' && first) shell.variables.delete(name);
  }
  return 0;
};

export const unset: Builtin = ({ args, shell }) => {
  const functions = args[0] === '-f';
  const operands = args[0] === '-f' || args[0] === '-v' ? args.slice(1) : args;
  for (const name of operands) {
    if (!isName(name)) shell.notNative(`unset ${name}`);
    if (functions) shell.functions.delete(name);
    else {
      // bash without -v goes on to unset a function of that name.
      if (shell.dialect === 'bash' && args[0] !== '-v' && !shell.variables.has(name) && shell.functions.has(name)) {
        shell.notNative(`unset ${name}, a function`);
      }
      shell.unset(name);
    }
  }
  return 0;
};

export const set: Builtin = ({ args, shell }) => {
  if (args.length === 0) shell.notNative('set without arguments');
  let index = 0;
  for (; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (argument === '--') {
      shell.args = args.slice(index + 1);
      return 0;
    }
    if (!/^[-+]./.test(argument)) break;
    const on = argument.startsWith('-');
    for (const letter of argument.slice(1)) {
      if (letter === 'o') {
        index += 1;
        setOption(shell, args[index] ?? '', on);
      } else setOption(shell, LETTERS[letter] ?? letter, on);
    }
  }
  if (args[index] === '-' || args[index] === '+') shell.notNative('set -');
  if (index < args.length) shell.args = args.slice(index);
  return 0;
};

function setOption(shell: Shell, name: string, on: boolean): void {
  // dash of Debian 12 and 13 has no pipefail and ends the script over it.
  const isKnown = NAMES.has(name) || (name === 'pipefail' && shell.dialect === 'bash');
  if (!isKnown) shell.notNative(`shell option ${name}`);
  const option = name as OptionName;
  if (on) shell.options.add(option);
  else shell.options.delete(option);
}

export const shift: Builtin = ({ args, shell }) => {
  const text = args[0] ?? '1';
  if (!/^[0-9]{1,6}$/.test(text)) throw new ShellError(`shift: Illegal number: ${text}`);
  const count = Number(text);
  if (count > shell.args.length) throw new ShellError("shift: can't shift that many");
  shell.args = shell.args.slice(count);
  return 0;
};

/** POSIX getopts with dash's clustering; messages go to standard error unless the option string starts with a colon. */
export const getopts: Builtin = ({ args, shell }) => {
  const [specification, variable, ...given] = args;
  if (specification === undefined || variable === undefined || !isName(variable)) return shell.notNative('getopts');
  const operands = given.length > 0 ? given : shell.args;
  const silent = specification.startsWith(':');
  let index = Number(evaluateArithmetic(shell.get('OPTIND') ?? '1', shell));
  let offset = shell.getoptsOffset;
  const finish = (name: string, status: number, argument?: string): number => {
    shell.set('OPTIND', String(index));
    shell.getoptsOffset = offset;
    shell.set(variable, name);
    if (argument === undefined) shell.unset('OPTARG');
    else shell.set('OPTARG', argument);
    return status;
  };
  const word = operands[index - 1];
  if (offset === 0) {
    if (word === undefined || !/^-./.test(word) || word === '--') {
      if (word === '--') index += 1;
      return finish('?', 1);
    }
    offset = 1;
  }
  const letter = word?.charAt(offset) ?? '';
  offset += 1;
  const isLast = offset >= (word?.length ?? 0);
  const at = letter === ':' ? -1 : specification.indexOf(letter, silent ? 1 : 0);
  const next = (): void => {
    index += 1;
    offset = 0;
  };
  if (at < 0) {
    if (isLast) next();
    if (!silent) shell.writeError(`Illegal option -${letter}\n`);
    return finish('?', 0, silent ? letter : undefined);
  }
  if (specification.charAt(at + 1) !== ':') {
    if (isLast) next();
    return finish(letter, 0, '');
  }
  const attached = word?.slice(offset) ?? '';
  next();
  if (attached !== '') return finish(letter, 0, attached);
  const argument = operands[index - 1];
  index += 1;
  if (argument !== undefined) return finish(letter, 0, argument);
  if (!silent) shell.writeError(`No arg for -${letter} option\n`);
  return finish(silent ? ':' : '?', 0, silent ? letter : undefined);
};
