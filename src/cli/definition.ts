import type { Environment } from '../core/ports.ts';

/** One option of a command: help, environment name, reference docs and completion all come from this row. */
export interface OptionDefinition {
  /** Commander's notation: `-o, --output <format>`, `--quiet`, `--no-color`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** May be given several times; the value is a list. */
  readonly repeatable?: boolean;
  /** Not to be set by the environment (it names one thing of one call). */
  readonly noEnvironment?: boolean;
}

export interface ArgumentDefinition {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
  readonly variadic?: boolean;
}

/** One command: parse → call one function of a room below → render. `run` imports what it needs when it is called. */
export interface CommandDefinition {
  /** Words after `suture`: `patch`, `registry serve`. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  readonly examples: readonly { readonly command: string; readonly comment: string }[];
  /** Returns the exit code. Errors are thrown and rendered by the caller. */
  run(invocation: Invocation): Promise<number>;
}

export type OptionValue = string | number | boolean | readonly string[] | undefined;

export interface Invocation {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** Where the program reads and writes; data goes to stdout, everything else to stderr. */
export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface OutputStream {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}
