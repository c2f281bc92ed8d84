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
  stdout(text: ByteString): void;
  stderr(text: ByteString): void;
  /** Runs another command line in the same evaluator (xargs, env, `sh -c`, maintscript helpers). */
  run(argv: readonly ByteString[], stdin?: ByteString): { status: number; stdout: ByteString };
  /** Aborts the evaluation: the reason names the command and the option. */
  notNative(reason: string): never;
}

/** Commands by name; families add their own (dpkg-divert, update-alternatives, apk) to the shared set. */
export type CommandTable = ReadonlyMap<string, EmulatedCommand>;
