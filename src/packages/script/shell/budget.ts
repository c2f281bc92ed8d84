import { NotNative } from '../not-native.ts';
import type { EvaluationLimits } from '../types.ts';

export const DEFAULT_LIMITS: EvaluationLimits = { steps: 500_000, depth: 100, output: 64 * 1024 * 1024 };

/** Counts what an evaluation uses; every loop and every recursion of the evaluator passes here, so that any input ends. */
export class Budget {
  readonly #limits: EvaluationLimits;
  #steps = 0;
  #depth = 0;
  #output = 0;

  constructor(limits: Partial<EvaluationLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.#limits.steps) throw new NotNative(`more than ${this.#limits.steps} steps`);
  }

  output(bytes: number): void {
    this.#output += bytes;
    if (this.#output > this.#limits.output) throw new NotNative(`more than ${this.#limits.output} bytes of output`);
  }

  nested<Result>(action: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) throw new NotNative(`nested more than ${this.#limits.depth} deep`);
    try {
      return action();
    } finally {
      this.#depth -= 1;
    }
  }
}
