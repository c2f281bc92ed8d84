import type { ByteString } from '../../../core/bytes.ts';
import { type Builtin, SPECIAL_BUILTINS } from '../shell/builtin.ts';
import { absolutePath, statPath } from '../shell/files.ts';
import { ShellError } from '../shell/flow.ts';
import { resolveCommand } from '../shell/lookup.ts';
import type { Shell } from '../shell/shell.ts';

const RESERVED = new Set([
  '!',
  'case',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'fi',
  'for',
  'if',
  'in',
  'then',
  'until',
  'while',
  '{',
  '}',
]);

/** `cd` with logical paths, as dash: `..` is taken from the text of the path. */
export const cd: Builtin = ({ args, shell }) => {
  const operands = args[0] === '--' ? args.slice(1) : args;
  const target = operands[0] ?? shell.get('HOME') ?? shell.notNative('cd without HOME');
  if (operands.length > 1 || target.startsWith('-')) shell.notNative(`cd ${args.join(' ')}`);
  if (!/^\.{0,2}\//.test(target) && !/^\.{1,2}$/.test(target) && (shell.get('CDPATH') ?? '') !== '')
    shell.notNative('CDPATH');
  if (target === '') return 0;
  const path = normalize(absolutePath(shell.cwd, target));
  if (statPath(shell.world.tree, '/', absolutePath(shell.cwd, target))?.type !== 'directory') {
    throw new ShellError(`can't cd to ${target}`);
  }
  if (statPath(shell.world.tree, '/', path)?.type !== 'directory') shell.notNative(`cd ${target} through a link`);
  shell.set('OLDPWD', shell.cwd);
  shell.cwd = path;
  shell.set('PWD', path);
  return 0;
};

function normalize(path: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export const pwd: Builtin = ({ args, shell }) => {
  const [option] = args;
  if (option !== undefined && option !== '-L' && option !== '-P') shell.notNative(`pwd ${option}`);
  shell.writeOut(`${option === '-P' ? (shell.world.tree.realpath(shell.cwd) ?? shell.cwd) : shell.cwd}\n`);
  return 0;
};

export const umask: Builtin = ({ args, shell }) => {
  const [value] = args;
  if (value === undefined) shell.writeOut(`${shell.umask.toString(8).padStart(4, '0')}\n`);
  else if (/^[0-7]{1,4}$/.test(value) && args.length === 1) shell.umask = Number.parseInt(value, 8) & 0o777;
  else shell.notNative(`umask ${args.join(' ')}`);
  return 0;
};

/** Finds names as the shell would; the tables of built-ins come from the caller to avoid a circle. */
export function lookupBuiltins(isBuiltin: (name: string) => boolean): {
  command: Builtin;
  type: Builtin;
  hash: Builtin;
} {
  const describe = (shell: Shell, name: string): ByteString | undefined => {
    if (RESERVED.has(name) || SPECIAL_BUILTINS.has(name) || shell.functions.has(name) || isBuiltin(name)) return name;
    const path = resolveCommand(shell, name);
    return path === undefined ? undefined : path;
  };
  const command: Builtin = ({ args, shell, interpreter }) => {
    const operands = args[0] === '--' ? args.slice(1) : args;
    const [option, name] = operands;
    if (option === '-v') {
      // dash answers for the first name only.
      if (name === undefined || (operands.length > 2 && shell.dialect === 'bash'))
        return shell.notNative('command -v without one name');
      const found = describe(shell, name);
      if (found === undefined) return 127;
      shell.writeOut(`${found}\n`);
      return 0;
    }
    if (option?.startsWith('-') === true) return shell.notNative(`command ${option}`);
    if (option === 'exec') shell.notNative('command exec');
    return operands.length === 0 ? 0 : interpreter.runArguments(shell, operands, { skipFunctions: true });
  };
  const type: Builtin = ({ args, shell }) => {
    let status = 0;
    for (const name of args) {
      const [text, found] = describeType(shell, name);
      shell.writeOut(`${name}${text}\n`);
      if (!found) status = 127;
    }
    return status;
  };
  const describeType = (shell: Shell, name: string): [string, boolean] => {
    if (shell.dialect === 'bash') shell.notNative('type');
    if (RESERVED.has(name)) return [' is a shell keyword', true];
    if (SPECIAL_BUILTINS.has(name)) return [' is a special shell builtin', true];
    if (shell.functions.has(name)) return [' is a shell function', true];
    if (isBuiltin(name)) return [' is a shell builtin', true];
    const path = resolveCommand(shell, name);
    return path === undefined ? [': not found', false] : [` is ${path}`, true];
  };
  const hash: Builtin = ({ args, shell }) => {
    if (args[0]?.startsWith('-') === true && args[0] !== '-r') shell.notNative(`hash ${args[0]}`);
    if (args.length === 0) shell.notNative('hash without arguments');
    for (const name of args[0] === '-r' ? args.slice(1) : args) {
      if (shell.functions.has(name) || isBuiltin(name)) continue;
      if (resolveCommand(shell, name) === undefined) throw new ShellError(`${name}: not found`, 1);
    }
    return 0;
  };
  return { command, type, hash };
}
