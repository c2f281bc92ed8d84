import type { ByteString } from '../../../../core/bytes.ts';
import type { Expression, Rule, Statement } from './ast.ts';
import { AwkExpressionParser, MAX_DEPTH } from './expressions.ts';
import { lexAwk } from './lexer.ts';

/** Parses the part of awk that mawk and gawk read alike; functions, getline, files, pipes and ranges are refused. */
export function parseAwk(program: ByteString, refuse: (reason: string) => never): Rule[] {
  return new AwkParser(lexAwk(program, refuse), refuse).program();
}

class AwkParser extends AwkExpressionParser {
  program(): Rule[] {
    const rules: Rule[] = [];
    for (;;) {
      this.skipSeparators();
      if (this.peek().kind === 'end') return rules;
      rules.push(this.#rule());
    }
  }

  #rule(): Rule {
    const when = this.accept('BEGIN') ? 'begin' : this.accept('END') ? 'end' : 'record';
    const pattern = when === 'record' && !this.is('{') ? this.expression() : undefined;
    if (this.is(',')) this.fail();
    const body = this.is('{') ? this.#block() : undefined;
    if (body === undefined && when !== 'record') this.fail();
    return { when, pattern, body };
  }

  #block(): Statement {
    this.expect('{');
    const body: Statement[] = [];
    for (;;) {
      this.skipSeparators();
      if (this.accept('}')) return { kind: 'block', body };
      body.push(this.#statement());
    }
  }

  /** A statement with the separator that ends it. */
  #statement(): Statement {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail();
    const statement = this.#compound() ?? this.#terminated(this.#simple());
    this.depth -= 1;
    return statement;
  }

  #terminated(statement: Statement): Statement {
    if (!this.is('}') && this.peek().kind !== 'newline' && !this.is(';')) this.fail();
    if (!this.is('}')) this.index += 1;
    return statement;
  }

  #compound(): Statement | undefined {
    if (this.is('{')) return this.#block();
    if (this.accept('if')) return this.#if();
    if (this.accept('while')) {
      const condition = this.#parenthesized();
      return { kind: 'loop', condition, step: undefined, body: this.#body() };
    }
    if (this.accept('for')) return this.#for();
    return undefined;
  }

  #parenthesized(): Expression {
    this.expect('(');
    const expression = this.expression();
    this.expect(')');
    return expression;
  }

  #body(): Statement {
    this.skipNewlines();
    if (this.accept(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #if(): Statement {
    const condition = this.#parenthesized();
    const yes = this.#body();
    const before = this.index;
    this.skipSeparators();
    if (this.accept('else')) return { kind: 'if', condition, yes, no: this.#body() };
    this.index = before;
    return { kind: 'if', condition, yes, no: undefined };
  }

  #for(): Statement {
    this.expect('(');
    const [name, word, array, close] = [this.peek(), this.peek(1), this.peek(2), this.peek(3)];
    if (name.kind === 'name' && word.text === 'in' && array.kind === 'name' && close.text === ')') {
      this.index += 4;
      return { kind: 'for-in', variable: name.text, array: array.text, body: this.#body() };
    }
    const start = this.is(';') ? undefined : this.#simple();
    this.expect(';');
    const condition = this.is(';') ? undefined : this.expression();
    this.expect(';');
    const step = this.is(')') ? undefined : this.#simple();
    this.expect(')');
    const loop: Statement = { kind: 'loop', condition, step, body: this.#body() };
    return { kind: 'block', body: start === undefined ? [loop] : [start, loop] };
  }

  #simple(): Statement {
    const token = this.peek();
    if (this.accept('print') || this.accept('printf'))
      return { kind: token.text === 'print' ? 'print' : 'printf', args: this.#printArguments() };
    if (this.accept('next')) return { kind: 'next' };
    if (this.accept('break')) return { kind: 'break' };
    if (this.accept('continue')) return { kind: 'continue' };
    if (this.accept('exit')) return { kind: 'exit', status: this.#endsStatement() ? undefined : this.expression() };
    if (this.accept('delete')) {
      const array = this.peek();
      if (array.kind !== 'name') this.fail();
      this.index += 1;
      return { kind: 'delete', array: array.text, key: this.is('[') ? this.subscript() : undefined };
    }
    return { kind: 'expression', expression: this.expression() };
  }

  #endsStatement(): boolean {
    const token = this.peek();
    return token.kind === 'newline' || token.kind === 'end' || this.is(';') || this.is('}');
  }

  #printArguments(): Expression[] {
    if (this.#endsStatement()) return [];
    this.inPrint = true;
    let args = this.list();
    this.inPrint = false;
    const [only] = args;
    // `print (a, b)` prints two values.
    if (args.length === 1 && only?.kind === 'call' && only.name === '(list)') args = [...only.args];
    if (this.is('>') || this.is('>>') || this.is('|')) this.fail();
    return args;
  }
}
