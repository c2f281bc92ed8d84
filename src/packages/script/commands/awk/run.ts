import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { requireSingleBytes, splitLines } from '../paths.ts';
import { Regex } from '../regex/match.ts';
import { parseRegex } from '../regex/parse.ts';
import type { Expression, Place, Rule, Statement } from './ast.ts';
import { callFunction } from './functions.ts';
import { arithmetic, binary, unary } from './operators.ts';
import { AwkRecord, splitRecord } from './record.ts';
import { Leave, SPECIAL_VARIABLES } from './special.ts';
import { isTrue, isUnusualNumber, toNumber, toText, type Value } from './values.ts';

type Assignments = readonly (readonly [string, ByteString])[];

/** Runs a parsed program over lines. */
export class AwkRun {
  readonly context: CommandContext;
  readonly #rules: readonly Rule[];
  readonly #variables = new Map<string, Value>(Object.entries({ FS: ' ', OFS: ' ' }));
  readonly #arrays = new Map<string, Map<ByteString, Value>>();
  readonly #regexes = new Map<ByteString, Regex>();
  readonly #record = new AwkRecord();
  #status = 0;
  #recordNumber = 0;
  #fieldSeparator = ' ';

  constructor(context: CommandContext, rules: readonly Rule[], assignments: Assignments) {
    this.context = context;
    this.#rules = rules;
    for (const [name, value] of assignments) this.#setVariable(name, { input: value });
  }

  /** `read` is called only when the program has rules for records or an END. */
  run(read: () => ByteString): number {
    const rulesOf = (when: Rule['when']): readonly Rule[] => this.#rules.filter((rule) => rule.when === when);
    const exited = this.#guard(() => this.#apply(rulesOf('begin')));
    const needsInput = rulesOf('record').length + rulesOf('end').length > 0;
    if (!exited && needsInput) this.#guard(() => this.#records(read(), rulesOf('record')));
    if (needsInput) this.#guard(() => this.#apply(rulesOf('end')));
    return this.#status;
  }

