/** How a failure ends the command; product.md, "Exit codes". */
export type ExitClass = 'failed' | 'usage' | 'partial' | 'policy' | 'verification';

export const EXIT_CODES: Record<ExitClass, number> = { failed: 1, usage: 2, partial: 3, policy: 4, verification: 5 };

export interface ErrorEntry {
  readonly exit: ExitClass;
  /** One sentence: what this code means wherever it appears. */
  readonly summary: string;
  /** One sentence: what the reader can do about it. */
  readonly fix: string;
  readonly retryable?: boolean;
}

export type ErrorTable = Readonly<Record<string, ErrorEntry>>;
