/**
 * JSON as Go's encoder writes it by default, indented by two: `&`, `<` and `>` only occur within texts, so that they can be
 * escaped everywhere; such a report can stand in HTML.
 */
export function goJson(value: unknown): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`;
}

/** A list whose members are made when they are written: those of a large report need not all be in memory. */
export class LongList<T> {
  readonly items: readonly T[];
  readonly shown: (item: T) => unknown;

  constructor(items: readonly T[], shown: (item: T) => unknown) {
    this.items = items;
    this.shown = shown;
  }
}

/** Members of a LongList in one piece. */
const PIECE = 64;

/** goJson() of a document with long lists, piece by piece. Lists are looked for in objects and in lists of objects. */
export function* goJsonPieces(value: unknown): Generator<string> {
  yield* pieces(value, 0);
  yield '\n';
}

function* pieces(value: unknown, depth: number): Generator<string> {
  if (value instanceof LongList) yield* listPieces(value as LongList<unknown>, depth);
  else if (holdsLongList(value)) {
    const isList = Array.isArray(value);
    let separator = isList ? '[' : '{';
    for (const [name, member] of Object.entries(value as object)) {
      if (member === undefined) continue;
      yield `${separator}\n${'  '.repeat(depth + 1)}${isList ? '' : `${JSON.stringify(name)}: `}`;
      yield* pieces(member, depth + 1);
      separator = ',';
    }
    yield `\n${'  '.repeat(depth)}${isList ? ']' : '}'}`;
  } else yield indented(value, depth);
}

function holdsLongList(value: unknown): boolean {
  if (value instanceof LongList) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLongList);
}

function* listPieces({ items, shown }: LongList<unknown>, depth: number): Generator<string> {
  if (items.length === 0) yield '[]';
  for (let start = 0; start < items.length; start += PIECE) {
    const text = indented(items.slice(start, start + PIECE).map(shown), depth);
    // Without the brackets, which belong to the whole list.
    yield `${start === 0 ? '[' : ','}${text.slice(1, -2 - 2 * depth)}`;
  }
  if (items.length > 0) yield `\n${'  '.repeat(depth)}]`;
}

/** The JSON of a value as it stands so many levels deep: as the innermost of so many lists. */
function indented(value: unknown, depth: number): string {
  let nested = value;
  for (let level = 0; level < depth; level++) nested = [nested];
  const text = escaped(JSON.stringify(nested, null, 2));
  // Before it on each level: bracket, line break, indent; behind it the same without the indent of the innermost.
  return text.slice(depth * (depth + 3), text.length - depth * (depth + 1));
}

function escaped(json: string): string {
  return json.replace(/[&<>\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The value, or undefined, which is not written, where Go leaves it out (`omitempty`). */
export function filled<T>(value: T): NonNullable<T> | undefined {
  return isEmpty(value) ? undefined : (value as NonNullable<T>);
}

/** A member, unless it is empty: Go leaves out zero values (`omitempty`). */
export function present<Key extends string, T>(key: Key, value: T): { [K in Key]?: NonNullable<T> } {
  return (isEmpty(value) ? {} : { [key]: value }) as { [K in Key]?: NonNullable<T> };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}