  #guard(action: () => void): boolean {
    try {
      action();
      return false;
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      if (error.kind !== 'exit') this.context.notNative(`${error.kind} outside of its place`);
      return true;
    }
  }

  #records(text: ByteString, rules: readonly Rule[]): void {
    for (const line of splitLines(text)) {
      this.context.step(1);
      this.#recordNumber += 1;
      this.#record.setText(line);
      this.#fieldSeparator = this.text(this.#variables.get('FS'));
      try {
        this.#apply(rules);
      } catch (error) {
        if (!(error instanceof Leave) || error.kind !== 'next') throw error;
      }
    }
  }

  #apply(rules: readonly Rule[]): void {
    for (const { pattern, body } of rules) {
      if (pattern !== undefined && !isTrue(this.evaluate(pattern))) continue;
      if (body === undefined) this.context.stdout(`${this.#record.text()}\n`);
      else this.#execute(body);
    }
  }

  #execute(statement: Statement): void {
    this.context.step(1);
    switch (statement.kind) {
      case 'block':
        for (const inner of statement.body) this.#execute(inner);
        return;
      case 'print': {
        const values = statement.args.map((arg) => this.text(this.evaluate(arg)));
        this.context.stdout(
          `${values.length === 0 ? this.#record.text() : values.join(this.text(this.#variables.get('OFS')))}\n`,
        );
        return;
      }
      case 'printf':
        this.context.stdout(this.text(callFunction(this, 'sprintf', statement.args)));
        return;
      case 'expression':
        this.evaluate(statement.expression);
        return;
      case 'if':
        if (isTrue(this.evaluate(statement.condition))) this.#execute(statement.yes);
        else if (statement.no !== undefined) this.#execute(statement.no);
        return;
      case 'loop':
        this.#loop(statement);
        return;
      case 'for-in':
        this.#forIn(statement);
        return;
      case 'delete':
        if (statement.key === undefined) this.array(statement.array).clear();
        else this.array(statement.array).delete(this.#key(statement.key));
        return;
      case 'exit':
        if (statement.status !== undefined) this.#status = Math.trunc(toNumber(this.evaluate(statement.status))) & 0xff;
        throw new Leave('exit');
      default:
        throw new Leave(statement.kind);
    }
  }

  #turn(body: Statement): boolean {
    try {
      this.#execute(body);
    } catch (error) {
      if (!(error instanceof Leave) || (error.kind !== 'break' && error.kind !== 'continue')) throw error;
      return error.kind === 'continue';
    }
    return true;
  }

  #loop(statement: Extract<Statement, { kind: 'loop' }>): void {
    while (statement.condition === undefined || isTrue(this.evaluate(statement.condition))) {
      this.context.step(1);
      if (!this.#turn(statement.body)) return;
      if (statement.step !== undefined) this.#execute(statement.step);
    }
  }

  /** The order of an array is not defined: only arrays for which it does not matter. */
  #forIn(statement: Extract<Statement, { kind: 'for-in' }>): void {
    if (statement.array === 'ENVIRON') {
      this.#printEnvironment(statement);
      return;
    }
    const keys = [...this.array(statement.array).keys()];
    if (keys.length > 1) this.context.notNative('order of an array');
    for (const key of keys) {
      this.#setVariable(statement.variable, { input: key });
      if (!this.#turn(statement.body)) return;
    }
  }

  /** `for (v in ENVIRON) print v`: names of variables in byte order. As with names in a directory, no order is defined. */
  #printEnvironment({ variable, body }: Extract<Statement, { kind: 'for-in' }>): void {
    const statement = body.kind === 'block' && body.body.length === 1 ? body.body[0] : body;
    const [printed, ...others] = statement?.kind === 'print' ? statement.args : [];
    const isName = printed?.kind === 'variable' && printed.name === variable && others.length === 0;
    if (!isName) this.context.notNative('array ENVIRON');
    for (const name of [...this.context.environment.keys()].sort()) this.context.stdout(`${name}\n`);
  }

  array(name: string): Map<ByteString, Value> {
    if (SPECIAL_VARIABLES.has(name) || this.#variables.has(name)) this.context.notNative(`array ${name}`);
    let array = this.#arrays.get(name);
    if (array === undefined) {
      array = new Map();
      this.#arrays.set(name, array);
    }
    return array;
  }

  #key(key: readonly Expression[]): ByteString {
    if (key.length > 1) this.context.notNative('array with several indexes');
    return key.map((part) => this.text(this.evaluate(part))).join('');
  }

  text(value: Value): ByteString {
    return toText(value) ?? this.context.notNative('number that awks print differently');
  }

  number(value: Value): number {
    if (isUnusualNumber(value)) this.context.notNative('number that awks read differently');
    return toNumber(value);
  }

  regex(source: ByteString): Regex {
    let regex = this.#regexes.get(source);
    if (regex === undefined) {
      requireSingleBytes(this.context, source);
      const refuse = (reason: string): never => this.context.notNative(reason);
      const parsed = parseRegex(source, { extended: true, ignoreCase: false, flavour: 'awk', refuse });
      regex = new Regex(parsed, this.context.step);
      this.#regexes.set(source, regex);
    }
    return regex;
  }

  /** The operand of `~` and its like: an expression as written, or the text of a value. */
  regexOf(expression: Expression): Regex {
    return this.regex(expression.kind === 'regex' ? expression.source : this.text(this.evaluate(expression)));
  }

  matches(text: ByteString, regex: Regex): boolean {
    requireSingleBytes(this.context, text);
    return regex.test(text);
  }

  splitter(): (text: ByteString) => ByteString[] {
    return (text) => splitRecord(text, this.#fieldSeparator, (source) => this.regex(source));
  }

  separator(): ByteString {
    return this.text(this.#variables.get('FS'));
  }

  evaluate(expression: Expression): Value {
    this.context.step(0);
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return this.matches(this.#record.text(), this.regex(expression.source)) ? 1 : 0;
      case 'variable':
      case 'field':
      case 'element':
        return this.#read(expression);
      case 'assign':
        return this.#assign(expression);
      case 'increment':
        return this.#increment(expression);
      case 'unary':
        return unary(this, expression.operator, this.evaluate(expression.operand));
      case 'binary':
        return binary(this, expression);
      case 'conditional':
        return this.evaluate(isTrue(this.evaluate(expression.condition)) ? expression.yes : expression.no);
      case 'in':
        return this.array(expression.array).has(this.#key(expression.key)) ? 1 : 0;
      case 'call':
        return callFunction(this, expression.name, expression.args);
    }
  }

  #increment({ target, by, prefix }: Extract<Expression, { kind: 'increment' }>): Value {
    const before = this.number(this.#read(target));
    this.write(target, before + by);
    return prefix ? before + by : before;
  }

  #assign({ operator, target, value }: Extract<Expression, { kind: 'assign' }>): Value {
    const right = this.evaluate(value);
    const result =
      operator === '='
        ? right
        : arithmetic(this, operator.slice(0, -1), this.number(this.#read(target)), this.number(right));
    this.write(target, result);
    return result;
  }

  #read(place: Place): Value {
    if (place.kind === 'field') return { input: this.#field(this.#fieldIndex(place)) };
    if (place.kind === 'element') {
      const array = this.array(place.array);
      const key = this.#key(place.key);
      if (!array.has(key)) array.set(key, undefined);
      return array.get(key);
    }
    if (place.name === 'NF') return this.#record.fields(this.splitter()).length;
    if (place.name === 'NR' || place.name === 'FNR')
      return place.name === 'NR' ? this.#recordNumber : this.context.notNative('FNR');
    if (SPECIAL_VARIABLES.has(place.name) || this.#arrays.has(place.name))
      return this.context.notNative(`variable ${place.name}`);
    return this.#variables.get(place.name);
  }

  #fieldIndex(place: Extract<Place, { kind: 'field' }>): number {
    const index = this.number(this.evaluate(place.index));
    return Number.isInteger(index) && index >= 0 && index < 10_000 ? index : this.context.notNative(`field ${index}`);
  }

  #field(index: number): ByteString {
    return index === 0 ? this.#record.text() : (this.#record.fields(this.splitter())[index - 1] ?? '');
  }

  write(place: Place, value: Value): void {
    if (place.kind === 'variable') this.#setVariable(place.name, value);
    else if (place.kind === 'element') this.array(place.array).set(this.#key(place.key), value);
    else {
      const index = this.#fieldIndex(place);
      const text = this.text(value);
      if (index === 0) this.#record.setText(text);
      else this.#record.setField(index, text, this.splitter(), this.text(this.#variables.get('OFS')));
    }
  }

  #setVariable(name: string, value: Value): void {
    if (SPECIAL_VARIABLES.has(name) || name === 'NF' || name === 'NR' || this.#arrays.has(name))
      this.context.notNative(`assignment to ${name}`);
    this.#variables.set(name, value);
    if (name === 'FS' && this.#recordNumber === 0) this.#fieldSeparator = this.text(value);
  }
}
