import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';
import type { CommandTable, EmulatedCommand } from '../types.ts';
import { createContext } from './context.ts';
import { absolutePath, statPath } from './files.ts';
import { ExitShell, LeaveLoop, ReturnFromFunction, ShellError } from './flow.ts';
import type { Interpreter } from './interpreter.ts';
import { type Dialect, type OptionName, Shell } from './shell.ts';
import type { World } from './world.ts';

const STANDARD_DIRECTORIES = new Set(['/bin', '/sbin', '/usr/bin', '/usr/sbin']);
const MULTICALL = new Set(['busybox', 'toybox', 'coreutils', 'coreutils-static', 'box']);
const SCRIPT_LIMIT = 4 * 1024 * 1024;

/** Runs an executable file of the image: emulated, or evaluated when it is a shell script. `path` exists. */
export function executeFile(
  shell: Shell,
  interpreter: Interpreter,
  path: ByteString,
  argv: readonly ByteString[],
  environment: ReadonlyMap<string, ByteString>,
): number {
  shell.world.budget.step();
  const shellName = interpreterName(shell, path);
  if (shellName !== undefined) return runShellCommand(shell, interpreter, shellName, argv, environment);
  const emulated = findEmulation(shell, path);
  if (emulated !== undefined) return emulated(createContext(shell, interpreter, argv, environment));
  const text = bytesToByteString(
    shell.world.tree.readFile(absolutePath(shell.cwd, path), 512 * 1024 * 1024).subarray(0, SCRIPT_LIMIT),
  );
  if (!text.startsWith('#!')) shell.notNative(`command ${path}`);
  const { dialect, options } = readShebang(shell.world, text, path);
  const script = { label: path, text, zero: path, args: argv.slice(1), dialect, options };
  return runNestedShell(shell, interpreter, script, environment);
}

interface NestedScript {
  /** For messages: the file, or `sh -c`. */
  readonly label: string;
  readonly text: ByteString;
  readonly zero: ByteString;
  readonly args: readonly ByteString[];
  readonly dialect: Dialect;
  readonly options: readonly OptionName[];
}

/** A shell process of its own: it has the environment and the open files of its parent, nothing else. */
function runNestedShell(
  shell: Shell,
  interpreter: Interpreter,
  script: NestedScript,
  environment: ReadonlyMap<string, ByteString>,
): number {
  const { label, text, zero, args, dialect, options } = script;
  return shell.world.budget.nested(() => {
    const { world, descriptors, cwd, umask } = shell;
    const child = new Shell({ world, dialect, zero, args, environment, descriptors, cwd, umask });
    for (const option of options) child.options.add(option);
    return withFile(shell, label, () => runToEnd(child, interpreter, () => interpreter.evaluateText(child, text, 1)));
  });
}

/** `dash` or `bash` when the path is the image's shell, under whatever name. */
function interpreterName(shell: Shell, path: ByteString): Dialect | undefined {
  const absolute = absolutePath(shell.cwd, path);
  if (!/\/(sh|dash|bash)$/.test(absolute)) return undefined;
  const real = shell.world.tree.realpath(absolute) ?? '';
  return /^(\/usr)?\/bin\/dash$/.test(real) ? 'dash' : /^(\/usr)?\/bin\/bash$/.test(real) ? 'bash' : undefined;
}

const SHELL_OPTIONS: Readonly<Record<string, OptionName>> = { e: 'errexit', u: 'nounset', x: 'xtrace', f: 'noglob' };

/** `sh [-eux] FILE ARGS` and `sh [-eux] -c TEXT NAME ARGS`. */
function runShellCommand(
  shell: Shell,
  interpreter: Interpreter,
  dialect: Dialect,
  argv: readonly ByteString[],
  environment: ReadonlyMap<string, ByteString>,
): number {
  const words = argv.slice(1);
  const options: OptionName[] = [];
  let isText = false;
  while (/^-[a-z]+$/.test(words[0] ?? '')) {
    for (const letter of (words.shift() ?? '').slice(1)) {
      const option = SHELL_OPTIONS[letter];
      if (letter === 'c') isText = true;
      else if (option !== undefined) options.push(option);
      else shell.notNative(`${argv[0] ?? ''} -${letter}`);
    }
  }
  const [first, ...rest] = words;
  if (first === undefined) return shell.notNative(`${argv[0] ?? ''} that reads its script from standard input`);
  if (isText) {
    const script = {
      label: `${argv[0] ?? ''} -c`,
      text: first,
      zero: rest[0] ?? argv[0] ?? '',
      args: rest.slice(1),
      dialect,
      options,
    };
    return runNestedShell(shell, interpreter, script, environment);
  }
  const text = shell.world.tree.readText(absolutePath(shell.cwd, first), SCRIPT_LIMIT);
  if (text === undefined) return shell.notNative(`${argv[0] ?? ''} ${first}, which is no file`);
  return runNestedShell(
    shell,
    interpreter,
    { label: first, text, zero: first, args: rest, dialect, options },
    environment,
  );
}

