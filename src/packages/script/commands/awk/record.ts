import type { ByteString } from '../../../../core/bytes.ts';
import type { Regex } from '../regex/match.ts';

export type SplitText = (text: ByteString, separator: ByteString) => ByteString[];

/** Splits as awk splits a record: a blank separator means runs of white space, one byte itself, more an expression. */
export function splitRecord(
  text: ByteString,
  separator: ByteString,
  compile: (source: ByteString) => Regex,
): ByteString[] {
  if (separator === ' ') return text.split(/[ \t\n]+/).filter((field) => field !== '');
  if (text === '') return [];
  if (separator.length === 1 && separator !== '\\') return text.split(separator);
  const regex = compile(separator);
  const fields: ByteString[] = [];
  let start = 0;
  for (let from = 0; from < text.length; ) {
    const match = regex.exec(text, from);
    if (match === undefined) break;
    if (match.start === match.end) {
      from = match.end + 1;
      continue;
    }
    fields.push(text.slice(start, match.start));
    start = match.end;
    from = match.end;
  }
  return [...fields, text.slice(start)];
}

/** `$0` and its fields, each rebuilt from the other when it is needed. */
export class AwkRecord {
  #text: ByteString = '';
  #fields: ByteString[] | undefined;

  setText(text: ByteString): void {
    this.#text = text;
    this.#fields = undefined;
  }

  text(): ByteString {
    return this.#text;
  }

  fields(split: (text: ByteString) => ByteString[]): readonly ByteString[] {
    this.#fields ??= split(this.#text);
    return this.#fields;
  }

  setField(index: number, value: ByteString, split: (text: ByteString) => ByteString[], joiner: ByteString): void {
    const fields = [...this.fields(split)];
    while (fields.length < index) fields.push('');
    fields[index - 1] = value;
    this.#fields = fields;
    this.#text = fields.join(joiner);
  }
}
