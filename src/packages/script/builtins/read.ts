import type { ByteString } from '../../../core/bytes.ts';
import type { Builtin } from '../shell/builtin.ts';
import { isName } from '../syntax/scanner.ts';

interface Character {
  readonly char: string;
  readonly escaped: boolean;
}

const WHITE = ' \t\n';

/** `read [-r] NAME…`: one line, split by IFS; the last name takes the rest. */
export const read: Builtin = ({ args, shell }) => {
  const raw = args[0] === '-r';
  const names = raw ? args.slice(1) : args;
  if (names.length === 0 || names.some((name) => !isName(name))) shell.notNative(`read ${args.join(' ')}`);
  const input = shell.descriptor(0);
  if (!input.readable) shell.notNative('read from a descriptor opened for writing');
  const { characters, complete } = readCharacters(() => input.readLine(), raw);
  const values = distribute(characters, shell.variables.get('IFS')?.value ?? ' \t\n', names.length);
  for (const [index, name] of names.entries()) shell.set(name, values[index] ?? '');
  return complete ? 0 : 1;
};

function readCharacters(readLine: () => ByteString, raw: boolean): { characters: Character[]; complete: boolean } {
  const characters: Character[] = [];
  for (;;) {
    const line = readLine().replaceAll('\0', '');
    const complete = line.endsWith('\n');
    const text = complete ? line.slice(0, -1) : line;
    let continued = false;
    for (let index = 0; index < text.length; index += 1) {
      const char = text.charAt(index);
      if (raw || char !== '\\') characters.push({ char, escaped: false });
      else if (index + 1 < text.length) {
        index += 1;
        characters.push({ char: text.charAt(index), escaped: true });
      } else continued = complete;
    }
    if (!continued) return { characters, complete };
  }
}

/** Fields as POSIX splits them; the last field keeps separators between its parts but not white space at its end. */
function distribute(characters: readonly Character[], ifs: ByteString, count: number): ByteString[] {
  const isSeparator = (index: number): boolean => {
    const character = characters[index];
    return character !== undefined && !character.escaped && ifs.includes(character.char);
  };
  const isSpace = (index: number): boolean => isSeparator(index) && WHITE.includes(characters[index]?.char ?? '');
  let index = 0;
  const skipSpace = (): void => {
    while (isSpace(index)) index += 1;
  };
  const textOf = (from: number, to: number): ByteString =>
    characters
      .slice(from, to)
      .map(({ char }) => char)
      .join('');
  const fields: ByteString[] = [];
  skipSpace();
  while (fields.length < count - 1 && index < characters.length) {
    const start = index;
    while (index < characters.length && !isSeparator(index)) index += 1;
    fields.push(textOf(start, index));
    skipSpace();
    if (isSeparator(index) && !isSpace(index)) {
      index += 1;
      skipSpace();
    }
  }
  if (index < characters.length) fields.push(lastField(index));
  return fields;

  function lastField(start: number): ByteString {
    let end = characters.length;
    while (end > start && isSpace(end - 1)) end -= 1;
    // A single field followed by exactly one separator loses it too.
    let first = start;
    while (first < end && !isSeparator(first)) first += 1;
    if (first === end - 1 && isSeparator(first)) end = first;
    else {
      let separator = first;
      while (isSpace(separator)) separator += 1;
      if (separator === end - 1 && isSeparator(separator)) end = first;
    }
    return textOf(start, end);
  }
}
