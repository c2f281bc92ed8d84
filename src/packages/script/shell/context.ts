import type { ByteString } from '../../../core/bytes.ts';
import type { CommandContext, FunctionContext, RunOptions } from '../types.ts';
import { OpenFile } from './descriptors.ts';
import type { Interpreter } from './interpreter.ts';
import type { Shell } from './shell.ts';

/** What an emulated command sees of the shell that runs it. Standard input is read only when the command asks for it. */
export function createContext(
  shell: Shell,
  interpreter: Interpreter,
  argv: readonly ByteString[],
  environment: ReadonlyMap<string, ByteString>,
): CommandContext {
  const { world } = shell;
  let input: ByteString | undefined;
  return {
    argv,
    tree: world.tree,
    cwd: shell.cwd,
    environment,
    sourceDate: world.sourceDate,
    umask: shell.umask,
    get stdin() {
      input ??= shell.descriptor(0).readAll();
      return input;
    },
    get outputFile() {
      const output = shell.descriptors.get(1);
      return output instanceof OpenFile ? output.path : undefined;
    },
    stdout: (text) => shell.writeOut(text),
    stderr: (text) => shell.writeError(text),
    run: (command, stdin, options: RunOptions = {}) => interpreter.runChild(shell, command, stdin, options),
    trigger: (name) => {
      world.triggers.add(name);
    },
    temporaryFile: (path) => {
      world.temporaryFiles.add(path);
    },
    step: (count) => world.budget.step(count),
    notNative: (reason) => shell.notNative(`${argv[0] ?? ''}: ${reason}`),
  };
}

export function createFunctionContext(
  shell: Shell,
  interpreter: Interpreter,
  argv: readonly ByteString[],
): FunctionContext {
  const context = createContext(shell, interpreter, argv, shell.environment());
  return Object.create(context, {
    variable: { value: (name: string) => shell.get(name) },
    setVariable: { value: (name: string, value: ByteString) => shell.set(name, value) },
  }) as FunctionContext;
}
