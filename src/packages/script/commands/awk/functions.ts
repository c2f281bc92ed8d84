import type { ByteString } from '../../../../core/bytes.ts';
import { requireSingleBytes } from '../paths.ts';
import type { Regex } from '../regex/match.ts';
import { formatPrintf } from '../text/format.ts';
import type { Expression } from './ast.ts';
import { splitRecord } from './record.ts';
import type { AwkRun } from './run.ts';
import type { Value } from './values.ts';

const RECORD: Expression = { kind: 'field', index: { kind: 'number', value: 0 } };

/** Built-in functions; `(value)` stands for parentheses around an operand. */
export function callFunction(run: AwkRun, name: string, args: readonly Expression[]): Value {
  const [first, second, third, fourth] = args;
  const text = (expression: Expression | undefined): ByteString =>
    expression === undefined ? run.context.notNative(`arguments of ${name}`) : run.text(run.evaluate(expression));
  const number = (expression: Expression): number => run.number(run.evaluate(expression));
  if (fourth !== undefined && name !== 'sprintf') run.context.notNative(`arguments of ${name}`);
  switch (name) {
    case '(value)':
      return run.evaluate(first ?? RECORD);
    case 'length':
      return singleBytes(run, text(first ?? RECORD)).length;
    case 'tolower':
      return text(first).replace(/[A-Z]/g, (char) => char.toLowerCase());
    case 'toupper':
      return text(first).replace(/[a-z]/g, (char) => char.toUpperCase());
    case 'int':
      return first === undefined ? run.context.notNative('int') : Math.trunc(number(first));
    case 'index':
      return singleBytes(run, text(first)).indexOf(text(second)) + 1;
    case 'substr':
      return substr(
        run,
        text(first),
        second === undefined ? Number.NaN : number(second),
        third === undefined ? undefined : number(third),
      );
    case 'split':
      return split(run, args);
    case 'sub':
    case 'gsub':
      return substitute(run, name === 'gsub', args);
    case 'sprintf':
      return sprintf(run, args);
    default:
      return run.context.notNative(`function ${name}`);
  }
}

function singleBytes(run: AwkRun, text: ByteString): ByteString {
  requireSingleBytes(run.context, text);
  return text;
}

function substr(run: AwkRun, text: ByteString, start: number, length: number | undefined): ByteString {
  if (!Number.isInteger(start) || start < 1 || (length !== undefined && !Number.isInteger(length)))
    return run.context.notNative('substr beyond the text');
  singleBytes(run, text);
  return text.slice(start - 1, length === undefined ? undefined : start - 1 + Math.max(length, 0));
}

function split(run: AwkRun, [subject, target, separator]: readonly Expression[]): Value {
  if (subject === undefined || target?.kind !== 'variable') return run.context.notNative('arguments of split');
  const text = run.text(run.evaluate(subject));
  const by =
    separator === undefined
      ? run.separator()
      : separator.kind === 'regex'
        ? separator.source
        : run.text(run.evaluate(separator));
  if (separator?.kind === 'regex' && by.length < 2) return run.context.notNative('split by a short expression');
  if (by === '') return run.context.notNative('split by nothing');
  const array = run.array(target.name);
  array.clear();
  const fields = splitRecord(text, by, (source) => run.regex(source));
  for (const [index, field] of fields.entries()) array.set(String(index + 1), { input: field });
  return fields.length;
}

function substitute(
  run: AwkRun,
  global: boolean,
  [pattern, replacement, target = RECORD]: readonly Expression[],
): Value {
  if (pattern === undefined || replacement === undefined) return run.context.notNative('arguments of sub');
  if (target.kind !== 'variable' && target.kind !== 'field' && target.kind !== 'element')
    return run.context.notNative('target of sub');
  const regex = run.regexOf(pattern);
  const by = run.text(run.evaluate(replacement));
  if (/\\(?!&)/.test(by)) return run.context.notNative('backslash in a replacement');
  const text = singleBytes(run, run.text(run.evaluate(target)));
  const { result, count } = replaceAll(
    text,
    regex,
    (match) => by.replace(/\\&|&/g, (part) => (part === '&' ? match : '&')),
    global,
  );
  if (count > 0) run.write(target, result);
  return count;
}

function replaceAll(
  text: ByteString,
  regex: Regex,
  by: (match: ByteString) => ByteString,
  global: boolean,
): { result: ByteString; count: number } {
  let result = '';
  let position = 0;
  let count = 0;
  let previousEnd = -1;
  for (let from = 0; from <= text.length; ) {
    const match = regex.exec(text, from);
    if (match === undefined) break;
    const { start, end } = match;
    if (!(start === end && start === previousEnd)) {
      result += text.slice(position, start) + by(text.slice(start, end));
      position = end;
      count += 1;
      if (!global) break;
    }
    previousEnd = end;
    from = start === end ? end + 1 : end;
  }
  return { result: result + text.slice(position), count };
}

/** Operands are converted as each conversion asks, then formatted like printf(1). */
function sprintf(run: AwkRun, [formatExpression, ...args]: readonly Expression[]): ByteString {
  if (formatExpression === undefined) return run.context.notNative('format');
  const format = run.text(run.evaluate(formatExpression));
  const conversions = [...format.matchAll(/%[^a-zA-Z%]*([a-zA-Z%])/g)]
    .map((match) => match[1] ?? '')
    .filter((kind) => kind !== '%');
  if (conversions.length !== args.length) return run.context.notNative('number of values for a format');
  const operands = args.map((arg, index) => {
    const value = run.evaluate(arg);
    const kind = conversions[index] ?? '';
    if (kind === 's') return run.text(value);
    if (!'dixXo'.includes(kind)) return run.context.notNative(`conversion %${kind}`);
    const number = Math.trunc(run.number(value));
    return Math.abs(number) < 2 ** 31 && (number >= 0 || 'di'.includes(kind))
      ? String(number === 0 ? 0 : number)
      : run.context.notNative('large number');
  });
  const refuse = (reason: string): never => run.context.notNative(reason);
  return formatPrintf(format.replaceAll('\\', '\\\\'), operands, (text) => ({ text, stop: false }), refuse);
}
