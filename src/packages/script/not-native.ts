/** Aborts an evaluation: the script used something outside the exactly reproduced subset. */
export class NotNative extends Error {
  override readonly name = 'NotNative';
  readonly reason: string;
  /** Line in the outermost script; set by the interpreter when the place of the failure does not know it. */
  line: number | undefined;

  constructor(reason: string, line?: number) {
    super(reason);
    this.reason = reason;
    this.line = line;
  }
}
