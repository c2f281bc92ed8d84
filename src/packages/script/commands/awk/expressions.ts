import type { Expression, Place } from './ast.ts';
import type { AwkToken } from './lexer.ts';

const BINARY: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['in'],
  ['~', '!~'],
  ['<', '<=', '!=', '==', '>', '>='],
  ['concatenation'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=']);
export const MAX_DEPTH = 100;

/** The token cursor of a program, and its expressions; statements are parser.ts. */
export class AwkExpressionParser {
  private readonly tokens: readonly AwkToken[];
  protected readonly refuse: (reason: string) => never;
  protected index = 0;
  protected depth = 0;
  /** Inside the arguments of print `>` would be a redirection. */
  protected inPrint = false;
  protected noIn = false;

  constructor(tokens: readonly AwkToken[], refuse: (reason: string) => never) {
    this.tokens = tokens;
    this.refuse = refuse;
  }

  peek(offset = 0): AwkToken {
    return this.tokens[this.index + offset] ?? { kind: 'end', text: '' };
  }

  fail(): never {
    return this.refuse(`program at ${this.peek().text || 'its end'}`);
  }

  is(text: string): boolean {
    const token = this.peek();
    return (token.kind === 'operator' || token.kind === 'keyword') && token.text === text;
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.index += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail();
  }

  skipNewlines(): void {
    while (this.peek().kind === 'newline') this.index += 1;
  }

  skipSeparators(): void {
    while (this.peek().kind === 'newline' || this.is(';')) this.index += 1;
  }

  list(): Expression[] {
    const args = [this.expression()];
    while (this.accept(',')) {
      this.skipNewlines();
      args.push(this.expression());
    }
    return args;
  }

  subscript(): Expression[] {
    this.expect('[');
    const outer = [this.inPrint, this.noIn] as const;
    this.inPrint = false;
    const key = this.list();
    [this.inPrint, this.noIn] = outer;
    this.expect(']');
    return key;
  }

  expression(): Expression {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail();
    const left = this.ternary();
    const operator = this.peek();
    this.depth -= 1;
    if (operator.kind !== 'operator' || !ASSIGNMENTS.has(operator.text)) return left;
    if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') this.fail();
    this.index += 1;
    this.skipNewlines();
    return { kind: 'assign', operator: operator.text, target: left, value: this.expression() };
  }

  ternary(): Expression {
    const condition = this.#binary(0);
    if (!this.accept('?')) return condition;
    const yes = this.expression();
    this.expect(':');
    return { kind: 'conditional', condition, yes, no: this.expression() };
  }

  #binary(level: number): Expression {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#binaryOperator(operators);
      if (operator === undefined) return left;
      if (operator === 'in') {
        const array = this.peek();
        if (array.kind !== 'name') this.fail();
        this.index += 1;
        left = {
          kind: 'in',
          key: left.kind === 'call' && left.name === '(list)' ? left.args : [left],
          array: array.text,
        };
      } else left = { kind: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #binaryOperator(operators: readonly string[]): string | undefined {
    if (operators[0] === 'concatenation') return this.startsOperand() ? 'concatenation' : undefined;
    if (this.is('!') && this.peek(1).text === '~' && operators.includes('!~')) {
      this.index += 2;
      return '!~';
    }
    const token = this.peek();
    if ((token.kind !== 'operator' && token.kind !== 'keyword') || !operators.includes(token.text)) return undefined;
    if (this.inPrint && token.text === '>') return undefined;
    this.index += 1;
    if (token.text === '||' || token.text === '&&') this.skipNewlines();
    return token.text;
  }

  startsOperand(): boolean {
    const token = this.peek();
    if (['number', 'string', 'name', 'function', 'regex'].includes(token.kind)) return true;
    return token.kind === 'operator' && ['$', '(', '++', '--'].includes(token.text);
  }

  #unary(): Expression {
    for (const operator of ['!', '-', '+']) {
      if (this.is(operator) && this.accept(operator)) return { kind: 'unary', operator, operand: this.#unary() };
    }
    const base = this.#postfix();
    if (!this.accept('^')) return base;
    return { kind: 'binary', operator: '^', left: base, right: this.#unary() };
  }

  #postfix(): Expression {
    for (const [text, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.accept(text)) return { kind: 'increment', by, prefix: true, target: this.place(this.#primary()) };
    }
    const operand = this.#primary();
    for (const [text, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.accept(text)) return { kind: 'increment', by, prefix: false, target: this.place(operand) };
    }
    return operand;
  }

  place(expression: Expression): Place {
    if (expression.kind === 'variable' || expression.kind === 'field' || expression.kind === 'element')
      return expression;
    return this.fail();
  }

  #primary(): Expression {
    const token = this.peek();
    if (token.kind === 'operator' && token.text === '(') return this.#group();
    this.index += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'string') return { kind: 'string', value: token.text };
    if (token.kind === 'regex') return { kind: 'regex', source: token.text };
    if (token.kind === 'operator' && token.text === '$') {
      if (this.is('-') || this.is('!')) this.fail();
      return { kind: 'field', index: this.is('++') || this.is('--') ? this.#postfix() : this.#primary() };
    }
    if (token.kind === 'function') return this.#call(token.text);
    if (token.kind !== 'name' || this.is('(')) {
      this.index -= 1;
      return this.fail();
    }
    if (this.is('[')) return { kind: 'element', array: token.text, key: this.subscript() };
    return { kind: 'variable', name: token.text };
  }

  #group(): Expression {
    this.expect('(');
    const outer = this.inPrint;
    this.inPrint = false;
    const items = this.list();
    this.inPrint = outer;
    this.expect(')');
    const [only] = items;
    if (items.length === 1 && only !== undefined)
      return only.kind === 'variable' || only.kind === 'field' ? { kind: 'call', name: '(value)', args: [only] } : only;
    return { kind: 'call', name: '(list)', args: items };
  }

  #call(name: string): Expression {
    if (!this.accept('(')) return name === 'length' ? { kind: 'call', name, args: [] } : this.fail();
    const outer = this.inPrint;
    this.inPrint = false;
    const args = this.is(')') ? [] : this.list();
    this.inPrint = outer;
    this.expect(')');
    return { kind: 'call', name, args };
  }
}
