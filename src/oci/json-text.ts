import type { ByteString } from '../core/bytes.ts';
import { SutureError } from '../core/errors/error.ts';

/**
 * Edits of JSON text in place. Parsing and writing JSON again would lose bytes that belong to a digest: number spellings,
 * escapes, spacing, repeated spaces of pretty-printers. Here only the named value changes, every other byte stays.
 * The text is a ByteString (UTF-8 bytes as latin1), so bytes that are no UTF-8 survive as well.
 */
type Node =
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly Member[] };

interface Member {
  readonly key: string;
  readonly start: number;
  readonly value: Node;
}

/** Member names from the outside in. */
export type JsonPath = readonly string[];

const MAX_DEPTH = 100;

/** A value as it is spliced in: compact, UTF-8. */
export function jsonText(value: unknown): ByteString {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('latin1');
}

/**
 * Sets the member at `path` to `value` (JSON text): replaced in its place, else added as the last member of its object.
 * Missing objects on the way are made; null stands for a missing one.
 * @throws SutureError IMAGE_INVALID when something on the way is no object or a name on it is repeated
 */
export function setMember(text: ByteString, path: JsonPath, value: ByteString): ByteString {
  const { node, rest } = descend(text, path);
  if (rest.length === 0) return splice(text, node.start, node.end, value);
  const made = rest.slice(1).reduceRight((inner, key) => `{${jsonText(key)}:${inner}}`, value);
  const member = `${jsonText(rest[0])}:${made}`;
  if (isNull(text, node)) return splice(text, node.start, node.end, `{${member}}`);
  if (node.kind !== 'object') throw notA('an object', path);
  const last = node.members.at(-1);
  if (last === undefined) return splice(text, node.start, node.end, `{${member}}`);
  return splice(text, last.value.end, last.value.end, `,${gapBefore(text, last.start)}${member}`);
}

/** Removes the member at `path`; without one the text stays as it is. */
export function removeMember(text: ByteString, path: JsonPath): ByteString {
  const { node, rest } = descend(text, path.slice(0, -1));
  if (rest.length > 0 || node.kind !== 'object') return text;
  const at = node.members.findIndex((member) => member.key === path.at(-1));
  const member = node.members[at];
  if (member === undefined) return text;
  const next = node.members[at + 1];
  const previous = node.members[at - 1];
  if (next !== undefined) return splice(text, member.start, next.start, '');
  return splice(text, previous === undefined ? member.start : previous.value.end, member.value.end, '');
}

/** The elements of the array at `path` as JSON texts; none when the array is absent or null. */
export function arrayItems(text: ByteString, path: JsonPath): readonly ByteString[] {
  const { node, rest } = descend(text, path);
  if (rest.length > 0 || isNull(text, node)) return [];
  if (node.kind !== 'array') throw notA('an array', path);
  return node.items.map((item) => text.slice(item.start, item.end));
}

/** Makes `items` the elements of the array at `path`, keeping the array's spacing; an absent array is added. */
export function setArrayItems(text: ByteString, path: JsonPath, items: readonly ByteString[]): ByteString {
  const { node, rest } = descend(text, path);
  if (rest.length > 0 || isNull(text, node)) return setMember(text, path, `[${items.join(',')}]`);
  if (node.kind !== 'array') throw notA('an array', path);
  const first = node.items[0];
  const last = node.items.at(-1);
  if (first === undefined || last === undefined) return splice(text, node.start, node.end, `[${items.join(',')}]`);
  if (items.length === 0) return splice(text, node.start, node.end, '[]');
  const second = node.items[1];
  const between = second === undefined ? `,${gapBefore(text, first.start)}` : text.slice(first.end, second.start);
  return splice(text, first.start, last.end, items.join(between));
}

function splice(text: ByteString, start: number, end: number, insert: ByteString): ByteString {
  return text.slice(0, start) + insert + text.slice(end);
}

function isNull(text: ByteString, node: Node): boolean {
  return node.kind === 'scalar' && text.slice(node.start, node.end) === 'null';
}

/** White space directly before an offset: what a pretty-printer puts before each element. */
function gapBefore(text: ByteString, offset: number): string {
  let start = offset;
  while (start > 0 && isSpace(text.charCodeAt(start - 1))) start--;
  return text.slice(start, offset);
}

function notA(kind: string, path: JsonPath): SutureError {
  return new SutureError('IMAGE_INVALID', `JSON at "${path.join('.')}" is not ${kind}`);
}

/** Follows `path` as far as it exists; `rest` is what does not. */
function descend(text: ByteString, path: JsonPath): { node: Node; rest: JsonPath } {
  let node = new Scanner(text).document();
  for (const [depth, key] of path.entries()) {
    if (node.kind !== 'object') {
      if (isNull(text, node)) return { node, rest: path.slice(depth) };
      throw notA('an object', path.slice(0, depth));
    }
    const found: Member[] = node.members.filter((member) => member.key === key);
    if (found.length > 1) throw new SutureError('IMAGE_INVALID', `JSON has the member "${key}" more than once`);
    const member = found[0];
    if (member === undefined) return { node, rest: path.slice(depth) };
    node = member.value;
  }
  return { node, rest: [] };
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Finds where each value stands. */
class Scanner {
  readonly #text: ByteString;
  #at = 0;

  constructor(text: ByteString) {
    this.#text = text;
  }

  document(): Node {
    const node = this.#value(0);
    this.#space();
    if (this.#at !== this.#text.length) throw this.#broken();
    return node;
  }

  #broken(): SutureError {
    return new SutureError('IMAGE_INVALID', `JSON is broken at byte ${this.#at}`);
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): Node {
    if (depth > MAX_DEPTH) throw new SutureError('IMAGE_INVALID', `JSON is nested deeper than ${MAX_DEPTH}`);
    this.#space();
    const start = this.#at;
    if (this.#text[start] === '{') return { kind: 'object', start, members: this.#members(depth), end: this.#at };
    if (this.#text[start] === '[') return { kind: 'array', start, items: this.#items(depth), end: this.#at };
    if (this.#text[start] === '"') this.#string();
    else this.#match(/(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/y);
    return { kind: 'scalar', start, end: this.#at };
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.#broken();
    this.#at += found.length;
    return found;
  }

  /** Also moves over the string; the value is decoded, so that `"\u0061"` is the name `a`. */
  #string(): string {
    this.#space();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#broken();
    this.#at++;
    while (this.#text[this.#at] !== '"') {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
      if (this.#at >= this.#text.length) throw this.#broken();
    }
    this.#at++;
    return Buffer.from(this.#text.slice(start + 1, this.#at - 1), 'latin1').toString('utf8');
  }

  #members(depth: number): Member[] {
    const members: Member[] = [];
    this.#at++;
    if (this.#take('}')) return members;
    do {
      this.#space();
      const start = this.#at;
      const raw = this.#string();
      const key = raw.includes('\\') ? this.#decode(raw) : raw;
      if (!this.#take(':')) throw this.#broken();
      members.push({ key, start, value: this.#value(depth + 1) });
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#broken();
    return members;
  }

  #items(depth: number): Node[] {
    const items: Node[] = [];
    this.#at++;
    if (this.#take(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#broken();
    return items;
  }

  #decode(raw: string): string {
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      throw this.#broken();
    }
  }
}
