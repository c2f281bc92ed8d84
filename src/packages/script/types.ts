import type { ByteString } from '../../core/bytes.ts';
import type { MutableTree } from '../../oci/tree/types.ts';

/** One maintainer script to evaluate over the tree of an image. */
export interface ScriptRun {
  /** For messages: `openssl postinst`. */
  readonly name: string;
  readonly text: ByteString;
  /** argv[1…]: `configure 1.0-1`. */
  readonly args: readonly ByteString[];
  /** Environment of the process: DPKG_MAINTSCRIPT_*, PATH …; nothing of the machine. */
  readonly environment: ReadonlyMap<string, ByteString>;
  /** Seconds since the epoch: `date`, mtimes of what the script writes. */
  readonly sourceDate: number;
  readonly stdin?: ByteString;
  /** `$0`: path under which the package manager runs the script. Reading `$0` without it is not native. */
  readonly path?: ByteString;
}

/**
 * `completed`: the script ran to its end natively; its effects are in the tree it was given. `not-native`: it used
 * something outside the exact subset; its effects must be dropped (evaluate in a fork). Nothing is ever skipped.
 */
export type ScriptOutcome =
  | {
      readonly kind: 'completed';
      readonly exitStatus: number;
      readonly stdout: ByteString;
      readonly stderr: ByteString;
      readonly triggers: readonly ByteString[];
    }
  | { readonly kind: 'not-native'; readonly line: number; readonly reason: string };

/**
 * A command that the evaluator emulates exactly. It throws `NotNative` (see evaluator) for any option or situation that
 * it does not reproduce to the byte.
 */
export type EmulatedCommand = (context: CommandContext) => number;

export interface CommandContext {
  readonly argv: readonly ByteString[];
  readonly tree: MutableTree;
  readonly cwd: ByteString;
  readonly environment: ReadonlyMap<string, ByteString>;
  readonly stdin: ByteString;
  readonly sourceDate: number;
  readonly umask: number;
  /** Path of the file that standard output goes to, if it is one: most tools refuse to read what they write. */
  readonly outputFile: ByteString | undefined;
  stdout(text: ByteString): void;
  stderr(text: ByteString): void;
  /** Runs another command line in the same evaluator (xargs, env, `sh -c`, maintscript helpers). */
  run(argv: readonly ByteString[], stdin?: ByteString, options?: RunOptions): { status: number; stdout: ByteString };
  /** Records a trigger for `ScriptOutcome.triggers`, each name once, in order of activation. */
  trigger(name: ByteString): void;
  /** Registers a name that is random in reality: unless it is gone when the script ends, the script is not native. */
  temporaryFile(path: ByteString): void;
  /** Spends `count` steps of the evaluation's budget; for commands whose work grows with their input. */
  step(count: number): void;
  /** Aborts the evaluation: the reason names the command and the option. */
  notNative(reason: string): never;
}

export interface RunOptions {
  /** Replaces the environment of the command. */
  readonly environment?: ReadonlyMap<string, ByteString>;
  /** Working directory instead of the caller's. */
  readonly cwd?: ByteString;
  /** Output goes straight to the caller's standard output; the returned `stdout` is empty. */
  readonly inherit?: boolean;
}

/** A shell function supplied by the family (`db_get`): like a command, but it sees and changes the variables of the shell. */
export type NativeFunction = (context: FunctionContext) => number;

export interface FunctionContext extends CommandContext {
  variable(name: string): ByteString | undefined;
  setVariable(name: string, value: ByteString): void;
}

/** What `. FILE` does instead of reading FILE: the family knows what the file would define. */
export type SourceOverride = (shell: SourcingShell) => void;

export interface SourcingShell {
  /** `$0`: the script that sources the file may be one that the maintainer script runs. */
  readonly zero: ByteString | undefined;
  readonly args: readonly ByteString[];
  variable(name: string): ByteString | undefined;
  setVariable(name: string, value: ByteString): void;
  /** Sets a variable that child processes see. */
  exportVariable(name: string, value: ByteString): void;
  defineFunction(name: string, body: NativeFunction): void;
}

export interface EvaluateOptions {
  /** By absolute path as the script writes it: `/usr/share/debconf/confmodule`. */
  readonly sourceOverrides?: ReadonlyMap<ByteString, SourceOverride>;
  /** Commands of the multi-call binaries that are emulated: `busybox`. By default none is. */
  readonly multicall?: ReadonlySet<string>;
  readonly limits?: Partial<EvaluationLimits>;
}

/** Bounds that make every evaluation end; beyond them it is not native. */
export interface EvaluationLimits {
  /** Commands, loop turns and pattern steps. */
  readonly steps: number;
  /** Nested functions, substitutions, scripts and sourced files. */
  readonly depth: number;
  /** Bytes written by all commands together. */
  readonly output: number;
}

/** Commands by name; families add their own (dpkg-divert, update-alternatives, apk) to the shared set. */
export type CommandTable = ReadonlyMap<string, EmulatedCommand>;
