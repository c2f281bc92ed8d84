import type { ByteString } from '../../../../core/bytes.ts';
import type { Expression, Place, Rule, Statement } from './ast.ts';
import { type AwkToken, lexAwk } from './lexer.ts';

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
const MAX_DEPTH = 100;

/** Parses the part of awk that mawk and gawk read alike; functions, getline, files, pipes and ranges are refused. */
export function parseAwk(program: ByteString, refuse: (reason: string) => never): Rule[] {
  return new AwkParser(lexAwk(program, refuse), refuse).program();
}

class AwkParser {
  readonly #tokens: readonly AwkToken[];
  readonly #refuse: (reason: string) => never;
  #index = 0;
  #depth = 0;
  /** Inside the arguments of print `>` would be a redirection. */
  #inPrint = false;
  #noIn = false;

  constructor(tokens: readonly AwkToken[], refuse: (reason: string) => never) {
    this.#tokens = tokens;
    this.#refuse = refuse;
  }

  program(): Rule[] {
    const rules: Rule[] = [];
    for (;;) {
      this.#skipSeparators();
      if (this.#peek().kind === 'end') return rules;
      rules.push(this.#rule());
    }
  }

  #peek(offset = 0): AwkToken {
    return this.#tokens[this.#index + offset] ?? { kind: 'end', text: '' };
  }

  #fail(): never {
    return this.#refuse(`program at ${this.#peek().text || 'its end'}`);
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return (token.kind === 'operator' || token.kind === 'keyword') && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#index += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#fail();
  }

  #skipNewlines(): void {
    while (this.#peek().kind === 'newline') this.#index += 1;
  }

  #skipSeparators(): void {
    while (this.#peek().kind === 'newline' || this.#is(';')) this.#index += 1;
  }

  #rule(): Rule {
    const when = this.#accept('BEGIN') ? 'begin' : this.#accept('END') ? 'end' : 'record';
    const pattern = when === 'record' && !this.#is('{') ? this.#expression() : undefined;
    if (this.#is(',')) this.#fail();
    const body = this.#is('{') ? this.#block() : undefined;
    if (body === undefined && when !== 'record') this.#fail();
    return { when, pattern, body };
  }

  #block(): Statement {
    this.#expect('{');
    const body: Statement[] = [];
    for (;;) {
      this.#skipSeparators();
      if (this.#accept('}')) return { kind: 'block', body };
      body.push(this.#statement());
    }
  }

  /** A statement with the separator that ends it. */
  #statement(): Statement {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail();
    const statement = this.#compound() ?? this.#terminated(this.#simple());
    this.#depth -= 1;
    return statement;
  }

