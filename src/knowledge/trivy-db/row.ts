import { SutureError } from '../../core/errors/error.ts';

/** What is wrong with a row; the database adds which row it is. */
class InvalidRow extends Error {}

/**
 * A JSON object of the database, read field by field: one scan decodes thousands of rows, for which a general schema checker
 * takes ten times as long. Go writes no empty fields and reads null as empty; unknown fields are ignored.
 */
export class Row {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** @param path of the object within its row, `Entries.0.`; empty for the row itself */
  constructor(value: unknown, path = '') {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw invalid(path.slice(0, -1), 'object', value);
    }
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  static parse(text: string): Row {
    return new Row(JSON.parse(text) ?? {});
  }

  text(name: string): string {
    const value = this.#fields[name] ?? '';
    if (typeof value !== 'string') throw this.#invalid(name, 'string', value);
    return value;
  }

  number(name: string): number {
    const value = this.#fields[name] ?? 0;
    if (typeof value !== 'number') throw this.#invalid(name, 'number', value);
    return value;
  }

  texts(name: string): readonly string[] {
    const list = this.#list(name);
    for (let index = 0; index < list.length; index++)
      if (typeof list[index] !== 'string') throw this.#invalid(`${name}.${index}`, 'string', list[index]);
    return list as readonly string[];
  }

  numbers(name: string): readonly number[] {
    return numbersOf(this.#list(name), `${this.#path}${name}.`);
  }

  rows(name: string): readonly Row[] {
    const list = this.#list(name);
    return list.length === 0 ? NONE : list.map((item, index) => new Row(item, `${this.#path}${name}.${index}.`));
  }

  /** The object of a name as a row; an empty one when it is absent. */
  row(name: string): Row {
    return new Row(this.#fields[name] ?? {}, `${this.#path}${name}.`);
  }

  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#fields[name] ?? NONE;
    if (!Array.isArray(value)) throw this.#invalid(name, 'array', value);
    return value;
  }

  #invalid(name: string, expected: string, value: unknown): InvalidRow {
    return invalid(this.#path + name, expected, value);
  }
}

/** Shared by all rows that lack a list. */
const NONE: readonly never[] = [];

/** A row that is a list of numbers. */
export function parseNumbers(text: string): readonly number[] {
  const list: unknown = JSON.parse(text) ?? NONE;
  if (!Array.isArray(list)) throw invalid('', 'array', list);
  return numbersOf(list, '');
}

function numbersOf(list: readonly unknown[], path: string): readonly number[] {
  for (const [index, item] of list.entries())
    if (typeof item !== 'number') throw invalid(`${path}${index}`, 'number', item);
  return list as readonly number[];
}

/** @throws SutureError DATABASE_INVALID, with the name of the row, when `decode` cannot make sense of it */
export function decodeRow<T>(name: () => string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof InvalidRow)
      throw new SutureError('DATABASE_INVALID', `${name()} is not valid: ${cause.message}`);
    if (cause instanceof SyntaxError)
      throw new SutureError('DATABASE_INVALID', `${name()} is not JSON: ${cause.message}`, { cause });
    throw cause;
  }
}

function invalid(path: string, expected: string, value: unknown): InvalidRow {
  const received = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return new InvalidRow(`${path}: expected ${expected}, received ${received}`);
}
