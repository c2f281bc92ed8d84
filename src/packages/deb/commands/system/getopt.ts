import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';

interface Grammar {
  /** Name (a letter, or a long name) → how it takes a value. */
  readonly short: ReadonlyMap<string, Value>;
  readonly long: ReadonlyMap<string, Value>;
  /** Long options may start with one hyphen. */
  readonly alternative: boolean;
}

type Value = 'none' | 'required' | 'optional';

/** `getopt` of util-linux: prints the arguments in a normal form. What it would complain about is not native. */
export function getopt(context: CommandContext): number {
  if (context.environment.has('POSIXLY_CORRECT') || context.environment.has('GETOPT_COMPATIBLE')) {
    return context.notNative('POSIXLY_CORRECT');
  }
  const words = context.argv.slice(1);
  const grammar = readGrammar(context, words);
  const options: ByteString[] = [];
  const operands: ByteString[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    context.step(1);
    if (word === '--') operands.push(...words.splice(0));
    else if (word.startsWith('--')) options.push(...readLong(context, grammar, word.slice(2), words));
    else if (!word.startsWith('-') || word === '-') operands.push(word);
    else if (isAlternative(context, grammar, word)) options.push(...readLong(context, grammar, word.slice(1), words));
    else options.push(...readCluster(context, grammar, word.slice(1), words));
  }
  const parts = [...options, '--', ...operands.map(quote)];
  context.stdout(` ${parts.join(' ')}\n`);
  return 0;
}

/** getopt's own options up to `--`. */
function readGrammar(context: CommandContext, words: ByteString[]): Grammar {
  const long = new Map<string, Value>();
  let short: ReadonlyMap<string, Value> | undefined;
  let alternative = false;
  for (let word = words.shift(); word !== '--'; word = words.shift()) {
    const [name = '', inline] = word?.startsWith('--') === true ? word.split(/=(.*)/s) : [word];
    const value = (): ByteString => inline ?? words.shift() ?? context.notNative('an option without a value');
    if (name === '-a' || name === '--alternative') alternative = true;
    else if (name === '-o' || name === '--options') short = readShort(context, value());
    else if (name === '-n' || name === '--name') value();
    else if (name === '-l' || name === '--long' || name === '--longoptions') {
      for (const text of value().split(/[, \t\n]+/)) if (text !== '') long.set(...readName(text));
    } else context.notNative(`own option ${word}`);
  }
  return { short: short ?? context.notNative('no -o'), long, alternative };
}

function readName(text: string): [string, Value] {
  if (text.endsWith('::')) return [text.slice(0, -2), 'optional'];
  return text.endsWith(':') ? [text.slice(0, -1), 'required'] : [text, 'none'];
}

function readShort(context: CommandContext, text: string): ReadonlyMap<string, Value> {
  if (/^[+-]/.test(text)) context.notNative(`-o ${text}`);
  return new Map([...text.matchAll(/([^:])(::?)?/g)].map((match) => readName(match[0])));
}

/** With `-a`: `-name` is a long option when it is the name of one and no lone letter. */
function isAlternative(context: CommandContext, { short, long, alternative }: Grammar, word: ByteString): boolean {
  if (!alternative) return false;
  const name = word.slice(1).replace(/=.*$/s, '');
  if (name.length === 1 && short.has(name)) return false;
  if (long.has(name)) return true;
  if ([...long.keys()].some((known) => known.startsWith(name))) context.notNative(`abbreviated option ${word}`);
  return false;
}

function readLong(context: CommandContext, { long }: Grammar, text: ByteString, words: ByteString[]): ByteString[] {
  const [name = '', inline] = text.split(/=(.*)/s);
  const kind = long.get(name);
  if (kind === undefined || (kind === 'none' && inline !== undefined)) return context.notNative(`option ${text}`);
  if (kind === 'none') return [`--${name}`];
  const value = inline ?? (kind === 'optional' ? '' : words.shift());
  return [`--${name}`, quote(value ?? context.notNative(`option ${text} without a value`))];
}

function readCluster(
  context: CommandContext,
  { short }: Grammar,
  letters: ByteString,
  words: ByteString[],
): ByteString[] {
  const found: ByteString[] = [];
  for (let index = 0; index < letters.length; index += 1) {
    const letter = letters.charAt(index);
    const kind = short.get(letter) ?? context.notNative(`option -${letter}`);
    found.push(`-${letter}`);
    if (kind === 'none') continue;
    const attached = letters.slice(index + 1);
    const value = attached !== '' || kind === 'optional' ? attached : words.shift();
    found.push(quote(value ?? context.notNative(`option -${letter} without a value`)));
    break;
  }
  return found;
}

function quote(text: ByteString): ByteString {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