  #terminated(statement: Statement): Statement {
    if (!this.#is('}') && this.#peek().kind !== 'newline' && !this.#is(';')) this.#fail();
    if (!this.#is('}')) this.#index += 1;
    return statement;
  }

  #compound(): Statement | undefined {
    if (this.#is('{')) return this.#block();
    if (this.#accept('if')) return this.#if();
    if (this.#accept('while')) {
      const condition = this.#parenthesized();
      return { kind: 'loop', condition, step: undefined, body: this.#body() };
    }
    if (this.#accept('for')) return this.#for();
    return undefined;
  }

  #parenthesized(): Expression {
    this.#expect('(');
    const expression = this.#expression();
    this.#expect(')');
    return expression;
  }

  #body(): Statement {
    this.#skipNewlines();
    if (this.#accept(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #if(): Statement {
    const condition = this.#parenthesized();
    const yes = this.#body();
    const before = this.#index;
    this.#skipSeparators();
    if (this.#accept('else')) return { kind: 'if', condition, yes, no: this.#body() };
    this.#index = before;
    return { kind: 'if', condition, yes, no: undefined };
  }

  #for(): Statement {
    this.#expect('(');
    const [name, word, array, close] = [this.#peek(), this.#peek(1), this.#peek(2), this.#peek(3)];
    if (name.kind === 'name' && word.text === 'in' && array.kind === 'name' && close.text === ')') {
      this.#index += 4;
      return { kind: 'for-in', variable: name.text, array: array.text, body: this.#body() };
    }
    const start = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    const condition = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    const step = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    const loop: Statement = { kind: 'loop', condition, step, body: this.#body() };
    return { kind: 'block', body: start === undefined ? [loop] : [start, loop] };
  }

  #simple(): Statement {
    const token = this.#peek();
    if (this.#accept('print') || this.#accept('printf'))
      return { kind: token.text === 'print' ? 'print' : 'printf', args: this.#printArguments() };
    if (this.#accept('next')) return { kind: 'next' };
    if (this.#accept('break')) return { kind: 'break' };
    if (this.#accept('continue')) return { kind: 'continue' };
    if (this.#accept('exit')) return { kind: 'exit', status: this.#endsStatement() ? undefined : this.#expression() };
    if (this.#accept('delete')) {
      const array = this.#peek();
      if (array.kind !== 'name') this.#fail();
      this.#index += 1;
      return { kind: 'delete', array: array.text, key: this.#is('[') ? this.#subscript() : undefined };
    }
    return { kind: 'expression', expression: this.#expression() };
  }

  #endsStatement(): boolean {
    const token = this.#peek();
    return token.kind === 'newline' || token.kind === 'end' || this.#is(';') || this.#is('}');
  }

  #printArguments(): Expression[] {
    if (this.#endsStatement()) return [];
    this.#inPrint = true;
    let args = this.#list();
    this.#inPrint = false;
    const [only] = args;
    // `print (a, b)` prints two values.
    if (args.length === 1 && only?.kind === 'call' && only.name === '(list)') args = [...only.args];
    if (this.#is('>') || this.#is('>>') || this.#is('|')) this.#fail();
    return args;
  }

  #list(): Expression[] {
    const args = [this.#expression()];
    while (this.#accept(',')) {
      this.#skipNewlines();
      args.push(this.#expression());
    }
    return args;
  }

  #subscript(): Expression[] {
    this.#expect('[');
    const outer = [this.#inPrint, this.#noIn] as const;
    this.#inPrint = false;
    const key = this.#list();
    [this.#inPrint, this.#noIn] = outer;
    this.#expect(']');
    return key;
  }

  #expression(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail();
    const left = this.#ternary();
    const operator = this.#peek();
    this.#depth -= 1;
    if (operator.kind !== 'operator' || !ASSIGNMENTS.has(operator.text)) return left;
    if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') this.#fail();
    this.#index += 1;
    this.#skipNewlines();
    return { kind: 'assign', operator: operator.text, target: left, value: this.#expression() };
  }

  #ternary(): Expression {
    const condition = this.#binary(0);
    if (!this.#accept('?')) return condition;
    const yes = this.#expression();
    this.#expect(':');
    return { kind: 'conditional', condition, yes, no: this.#expression() };
  }

  #binary(level: number): Expression {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#binaryOperator(operators);
      if (operator === undefined) return left;
      if (operator === 'in') {
        const array = this.#peek();
        if (array.kind !== 'name') this.#fail();
        this.#index += 1;
        left = {
          kind: 'in',
          key: left.kind === 'call' && left.name === '(list)' ? left.args : [left],
          array: array.text,
        };
      } else left = { kind: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #binaryOperator(operators: readonly string[]): string | undefined {
    if (operators[0] === 'concatenation') return this.#startsOperand() ? 'concatenation' : undefined;
    if (this.#is('!') && this.#peek(1).text === '~' && operators.includes('!~')) {
      this.#index += 2;
      return '!~';
    }
    const token = this.#peek();
    if ((token.kind !== 'operator' && token.kind !== 'keyword') || !operators.includes(token.text)) return undefined;
    if (this.#inPrint && token.text === '>') return undefined;
    this.#index += 1;
    if (token.text === '||' || token.text === '&&') this.#skipNewlines();
    return token.text;
  }

  #startsOperand(): boolean {
    const token = this.#peek();
    if (['number', 'string', 'name', 'function', 'regex'].includes(token.kind)) return true;
    return token.kind === 'operator' && ['$', '(', '++', '--'].includes(token.text);
  }

  #unary(): Expression {
    for (const operator of ['!', '-', '+']) {
      if (this.#is(operator) && this.#accept(operator)) return { kind: 'unary', operator, operand: this.#unary() };
    }
    const base = this.#postfix();
    if (!this.#accept('^')) return base;
    return { kind: 'binary', operator: '^', left: base, right: this.#unary() };
  }

  #postfix(): Expression {
    for (const [text, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.#accept(text)) return { kind: 'increment', by, prefix: true, target: this.#place(this.#primary()) };
    }
    const operand = this.#primary();
    for (const [text, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.#accept(text)) return { kind: 'increment', by, prefix: false, target: this.#place(operand) };
    }
    return operand;
  }

  #place(expression: Expression): Place {
    if (expression.kind === 'variable' || expression.kind === 'field' || expression.kind === 'element')
      return expression;
    return this.#fail();
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token.kind === 'operator' && token.text === '(') return this.#group();
    this.#index += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'string') return { kind: 'string', value: token.text };
    if (token.kind === 'regex') return { kind: 'regex', source: token.text };
    if (token.kind === 'operator' && token.text === '$') {
      if (this.#is('-') || this.#is('!')) this.#fail();
      return { kind: 'field', index: this.#is('++') || this.#is('--') ? this.#postfix() : this.#primary() };
    }
    if (token.kind === 'function') return this.#call(token.text);
    if (token.kind !== 'name' || this.#is('(')) {
      this.#index -= 1;
      return this.#fail();
    }
    if (this.#is('[')) return { kind: 'element', array: token.text, key: this.#subscript() };
    return { kind: 'variable', name: token.text };
  }

  #group(): Expression {
    this.#expect('(');
    const outer = this.#inPrint;
    this.#inPrint = false;
    const items = this.#list();
    this.#inPrint = outer;
    this.#expect(')');
    const [only] = items;
    if (items.length === 1 && only !== undefined)
      return only.kind === 'variable' || only.kind === 'field' ? { kind: 'call', name: '(value)', args: [only] } : only;
    return { kind: 'call', name: '(list)', args: items };
  }

  #call(name: string): Expression {
    if (!this.#accept('(')) return name === 'length' ? { kind: 'call', name, args: [] } : this.#fail();
    const outer = this.#inPrint;
    this.#inPrint = false;
    const args = this.#is(')') ? [] : this.#list();
    this.#inPrint = outer;
    this.#expect(')');
    return { kind: 'call', name, args };
  }
}