/** Names the nested file in the reason, and gives the line of the outer script. */
export function withFile<Result>(shell: Shell, path: ByteString, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof NotNative)) throw error;
    throw new NotNative(`${path} line ${error.line ?? 0}: ${error.reason}`, shell.line);
  }
}

function findEmulation(shell: Shell, path: ByteString): EmulatedCommand | undefined {
  const { tree, commands, multicall } = shell.world;
  const absolute = absolutePath(shell.cwd, path);
  const real = tree.realpath(absolute) ?? absolute;
  const implementation = real.slice(real.lastIndexOf('/') + 1);
  const isMulticall = MULTICALL.has(implementation) || real.includes('/cargo/');
  if (isMulticall && !multicall.has(implementation)) shell.notNative(`${path} is the one of ${implementation}`);
  return lookUpEmulation(commands, tree.resolveParent(absolute) ?? absolute, absolute);
}

function lookUpEmulation(
  commands: CommandTable,
  resolved: ByteString,
  absolute: ByteString,
): EmulatedCommand | undefined {
  const byPath = commands.get(absolute) ?? commands.get(resolved);
  if (byPath !== undefined) return byPath;
  const slash = resolved.lastIndexOf('/');
  return STANDARD_DIRECTORIES.has(resolved.slice(0, slash)) ? commands.get(resolved.slice(slash + 1)) : undefined;
}

/** Shell and options of the `#!` line. @throws NotNative unless the image's interpreter is dash or bash, or busybox where that is allowed. */
export function readShebang(
  world: World,
  text: ByteString,
  path: ByteString,
): { dialect: Dialect; options: 'errexit'[] } {
  const line = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
  const match = /^#![ \t]*(\/\S+)[ \t]*(.*?)[ \t]*$/.exec(line);
  const interpreter = match?.[1] ?? '';
  // The kernel hands over all that follows as one word: `#!/bin/busybox sh`, never with an option.
  const isBusybox = /^(\/usr)?\/bin\/busybox$/.test(interpreter) && /^a?sh$/.test(match?.[2] ?? '');
  if (isBusybox && world.multicall.has('busybox') && world.tree.stat(interpreter)?.type === 'file')
    return { dialect: 'bash', options: [] };
  if (!/^(\/usr)?\/bin\/(sh|dash|bash)$/.test(interpreter))
    throw new NotNative(`${path} runs under ${interpreter || line}`, 1);
  const option = match?.[2] ?? '';
  if (option !== '' && option !== '-e') throw new NotNative(`option ${option} of ${interpreter}`, 1);
  const real = world.tree.realpath(interpreter);
  const shellName = real?.slice(real.lastIndexOf('/') + 1);
  const fromOption: 'errexit'[] = option === '-e' ? ['errexit'] : [];
  // Busybox's ash sides now with dash and now with bash: native is what both do alike, which is what `bash` stands for.
  if (shellName === 'busybox' && world.multicall.has('busybox')) return { dialect: 'bash', options: fromOption };
  if (shellName !== 'dash' && shellName !== 'bash') {
    throw new NotNative(`${interpreter} of the image is ${shellName ?? 'missing'}, not dash`, 1);
  }
  return { dialect: shellName, options: fromOption };
}

/** Runs a shell process up to its exit, with its EXIT trap; the exit status. */
export function runToEnd(shell: Shell, interpreter: Interpreter, action: () => number): number {
  let status = catchExit(shell, action);
  const trap = shell.traps.get('EXIT');
  if (trap === undefined || trap === '' || status.replaced) return status.status;
  shell.traps.delete('EXIT');
  shell.status = status.status;
  shell.localScopes.length = 0;
  const before = status.status;
  status = catchExit(shell, () => {
    interpreter.evaluateText(shell, trap, shell.line);
    return before;
  });
  return status.status;
}

function catchExit(shell: Shell, action: () => number): { status: number; replaced: boolean } {
  try {
    return { status: action(), replaced: false };
  } catch (error) {
    if (error instanceof ExitShell) return { status: error.status, replaced: error.replaced };
    if (error instanceof ReturnFromFunction) {
      if (shell.dialect === 'bash' || shell.isSubshell) shell.notNative('return outside of a function');
      return { status: error.status, replaced: false };
    }
    if (error instanceof LeaveLoop) shell.notNative(`${error.kind} that leaves its process`);
    if (!(error instanceof ShellError)) throw error;
    if (shell.dialect === 'bash') shell.notNative(`error that bash treats in its own way: ${error.text}`);
    shell.complain(error.text);
    return { status: error.status, replaced: false };
  }
}

/** Whether `path` names an existing file that cannot be executed (status 126 rather than 127). */
export function isPresent(shell: Shell, path: ByteString): boolean {
  return statPath(shell.world.tree, shell.cwd, path) !== undefined;
}
