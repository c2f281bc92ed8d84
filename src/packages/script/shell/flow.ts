import type { ByteString } from '../../../core/bytes.ts';

/** `exit`, or an error that ends the shell; caught at the boundary of the (sub)shell. */
export class ExitShell extends Error {
  readonly status: number;
  /** `exec` replaced the process: traps do not run. */
  readonly replaced: boolean;

  constructor(status: number, replaced = false) {
    super(`exit ${status}`);
    this.status = status;
    this.replaced = replaced;
  }
}

export class ReturnFromFunction extends Error {
  readonly status: number;

  constructor(status: number) {
    super('return');
    this.status = status;
  }
}

export class LeaveLoop extends Error {
  readonly kind: 'break' | 'continue';
  levels: number;

  constructor(kind: 'break' | 'continue', levels: number) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
  }
}

/** A failure that dash reports and that ends the shell unless a regular built-in or a redirection catches it. */
export class ShellError extends Error {
  readonly status: number;
  readonly text: ByteString;

  constructor(text: ByteString, status = 2) {
    super(text);
    this.text = text;
    this.status = status;
  }
}
