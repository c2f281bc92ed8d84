import type { ByteString } from '../../../core/bytes.ts';
import type { ParameterPart } from '../syntax/ast.ts';
import type { Expander } from './expand.ts';
import { ShellError } from './flow.ts';
import { removeMatch } from './pattern.ts';
import type { Piece } from './pieces.ts';
import type { Shell } from './shell.ts';

/** Expands `$name` and all POSIX forms of `${…}`. */
export function expandParameter(part: ParameterPart, expander: Expander, quoted: boolean, splitting: boolean): Piece[] {
  const { shell } = expander;
  const isArguments = part.name === '@' || part.name === '*';
  const isSet = isArguments ? shell.args.length > 0 : parameterValue(shell, part.name) !== undefined;
  const isNull = isArguments ? shell.args.length === 0 : parameterValue(shell, part.name) === '';
  if (isArguments && part.colon === true && shell.args.length === 1 && shell.args[0] === '') {
    shell.notNative('test for an empty $@');
  }
  const absent = !isSet || (part.colon === true && isNull);
  const value = (): Piece[] => valuePieces(shell, part.name, quoted, splitting);
  const operand = (): Piece[] => operandPieces(part, expander, quoted, splitting);
  switch (part.operator) {
    case undefined:
      if (!isSet && !isArguments) requireSet(shell, part.name);
      return value();
    case '-':
      return absent ? operand() : value();
    case '+':
      return absent ? valueOfNothing(quoted, part.name, shell) : operand();
    case '=':
      return absent ? assignDefault(part, expander, quoted) : value();
    case '?':
      if (absent) throw new ShellError(`${part.name}: ${missingMessage(part, expander)}`);
      return value();
    case 'length':
      if (isArguments) shell.notNative(`\${#${part.name}}`);
      if (!isSet) requireSet(shell, part.name);
      return [{ kind: 'text', text: String((parameterValue(shell, part.name) ?? '').length), quoted, split: !quoted }];
    case 'bad':
      return shell.notNative('parameter expansion that is not POSIX');
    default:
      return [{ kind: 'text', text: trimmed(part, part.operator, expander), quoted, split: !quoted }];
  }
}

function trimmed(part: ParameterPart, operator: '#' | '##' | '%' | '%%', expander: Expander): ByteString {
  const { shell } = expander;
  if (part.name === '@' || part.name === '*') shell.notNative(`\${${part.name}${operator}…}`);
  const value = parameterValue(shell, part.name);
  if (value === undefined) requireSet(shell, part.name);
  const pattern = part.word === undefined ? '' : expander.pattern(part.word);
  shell.world.budget.step(1 + Math.floor(((value?.length ?? 0) * pattern.length) / 1000));
  return removeMatch(value ?? '', pattern, operator);
}

/** With `set -u` an unset parameter ends the shell. */
function requireSet(shell: Shell, name: string): void {
  if (shell.options.has('nounset')) throw new ShellError(`${name}: parameter not set`);
}

function missingMessage(part: ParameterPart, expander: Expander): ByteString {
  const text = part.word === undefined ? '' : expander.text(part.word);
  return text === '' ? 'parameter not set' : text;
}

function valueOfNothing(quoted: boolean, name: string, shell: Shell): Piece[] {
  if (quoted && name === '@' && shell.args.length === 0) return [{ kind: 'no-arguments' }];
  return [];
}

function assignDefault(part: ParameterPart, expander: Expander, quoted: boolean): Piece[] {
  const { shell } = expander;
  if (!/^[A-Za-z_]/.test(part.name)) throw new ShellError(`${part.name}: bad variable name`);
  const text = part.word === undefined ? '' : expander.text(part.word);
  shell.set(part.name, text);
  return [{ kind: 'text', text, quoted, split: !quoted }];
}

/** The operand takes the place of the parameter: unquoted literals in it are split like its value. */
function operandPieces(part: ParameterPart, expander: Expander, quoted: boolean, splitting: boolean): Piece[] {
  if (part.word === undefined) return [];
  const [first] = part.word.parts;
  if (!quoted && first?.kind === 'literal' && first.text.startsWith('~')) {
    expander.shell.notNative('tilde in the operand of an expansion');
  }
  const pieces = expander.pieces(part.word.parts, quoted, splitting);
  return pieces.map((piece) => (piece.kind === 'text' && !piece.quoted ? { ...piece, split: true } : piece));
}

function parameterValue(shell: Shell, name: string): ByteString | undefined {
  if (/^[0-9]+$/.test(name)) {
    const index = Number(name);
    if (index > 0) return shell.args[index - 1];
    return shell.zero ?? shell.notNative('$0');
  }
  switch (name) {
    case '#':
      return String(shell.args.length);
    case '?':
      return String(shell.status);
    case '-':
      return optionLetters(shell);
    case '$':
      return shell.notNative('$$, the process id');
    case '!':
      return shell.notNative('$!, the process id of a background command');
    default:
      return shell.get(name);
  }
}

function optionLetters(shell: Shell): string {
  const letters = [shell.options.has('errexit') ? 'e' : '', shell.options.has('noglob') ? 'f' : ''];
  letters.push(shell.options.has('xtrace') ? 'x' : '', shell.options.has('nounset') ? 'u' : '');
  return letters.join('');
}

function valuePieces(shell: Shell, name: string, quoted: boolean, splitting: boolean): Piece[] {
  if (name !== '@' && name !== '*') {
    return [{ kind: 'text', text: parameterValue(shell, name) ?? '', quoted, split: !quoted }];
  }
  const ifs = shell.variables.get('IFS')?.value ?? ' \t\n';
  if (name === '*' && (quoted || !splitting)) {
    return [{ kind: 'text', text: shell.args.join(ifs.charAt(0)), quoted, split: !quoted }];
  }
  if (!quoted && ifs === '' && shell.args.length > 1) shell.notNative(`unquoted $${name} with an empty IFS`);
  if (!splitting && shell.args.length > 1 && !ifs.startsWith(' ')) shell.notNative('$@ joined with an unusual IFS');
  if (quoted && shell.args.length === 0) return [{ kind: 'no-arguments' }];
  return shell.args.flatMap((text, index): Piece[] => {
    const piece: Piece = { kind: 'text', text, quoted, split: !quoted };
    return index === 0 ? [piece] : [{ kind: 'break' }, piece];
  });
}
