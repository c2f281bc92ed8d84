import { CATALOGUE, type ErrorCode } from './catalogue.ts';
import { EXIT_CODES, type ExitClass } from './exit.ts';

export interface ErrorDetails {
  /** What went wrong below; kept, never swallowed. */
  readonly cause?: unknown;
  /** Replaces the catalogue's fix where the place of the failure knows a better one. */
  readonly fix?: string;
}

/**
 * The one error class of the program. `message` names the thing and the cause in a sentence for a person; `code` is
 * stable and listed in docs/errors.md; `fix` says what to do; `exitClass` decides the exit code of the command.
 */
export class SutureError extends Error {
  override readonly name = 'SutureError';
  readonly code: ErrorCode;
  readonly fix: string;
  readonly exitClass: ExitClass;
  /** The fault is the other side's and may be gone later: callers may try again. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const entry = CATALOGUE[code];
    this.code = code;
    this.fix = details.fix ?? entry.fix;
    this.exitClass = entry.exit;
    this.retryable = entry.retryable === true;
  }

  get exitCode(): number {
    return EXIT_CODES[this.exitClass];
  }
}

export function isSutureError(error: unknown, ...codes: ErrorCode[]): error is SutureError {
  return error instanceof SutureError && (codes.length === 0 || codes.includes(error.code));
}
