import type { ByteString } from '../../core/bytes.ts';
import { isSutureError } from '../../core/errors/error.ts';
import type { MutableTree } from '../../oci/tree/types.ts';
import { builtinTable } from './builtins/table.ts';
import { NotNative } from './not-native.ts';
import { Budget } from './shell/budget.ts';
import { Collector, type Description, TextSource } from './shell/descriptors.ts';
import { TreeInterpreter } from './shell/execute.ts';
import { readShebang, runToEnd } from './shell/process.ts';
import { Shell } from './shell/shell.ts';
import type { World } from './shell/world.ts';
import type { CommandTable, EvaluateOptions, ScriptOutcome, ScriptRun } from './types.ts';

/**
 * Evaluates a maintainer script over the tree as dash (or bash, for what both do alike) run by root would. The tree must
 * be a fork: on `not-native` its changes are to be dropped. Nothing of the machine is read and no process is started.
 */
export function evaluateScript(
  run: ScriptRun,
  tree: MutableTree,
  commands: CommandTable,
  options: EvaluateOptions = {},
): ScriptOutcome {
  const budget = new Budget(options.limits);
  const world: World = {
    tree,
    commands,
    budget,
    sourceDate: run.sourceDate,
    triggers: new Set(),
    sourceOverrides: options.sourceOverrides ?? new Map(),
    multicall: options.multicall ?? new Set(),
    temporaryFiles: new Set(),
  };
  try {
    return runScript(run, world);
  } catch (error) {
    if (error instanceof NotNative) return { kind: 'not-native', line: error.line ?? 0, reason: error.reason };
    if (error instanceof RangeError) return { kind: 'not-native', line: 0, reason: 'nested too deeply' };
    if (isSutureError(error)) return { kind: 'not-native', line: 0, reason: error.message };
    throw error;
  }
}

function runScript(run: ScriptRun, world: World): ScriptOutcome {
  const { dialect, options } = readShebang(world, run.text, run.name);
  const stdout = new Collector(world.budget);
  const stderr = new Collector(world.budget, false);
  const shell = new Shell({
    world,
    dialect,
    zero: run.path,
    args: run.args,
    environment: run.environment,
    descriptors: new Map<number, Description>([
      [0, run.stdin === undefined ? new UnknownInput() : new TextSource(run.stdin)],
      [1, stdout],
      [2, stderr],
    ]),
    cwd: '/',
    umask: 0o022,
  });
  for (const option of options) shell.options.add(option);
  const interpreter = new TreeInterpreter(builtinTable());
  const exitStatus = runToEnd(shell, interpreter, () => interpreter.evaluateText(shell, run.text, 1));
  refuseRandomNames(world);
  return { kind: 'completed', exitStatus, stdout: stdout.text, stderr: stderr.text, triggers: [...world.triggers] };
}

/** Larger files are no notes about where a temporary file was. */
const NOTE_SIZE = 1024 * 1024;

/** Nothing that stays may depend on a name that mktemp makes up: no path, no target of a link, no text that was written. */
function refuseRandomNames({ tree, temporaryFiles, sourceDate }: World): void {
  if (temporaryFiles.size === 0) return;
  const names = [...temporaryFiles].map((path) => path.slice(path.lastIndexOf('/') + 1));
  const isRandom = (text: ByteString | undefined) => names.some((name) => text?.includes(name));
  for (const { path, inode } of tree.walk('/')) {
    if (inode.origin !== 'pending') continue;
    const written = inode.type === 'file' && inode.mtime === sourceDate && inode.size <= NOTE_SIZE;
    if (isRandom(path) || isRandom(inode.target) || (written && isRandom(tree.readText(path))))
      throw new NotNative(`${path} depends on a random name`);
  }
}

/** Standard input of the package manager, of which nothing is known. */
class UnknownInput implements Description {
  readonly readable = true;
  readonly writable = false;
  readonly observed = true;

  readAll(): never {
    throw new NotNative('reads the standard input of the package manager');
  }

  readLine(): never {
    return this.readAll();
  }

  write(): never {
    return this.readAll();
  }
}
