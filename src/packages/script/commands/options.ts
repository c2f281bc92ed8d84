import type { ByteString } from '../../../core/bytes.ts';
import type { CommandContext } from '../types.ts';

/**
 * Options that a command takes: short letter → long name (may be empty); a letter followed by `:` takes a value. A key
 * of several letters is a long option without a short one (again with `:` for a value).
 */
export type OptionTable = Readonly<Record<string, string>>;

export interface Options {
  has(key: string): boolean;
  /** Value of the last occurrence. */
  value(key: string): ByteString | undefined;
  values(key: string): readonly ByteString[];
  /** Keys in the order in which they were given. */
  readonly order: readonly string[];
  readonly operands: readonly ByteString[];
}

interface Given {
  readonly key: string;
  readonly value: ByteString;
}

/**
 * Reads options as getopt_long does: clustered letters, `--name=value`, options after operands. What the table does not
 * list is not native, nor are abbreviated long names. `stopAtOperand`: options end at the first operand (POSIX order).
 */
export function parseOptions(context: CommandContext, table: OptionTable, stopAtOperand = false): Options {
  if (context.environment.has('POSIXLY_CORRECT')) context.notNative('POSIXLY_CORRECT');
  const reader = new OptionReader(context, table, stopAtOperand);
  return reader.read();
}

class OptionReader {
  readonly #context: CommandContext;
  readonly #stopAtOperand: boolean;
  /** Short or long name → key and whether it takes a value. */
  readonly #known = new Map<string, { key: string; takesValue: boolean }>();
  readonly #given: Given[] = [];

  constructor(context: CommandContext, table: OptionTable, stopAtOperand: boolean) {
    this.#context = context;
    this.#stopAtOperand = stopAtOperand;
    for (const [key, long] of Object.entries(table)) {
      const takesValue = key.endsWith(':');
      const name = takesValue ? key.slice(0, -1) : key;
      this.#known.set(name, { key: name, takesValue });
      if (long !== '') this.#known.set(long, { key: name, takesValue });
    }
  }

  read(): Options {
    const words = this.#context.argv.slice(1);
    const operands: ByteString[] = [];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word === '--') {
        operands.push(...words);
        break;
      }
      if (word.startsWith('--')) this.#long(word.slice(2), words);
      else if (word.startsWith('-') && word !== '-') this.#cluster(word.slice(1), words);
      else {
        operands.push(word);
        if (!this.#stopAtOperand) continue;
        operands.push(...words);
        break;
      }
    }
    return options(this.#given, operands);
  }

  #long(text: ByteString, words: ByteString[]): void {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const known = name.length > 1 ? this.#known.get(name) : undefined;
    if (known === undefined || (!known.takesValue && equals >= 0)) this.#context.notNative(`option --${text}`);
    const value = equals >= 0 ? text.slice(equals + 1) : known.takesValue ? words.shift() : '';
    if (value === undefined) this.#context.notNative(`option --${name} without a value`);
    this.#given.push({ key: known.key, value });
  }

  #cluster(letters: ByteString, words: ByteString[]): void {
    for (let index = 0; index < letters.length; index += 1) {
      const letter = letters.charAt(index);
      const known = this.#known.get(letter);
      if (known === undefined) this.#context.notNative(`option -${letter}`);
      if (known.takesValue) {
        const value = index + 1 < letters.length ? letters.slice(index + 1) : words.shift();
        if (value === undefined) this.#context.notNative(`option -${letter} without a value`);
        this.#given.push({ key: known.key, value });
        return;
      }
      this.#given.push({ key: known.key, value: '' });
    }
  }
}

function options(given: readonly Given[], operands: readonly ByteString[]): Options {
  const values = (key: string): ByteString[] => given.filter((option) => option.key === key).map(({ value }) => value);
  return {
    has: (key) => given.some((option) => option.key === key),
    value: (key) => values(key).at(-1),
    values,
    order: given.map(({ key }) => key),
    operands,
  };
}
