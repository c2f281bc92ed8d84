import { SutureError } from '../../core/errors/error.ts';

/**
 * A JSON object of the database, read field by field: one scan decodes thousands of rows, for which a general schema checker
 * takes ten times as long. Go writes no empty fields and reads null as empty; unknown fields are ignored.
 */
export class Row {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #what: string;
  readonly #path: string;

  /** @param path of the object within its row, `Entries.0.`; empty for the row itself */
  constructor(value: unknown, what: string, path = '') {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw invalid(what, path.slice(0, -1), 'object', value);
    }
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.#what = what;
    this.#path = path;
  }

  /** @param what names the row in messages. @throws SutureError DATABASE_INVALID; so do all methods */
  static parse(value: Buffer, what: string): Row {
    return new Row(parseJson(value, what) ?? {}, what);
  }

  text(name: string): string {
    const value = this.#get(name) ?? '';
    if (typeof value !== 'string') throw this.#invalid(name, 'string', value);
    return value;
  }

  number(name: string): number {
    const value = this.#get(name) ?? 0;
    if (typeof value !== 'number') throw this.#invalid(name, 'number', value);
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#list(name);
    for (const [index, item] of value.entries())
      if (typeof item !== 'string') throw this.#invalid(`${name}.${index}`, 'string', item);
    return value as readonly string[];
  }

  numbers(name: string): readonly number[] {
    const value = this.#list(name);
    for (const [index, item] of value.entries())
      if (typeof item !== 'number') throw this.#invalid(`${name}.${index}`, 'number', item);
    return value as readonly number[];
  }

  rows(name: string): readonly Row[] {
    return this.#list(name).map((item, index) => new Row(item, this.#what, `${this.#path}${name}.${index}.`));
  }

  /** The object of a name as a row; an empty one when it is absent. */
  row(name: string): Row {
    return new Row(this.#get(name) ?? {}, this.#what, `${this.#path}${name}.`);
  }

  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name) ?? NONE;
    if (!Array.isArray(value)) throw this.#invalid(name, 'array', value);
    return value;
  }

  #invalid(name: string, expected: string, value: unknown): SutureError {
    return invalid(this.#what, this.#path + name, expected, value);
  }
}

const NONE: readonly never[] = [];

/** A row that is a list of numbers. @throws SutureError DATABASE_INVALID */
export function parseNumbers(value: Buffer, what: string): readonly number[] {
  const list = parseJson(value, what) ?? NONE;
  if (!Array.isArray(list)) throw invalid(what, '', 'array', list);
  for (const [index, item] of list.entries())
    if (typeof item !== 'number') throw invalid(what, String(index), 'number', item);
  return list as readonly number[];
}

function parseJson(value: Buffer, what: string): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch (cause) {
    throw new SutureError('DATABASE_INVALID', `${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function invalid(what: string, path: string, expected: string, value: unknown): SutureError {
  const received = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const message = `${what} is not valid: ${path}: expected ${expected}, received ${received}`;
  return new SutureError('DATABASE_INVALID', message);
}
