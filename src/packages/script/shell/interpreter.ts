import type { ByteString } from '../../../core/bytes.ts';
import type { Command } from '../syntax/ast.ts';
import type { RunOptions } from '../types.ts';
import type { Shell } from './shell.ts';

/**
 * What the parts of the interpreter need of each other: words contain commands, commands contain words, built-ins run
 * both. One object ties the knot, so that no module imports its caller.
 */
export interface Interpreter {
  /** Runs a command; `tested` when its failure is looked at, so that `set -e` does not apply. */
  execute(shell: Shell, command: Command, tested: boolean): number;
  /** Runs a text in this very shell (`eval`, `.`, traps); the status of the last command. */
  evaluateText(shell: Shell, text: ByteString, line: number): number;
  /** Output of `$( )`, trailing newlines removed; sets `shell.substitutionStatus`. */
  substitute(shell: Shell, body: readonly Command[]): ByteString;
  /** Runs a function, built-in or file by name with expanded arguments. */
  runArguments(shell: Shell, argv: readonly ByteString[], options?: { readonly skipFunctions?: boolean }): number;
  /** Replaces the process: only files are looked up. */
  runFile(shell: Shell, argv: readonly ByteString[]): number;
  /** Runs a command line in a child process and collects its output. */
  runChild(shell: Shell, argv: readonly ByteString[], stdin: ByteString | undefined, options: RunOptions): ChildResult;
  /** Runs an action as a process of its own: exits end it alone. */
  inSubshell(shell: Shell, action: (child: Shell) => number): number;
}

export interface ChildResult {
  readonly status: number;
  readonly stdout: ByteString;
}
