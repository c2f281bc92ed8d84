import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { requireSingleBytes } from '../paths.ts';
import { Regex } from '../regex/match.ts';
import { parseRegex } from '../regex/parse.ts';

const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['&'],
  ['<', '<=', '=', '==', '!=', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
  [':'],
];
const KEYWORDS = new Set(['match', 'substr', 'index', 'length', '+', '(']);

/** expr(1): status 1 for an empty or zero result. */
export function expr(context: CommandContext): number {
  const words = context.argv.slice(1);
  if (words[0] === '--') words.shift();
  if (words.length === 0) return context.notNative('missing operand');
  const result = new Expression(context, words).whole();
  context.stdout(`${result}\n`);
  return isNull(result) ? 1 : 0;
}

function isNull(text: ByteString): boolean {
  return text === '' || /^-?0+$/.test(text);
}

function isInteger(text: ByteString): boolean {
  return /^-?[0-9]+$/.test(text);
}

class Expression {
  readonly #context: CommandContext;
  readonly #words: readonly ByteString[];
  #index = 0;

  constructor(context: CommandContext, words: readonly ByteString[]) {
    this.#context = context;
    this.#words = words;
  }

  whole(): ByteString {
    const result = this.#level(0);
    if (this.#index < this.#words.length) return this.#context.notNative('syntax error');
    return result;
  }

  #level(level: number): ByteString {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#primary();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = this.#words[this.#index];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#index += 1;
      left = this.#apply(left, operator, this.#level(level + 1));
    }
  }

  #primary(): ByteString {
    const word = this.#words[this.#index];
    this.#index += 1;
    if (word === undefined) return this.#context.notNative('syntax error');
    if (word === '(') {
      const value = this.#level(0);
      if (this.#words[this.#index] !== ')') return this.#context.notNative('syntax error');
      this.#index += 1;
      return value;
    }
    if (word === 'length' && this.#words.length > 1) return String(this.#primary().length);
    if (KEYWORDS.has(word) && this.#words.length > 1) return this.#context.notNative(`operator ${word}`);
    return word;
  }

  #apply(left: ByteString, operator: string, right: ByteString): ByteString {
    if (operator === '|') return isNull(left) ? (isNull(right) ? '0' : right) : left;
    if (operator === '&') return isNull(left) || isNull(right) ? '0' : left;
    if (operator === ':') return this.#match(left, right);
    if (LEVELS[2]?.includes(operator) === true) return compare(left, operator, right) ? '1' : '0';
    if (!isInteger(left) || !isInteger(right)) return this.#context.notNative('non-integer argument');
    const [a, b] = [BigInt(left), BigInt(right)];
    if ((operator === '/' || operator === '%') && b === 0n) return this.#context.notNative('division by zero');
    const results: Readonly<Record<string, () => bigint>> = {
      '+': () => a + b,
      '-': () => a - b,
      '*': () => a * b,
      '/': () => a / b,
      '%': () => a % b,
    };
    return (results[operator]?.() ?? 0n).toString();
  }

  /** Anchored at the start; the first group, or the number of bytes matched. */
  #match(text: ByteString, pattern: ByteString): ByteString {
    requireSingleBytes(this.#context, text + pattern);
    const refuse = (reason: string): never => this.#context.notNative(reason);
    if (pattern.startsWith('^')) return refuse('anchored expression');
    const regex = new Regex(
      parseRegex(pattern, { extended: false, ignoreCase: false, flavour: 'gnu', refuse }),
      this.#context.step,
    );
    const found = regex.endsAt(text, 0).length > 0 ? regex.exec(text) : undefined;
    if (found?.ambiguous === true) return refuse('ambiguous expression');
    if (regex.groups > 0) return found?.groups[1] ?? '';
    return String(found?.end ?? 0);
  }
}

function compare(left: ByteString, operator: string, right: ByteString): boolean {
  const numeric = isInteger(left) && isInteger(right);
  const order = numeric ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : left > right ? 1 : 0;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '!=':
      return order !== 0;
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    default:
      return order === 0;
  }
}
