import type { ByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';

export interface ArithmeticVariables {
  get(name: string): ByteString | undefined;
  set(name: string, value: ByteString): void;
}

const BINARY: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|=']);
const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|[0-9]+)|([A-Za-z_][A-Za-z0-9_]*)|(<<=|>>=|&&|\|\||[=!<>]=|<<|>>|[-+*/%&^|]=|[-+*/%&^|<>!~?:()=]))/y;

/** Value of `$(( text ))`: signed 64-bit, operators of C without `++`, `--` and the comma, as dash has them. */
export function evaluateArithmetic(text: ByteString, variables: ArithmeticVariables): bigint {
  if (text.trim() === '') return 0n;
  const evaluator = new Evaluator(tokenize(text), variables);
  return evaluator.whole();
}

function tokenize(text: ByteString): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null) throw new NotNative(`arithmetic expression ${text}`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** A number as dash accepts it: decimal, octal with 0, hexadecimal with 0x. */
function parseNumber(text: string): bigint {
  if (/^0[xX]/.test(text)) return BigInt.asIntN(64, BigInt(text));
  if (/^0[0-7]+$/.test(text)) return BigInt.asIntN(64, BigInt(`0o${text.slice(1)}`));
  if (!/^(0|[1-9][0-9]*)$/.test(text) || text.length > 18) throw new NotNative(`number ${text} in arithmetic`);
  return BigInt(text);
}

class Evaluator {
  readonly #tokens: readonly string[];
  readonly #variables: ArithmeticVariables;
  #index = 0;

  constructor(tokens: readonly string[], variables: ArithmeticVariables) {
    this.#tokens = tokens;
    this.#variables = variables;
  }

  whole(): bigint {
    const value = this.#assignment(true);
    if (this.#index !== this.#tokens.length) this.#fail();
    return value;
  }

  #fail(): never {
    throw new NotNative(`arithmetic expression ${this.#tokens.join(' ')}`);
  }

  #peek(): string | undefined {
    return this.#tokens[this.#index];
  }

  /** `live` is false in the branch of `&&`, `||` and `?:` that is not taken: it is read without effects. */
  #assignment(live: boolean): bigint {
    const name = this.#peek();
    const operator = this.#tokens[this.#index + 1];
    if (name === undefined || operator === undefined || !/^[A-Za-z_]/.test(name) || !ASSIGNMENTS.has(operator)) {
      return this.#ternary(live);
    }
    this.#index += 2;
    const right = this.#assignment(live);
    if (!live) return 0n;
    const value = operator === '=' ? right : this.#apply(operator.slice(0, -1), this.#variable(name), right, live);
    this.#variables.set(name, value.toString());
    return value;
  }

  #ternary(live: boolean): bigint {
    const condition = this.#binary(1, live);
    if (this.#peek() !== '?') return condition;
    this.#index += 1;
    const first = this.#assignment(live && condition !== 0n);
    if (this.#peek() !== ':') this.#fail();
    this.#index += 1;
    const second = this.#ternary(live && condition === 0n);
    return condition === 0n ? second : first;
  }

  #binary(minimum: number, live: boolean): bigint {
    let left = this.#unary(live);
    for (;;) {
      const operator = this.#peek();
      const precedence = operator === undefined ? undefined : BINARY[operator];
      if (operator === undefined || precedence === undefined || precedence < minimum) return left;
      this.#index += 1;
      const taken = live && !(operator === '&&' && left === 0n) && !(operator === '||' && left !== 0n);
      const right = this.#binary(precedence + 1, taken);
      left = this.#apply(operator, left, right, taken);
    }
  }

  #unary(live: boolean): bigint {
    const token = this.#tokens[this.#index];
    if (token === undefined) this.#fail();
    this.#index += 1;
    if (token === '-') return BigInt.asIntN(64, -this.#unary(live));
    if (token === '+') return this.#unary(live);
    if (token === '!') return this.#unary(live) === 0n ? 1n : 0n;
    if (token === '~') return ~this.#unary(live);
    if (token === '(') {
      const value = this.#assignment(live);
      if (this.#peek() !== ')') this.#fail();
      this.#index += 1;
      return value;
    }
    if (/^[0-9]/.test(token)) return parseNumber(token);
    if (!/^[A-Za-z_]/.test(token)) this.#fail();
    return live ? this.#variable(token) : 0n;
  }

  #variable(name: string): bigint {
    const value = this.#variables.get(name);
    if (value === undefined || value === '') return 0n;
    const match = /^[ \t\n]*([-+]?)(\w+)$/.exec(value);
    if (match?.[2] === undefined) throw new NotNative(`value of ${name} in arithmetic`);
    const number = parseNumber(match[2]);
    return match[1] === '-' ? -number : number;
  }

  #apply(operator: string, left: bigint, right: bigint, live: boolean): bigint {
    if (!live) return operator === '||' ? (left === 0n ? 0n : 1n) : 0n;
    return BigInt.asIntN(64, compute(operator, left, right));
  }
}

function compute(operator: string, left: bigint, right: bigint): bigint {
  const truth = (value: boolean): bigint => (value ? 1n : 0n);
  switch (operator) {
    case '||':
      return truth(left !== 0n || right !== 0n);
    case '&&':
      return truth(left !== 0n && right !== 0n);
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '==':
      return truth(left === right);
    case '!=':
      return truth(left !== right);
    case '<':
      return truth(left < right);
    case '<=':
      return truth(left <= right);
    case '>':
      return truth(left > right);
    case '>=':
      return truth(left >= right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0n) throw new NotNative('division by zero');
      return operator === '/' ? left / right : left % right;
    case '<<':
    case '>>':
      if (right < 0n || right > 63n) throw new NotNative('shift by a count that C leaves undefined');
      return operator === '<<' ? left << right : left >> right;
    default:
      throw new NotNative(`arithmetic operator ${operator}`);
  }
}
