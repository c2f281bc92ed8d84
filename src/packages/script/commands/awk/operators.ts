import type { Expression } from './ast.ts';
import type { AwkRun } from './run.ts';
import { isNumeric, isTrue, type Value } from './values.ts';

/** The operators of awk; what an operand is worth as text or number is up to the run (CONVFMT, input that looks numeric). */
export function unary(run: AwkRun, operator: string, value: Value): Value {
  if (operator === '!') return isTrue(value) ? 0 : 1;
  return operator === '-' ? -run.number(value) : run.number(value);
}

/** The right side of `&&` and `||` is evaluated only when it decides. */
export function binary(run: AwkRun, { operator, left, right }: Extract<Expression, { kind: 'binary' }>): Value {
  if (operator === '~' || operator === '!~') {
    const found = run.matches(run.text(run.evaluate(left)), run.regexOf(right));
    return found === (operator === '~') ? 1 : 0;
  }
  const first = run.evaluate(left);
  if (operator === '&&') return isTrue(first) && isTrue(run.evaluate(right)) ? 1 : 0;
  if (operator === '||') return isTrue(first) || isTrue(run.evaluate(right)) ? 1 : 0;
  const second = run.evaluate(right);
  if (operator === 'concatenation') return run.text(first) + run.text(second);
  if (['<', '<=', '!=', '==', '>', '>='].includes(operator)) return compare(run, operator, first, second) ? 1 : 0;
  return arithmetic(run, operator, run.number(first), run.number(second));
}

export function arithmetic(run: AwkRun, operator: string, left: number, right: number): number {
  if ((operator === '/' || operator === '%') && right === 0) run.context.notNative('division by zero');
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    default:
      return Number.isInteger(right) ? left ** right : run.context.notNative('power with a fraction');
  }
}

/** POSIX: as numbers when both look like numbers, else as strings. */
function compare(run: AwkRun, operator: string, left: Value, right: Value): boolean {
  const numeric = isNumeric(left) && isNumeric(right);
  const [a, b] = numeric ? [run.number(left), run.number(right)] : [run.text(left), run.text(right)];
  const order = a < b ? -1 : a > b ? 1 : 0;
  const tests: Readonly<Record<string, boolean>> = {
    '<': order < 0,
    '<=': order <= 0,
    '!=': order !== 0,
    '==': order === 0,
    '>': order > 0,
    '>=': order >= 0,
  };
  return tests[operator] === true;
}
